import { normal } from "@throughtime/core";
import type { Initializer } from "./initializer.js";

/** N(mean, std²), for any shape; std 1 and mean 0 by default. */
export const normalInitializer =
  (std = 1, mean = 0): Initializer =>
  (key, shape) =>
    normal(key, shape, mean, std);
