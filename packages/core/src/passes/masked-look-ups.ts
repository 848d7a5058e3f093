import { addDim, type Dim, sameShape } from "../dim.js";
import { zeros } from "../ops/fill.js";
import { GATHER, gather, gatherOp } from "../ops/gather.js";
import { pad } from "../ops/pad.js";
import { requireIndices } from "../ops/require-indices.js";
import { reshape } from "../ops/reshape.js";
import { scatterAdd, scatterAddOp } from "../ops/scatter-add.js";
import { select, selectOp } from "../ops/select.js";
import { sizeOfDim } from "../ops/size.js";
import { slice } from "../ops/slice.js";
import { type Program, rebuild, rewriteProgram } from "../program.js";
import type { Tensor } from "../tensor.js";
import { constantValue, estimate, isOp } from "./analysis.js";

/**
 * What masks rows masks their ids, where a table has fewer rows than there are look-ups; the rows of steps that do not
 * count are one more row of zeros:
 *
 *     select(m, gather(E, i), 0)           →  gather([E ; 0], select(m, i, V))
 *     scatterAdd(0, i, select(m, dz, 0))   →  the first V rows of scatterAdd([0 ; 0], select(m, i, V), dz)
 *
 * So a mask does not stand between a look-up and its product, which `gatherLater` turns round.
 */
export function maskedLookUps(program: Program): Program {
  return rewriteProgram(program, (node, inputs) => {
    const outputs = rebuild(node, inputs);
    const better = maskedRows(outputs[0] as Tensor) ?? maskedUpdates(outputs[0] as Tensor);
    return better ? [better] : outputs;
  });
}

function maskedRows(y: Tensor): Tensor | undefined {
  const masked = maskOf(y);
  if (!masked || !isOp(masked.x.node, gatherOp)) return undefined;
  const [table, indices] = masked.x.node.inputs as readonly [Tensor, Tensor];
  const ids = maskedIds(table, indices, masked.live);
  return ids && gather(pad(table, { axis: 0, after: 1 }), ids);
}

function maskedUpdates(y: Tensor): Tensor | undefined {
  if (!isOp(y.node, scatterAddOp)) return undefined;
  const [table, indices, updates] = y.node.inputs as readonly [Tensor, Tensor, Tensor];
  const masked = maskOf(updates);
  if (!masked || constantValue(table) !== 0) return undefined;
  const ids = maskedIds(table, indices, masked.live);
  const [rows, width] = table.shape as readonly [Dim, Dim];
  const longer = () => zeros([addDim(rows, 1), width], table.dtype);
  return ids && slice(scatterAdd(longer(), ids, masked.x), { axis: 0, end: rows });
}

/** select(live, x, 0). */
function maskOf({ node, shape }: Tensor): { live: Tensor; x: Tensor } | undefined {
  if ((node.op as unknown) !== selectOp) return undefined;
  const [live, x, other] = node.inputs as readonly [Tensor, Tensor, Tensor];
  return constantValue(other) === 0 && sameShape(x.shape, shape) ? { live, x } : undefined;
}

/** The ids of rows [V, D] that are live; V for the others. */
function maskedIds(table: Tensor, indices: Tensor, live: Tensor): Tensor | undefined {
  const size = table.shape[0] as Dim;
  if (table.shape.length !== 2 || !sameShape(live.shape, [...indices.shape, 1])) return undefined;
  if (estimate([size]) * 2 > estimate(indices.shape)) return undefined;
  const known = requireIndices(indices, size, GATHER);
  return select(reshape(live, indices.shape), known, sizeOfDim(size, "i32"));
}
