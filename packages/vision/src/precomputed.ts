import { ArgumentError, optionsOf, ShapeError, type Tensor, typeText } from "@throughtime/core";
import { requirePositive } from "@throughtime/nn";
import type { ImageEncoder } from "./encoder.js";

export interface PrecomputedOptions {
  /** The grid's rows and columns: L = height · width. */
  readonly height: number;
  readonly width: number;
  /** D: the size of the grid's vectors. */
  readonly gridSize: number;
  /** P: the size of the pooled vector. */
  readonly pooledSize: number;
}

/**
 * The encoder of features that were made before, by a frozen network: it has no parameters, and passes `grid` [B, L, D] and
 * `pooled` [B, P] through. Throws OptionError where a size is not positive; `encode` throws ArgumentError where it is given pixels,
 * ShapeError where sizes are others.
 */
export function precomputed(options: PrecomputedOptions): ImageEncoder<Record<string, never>> {
  const { height, width, gridSize, pooledSize } = optionsOf(
    "precomputed",
    options,
    ...(["height", "width", "gridSize", "pooledSize"] as const),
  );
  requirePositive("precomputed", { height, width, gridSize, pooledSize });
  const places = height * width;
  return {
    ...{ name: "precomputed", height, width, gridSize, pooledSize, size: 0 },
    dims: { grid: ["B", null, null], pooled: ["B", null] },
    init: () => ({}),
    encode(_, images) {
      if (!images.grid || !images.pooled)
        throw new ArgumentError("precomputed: expected images { grid, pooled }, the features made before.");
      requireShape("grid", images.grid, [places, gridSize]);
      requireShape("pooled", images.pooled, [pooledSize]);
      return { grid: images.grid, pooled: images.pooled };
    },
  };
}

function requireShape(name: string, tensor: Tensor, sizes: readonly number[]): void {
  const { shape } = tensor;
  if (shape.length === sizes.length + 1 && sizes.every((size, i) => shape[i + 1] === size)) return;
  throw new ShapeError(
    `precomputed: ${name} is ${typeText(tensor)}; expected [B, ${sizes.join(", ")}], as the encoder was built.`,
    { name, shape, expected: sizes },
  );
}
