import type { MatmulStep, Step } from "./steps.js";
import type { View } from "./view.js";

/** Up to so many rows a product costs no more than packing its matrix would. */
const FEW_ROWS = 2;

/**
 * Products of one or two rows read their matrix where it lies, unless it was packed ahead of a loop, which repays it. Its
 * rows must have no gaps between elements, or, for a product of one row, its columns. Loops inside are left as they are.
 */
export function withoutIdlePacks(steps: readonly Step[]): Step[] {
  const direct = new Map<Step, MatmulStep>();
  const dropped = new Set<Step>();
  for (const pack of steps) {
    if (pack.kind !== "pack") continue;
    const product = steps.find((step): step is MatmulStep => step.kind === "matmul" && step.b === pack.to);
    if (!product || !readsAsItLies(product, pack.from)) continue;
    direct.set(product, { ...product, b: pack.from, packed: false });
    dropped.add(pack);
  }
  return steps.filter((step) => !dropped.has(step)).map((step) => direct.get(step) ?? step);
}

function readsAsItLies({ a, to }: MatmulStep, b: View): boolean {
  const rows = to.shape.at(-2) as number;
  if (b.strides.at(-1) === 1) return rows <= FEW_ROWS;
  return rows === 1 && b.strides.at(-2) === 1 && a.strides.at(-1) === 1;
}
