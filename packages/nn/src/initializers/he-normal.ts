import { normal, ShapeError, shapeText } from "@throughtime/core";
import type { Initializer } from "./initializer.js";

/**
 * N(0, σ²) with σ = gain / √fanIn; gain √2 by default, which is right before a relu. For a matrix [fanIn, fanOut], and for a
 * kernel [O, C, P, Q] with fanIn = C · P · Q. Throws ShapeError for other ranks. He, Zhang, Ren & Sun 2015, "Delving deep into
 * rectifiers", equation 10.
 */
export const heNormal =
  (gain = Math.SQRT2): Initializer =>
  (key, shape) =>
    normal(key, shape, 0, gain / Math.sqrt(fanIn(shape)));

function fanIn(shape: readonly number[]): number {
  if (shape.length === 2) return shape[0] as number;
  if (shape.length === 4) return shape.slice(1).reduce((product, size) => product * size, 1);
  throw new ShapeError(
    `heNormal: expected a matrix [inputs, outputs] or a kernel [O, C, P, Q], received shape ${shapeText(shape)}. Use another initializer for it, such as zerosInitializer.`,
    { initializer: "heNormal", shape },
  );
}
