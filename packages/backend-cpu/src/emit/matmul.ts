import type { MatmulStep } from "../plan/steps.js";
import type { Local } from "../wasm/code.js";
import { batchOf } from "./axes.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { nest } from "./nest.js";
import { emitProduct } from "./product.js";
import type { Layout } from "./tile.js";

/** to = a·b as a function of (a, b, to), b in panels or as it lies. */
export function emitMatmul(emit: Emit, { a, b, to, vectors, packed }: MatmulStep): Call {
  const rank = to.shape.length;
  const [m, columns] = to.shape.slice(-2) as [number, number];
  const k = a.shape.at(-1) as number;
  const layout: Layout = {
    aRow: 4 * (a.strides[rank - 2] as number),
    aColumn: 4 * (a.strides[rank - 1] as number),
    bRow: packed ? 16 * vectors : 4 * (b.strides[rank - 2] as number),
    cRow: 4 * (to.strides[rank - 2] as number),
    cColumn: 4,
  };
  const product = emitProduct(emit, {
    ...{ m, k, lines: 1, columns, layout, b: packed ? "panels" : "rows", vectors },
    ...{ panel: packed ? k * layout.bRow : 16 * vectors, bLine: 0, cLine: 0 },
  });
  const batch = batchOf(to, [a, b, to]);
  if (batch.length === 0) return { index: product, operands: [a, b, to] };
  const index = emit.module.add(["i32", "i32", "i32"], [], (code) => {
    const [pa, pb, pc] = code.params as [Local, Local, Local];
    nest(code, batch, [pa, pb, pc], () => void code.get(pa).get(pb).get(pc).call(product));
  });
  return { index, operands: [a, b, to] };
}
