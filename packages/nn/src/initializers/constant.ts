import { fullArray } from "@throughtime/core";
import type { Initializer } from "./initializer.js";

/** The same value everywhere, for any shape. */
export const constantInitializer =
  (value: number): Initializer =>
  (_, shape) =>
    fullArray(shape, value);
