import { OptionError, sizeOf } from "@throughtime/core";
import type { AnyUnrollable } from "./cell.js";
import type { CellLayout } from "./layout.js";

/**
 * How many numbers a cell's parameters are, without drawing them: for a check before memory is taken. Throws OptionError for a
 * cell without a layout.
 *
 * @example cellSize(lstm({ inputSize: 32, hiddenSize: 64 })) // 24832
 */
export function cellSize({ name, layout }: Pick<AnyUnrollable, "name" | "layout">): number {
  if (layout) return layoutSize(layout);
  throw new OptionError(`cellSize: ${name} has no layout, so its size is known only once init has drawn it.`, { name });
}

function layoutSize(layout: CellLayout): number {
  if (layout.kind === "gated") return Object.values(layout.shapes).reduce((sum, shape) => sum + sizeOf(shape), 0);
  const parts = layout.kind === "stacked" ? layout.cells : [layout.forward, layout.backward];
  return parts.reduce((sum, part) => sum + layoutSize(part), 0);
}
