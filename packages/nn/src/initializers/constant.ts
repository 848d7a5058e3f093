import { fullArray } from "@throughtime/core";
import type { Initializer } from "./initializer.js";

/** One value everywhere, for any shape. Draws nothing. */
export const constantInitializer =
  (value: number): Initializer =>
  (_, shape) =>
    fullArray(shape, value);
