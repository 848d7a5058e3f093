import {
  flattenTree,
  isTensor,
  reshape,
  type ScanOptions,
  slice,
  stack,
  type Tensor,
  unflattenTree,
} from "../../src/index.js";

/** What `scan` means, written out step by step. For tests; xs must have leaves, and ys at least one step. */
export function unrolled<C, X, Y>(
  step: (carry: C, x: X) => [C, Y],
  init: C,
  xs: X,
  { reverse = false }: ScanOptions = {},
): [C, Y] {
  const { leaves, structure } = flattenTree<Tensor>(xs, isTensor);
  const length = leaves[0]?.shape[0] as number;
  const order = Array.from({ length }, (_, i) => (reverse ? length - 1 - i : i));
  const rows: Y[] = [];
  let carry = init;
  for (const t of order) {
    const x = leaves.map((leaf) => reshape(slice(leaf, { axis: 0, start: t, end: t + 1 }), leaf.shape.slice(1)));
    [carry, rows[t] as Y] = step(carry, unflattenTree(structure, x) as X);
  }
  const flat = rows.map((row) => flattenTree<Tensor>(row, isTensor));
  const ys = (flat[0]?.leaves ?? []).map((_, i) => stack(flat.map((row) => row.leaves[i] as Tensor)));
  return [carry, unflattenTree(flat[0]?.structure ?? { kind: "array", items: [] }, ys) as Y];
}
