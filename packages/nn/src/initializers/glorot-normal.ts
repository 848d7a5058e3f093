import { normal } from "@throughtime/core";
import { fansOf } from "./fans.js";
import type { Initializer } from "./initializer.js";

/**
 * N(0, σ²) with σ = gain · √(2 / (fanIn + fanOut)), for a matrix [fanIn, fanOut]; gain 1 by default. Throws ShapeError
 * for other ranks. Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks",
 * equation 12.
 */
export const glorotNormal =
  (gain = 1): Initializer =>
  (key, shape) => {
    const [fanIn, fanOut] = fansOf("glorotNormal", shape);
    return normal(key, shape, 0, gain * Math.sqrt(2 / (fanIn + fanOut)));
  };
