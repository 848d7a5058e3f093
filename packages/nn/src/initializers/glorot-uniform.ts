import { uniform } from "@throughtime/core";
import { fansOf } from "./fans.js";
import type { Initializer } from "./initializer.js";

/**
 * U(−a, a) with a = gain · √(6 / (fanIn + fanOut)), for a matrix [fanIn, fanOut]; gain 1 by default. Throws ShapeError
 * for other ranks. Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks",
 * equation 16.
 */
export const glorotUniform =
  (gain = 1): Initializer =>
  (key, shape) => {
    const [fanIn, fanOut] = fansOf("glorotUniform", shape);
    const a = gain * Math.sqrt(6 / (fanIn + fanOut));
    return uniform(key, shape, -a, a);
  };
