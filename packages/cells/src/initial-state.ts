import { evaluateProgram, trace, unflattenTree } from "@throughtime/core";
import type { HostTree, Unrollable } from "./cell.js";
import { requireCell } from "./unroll.js";

/** A cell's state before the first input as host data: for a compiled step, or for a training that carries the state. */
export function initialStateArrays<P, S, N>(cell: Unrollable<P, S, N>, batch: number): HostTree<S> {
  requireCell("initialStateArrays: the cell", cell);
  const { program, outputStructure } = trace(() => cell.initialState(batch), []);
  return unflattenTree(outputStructure, evaluateProgram(program, [])) as HostTree<S>;
}
