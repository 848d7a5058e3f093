import { constantInitializer } from "./constant.js";
import type { Initializer } from "./initializer.js";

/** Zeros, for any shape. */
export const zerosInitializer = (): Initializer => constantInitializer(0);
