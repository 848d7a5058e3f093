import { foldIn, type NdArray, ShapeError, shapeText, sizeOf } from "@throughtime/core";
import type { Initializer } from "./initializer.js";

/**
 * Initializes a fused parameter [..., k·H] gate by gate: each block [..., H] of its last axis is drawn by itself, with a
 * key of its own, as if the gates' parameters stood apart. So Glorot's fans are one gate's, and each gate's recurrent
 * matrix is orthogonal. `gates` is k, or one initializer for each gate in order.
 * Throws ShapeError where k does not divide the last axis.
 *
 * @example perGate(orthogonal(), 4)(key, [H, 4 * H])
 * @example perGate([zerosInitializer(), constantInitializer(1)])(key, [2 * H])
 */
export function perGate(gates: readonly Initializer[]): Initializer;
export function perGate(initializer: Initializer, gates: number): Initializer;
export function perGate(one: Initializer | readonly Initializer[], count = 0): Initializer {
  const initializers = typeof one === "function" ? Array<Initializer>(count).fill(one) : one;
  const gates = initializers.length;
  return (key, shape) => {
    const width = shape.at(-1) ?? 0;
    const size = width / gates;
    if (!Number.isInteger(size)) {
      throw new ShapeError(`perGate: the last axis of ${shapeText(shape)} is not divisible into ${gates} gates.`, {
        shape,
        gates,
      });
    }
    const blockShape = [...shape.slice(0, -1), size];
    const data = new Float32Array(sizeOf(shape));
    initializers.forEach((initializer, gate) => {
      const block: NdArray = initializer(foldIn(key, gate), blockShape);
      const rows = sizeOf(shape.slice(0, -1));
      for (let row = 0; row < rows; row++) {
        data.set(block.data.subarray(row * size, (row + 1) * size), row * width + gate * size);
      }
    });
    return { data, shape, dtype: "f32" };
  };
}
