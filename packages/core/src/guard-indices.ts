import { type Dim, evaluateDim, type Sizes } from "./dim.js";
import { type IndexUse, indexUses, roleOf } from "./index-uses.js";
import { applyOp } from "./op.js";
import { maximum } from "./ops/maximum.js";
import { minimum } from "./ops/minimum.js";
import { type IndexRole, requireInRange } from "./ops/require-indices.js";
import { sizeOfDim } from "./ops/size.js";
import { sub } from "./ops/sub.js";
import { isOp } from "./passes/analysis.js";
import { makeProgram, type Program, replay, requireProgram } from "./program.js";
import { type ScanParams, scanOp } from "./scan.js";
import type { Node, Tensor } from "./tensor.js";

/** How a backend without checks of its own comes to throw what `evaluate` does where an index is out of range. */
export interface IndexGuard {
  /** What to run: the Program, with the indices that it computes made harmless, and handed out after its own outputs. */
  readonly program: Program;
  /** How many outputs it has more than the Program. */
  readonly watched: number;
  /** The inputs that `before` asks for. */
  readonly reads: readonly number[];
  /** To be called before anything is consumed. Throws DataError where an input holds an index that is out of range. */
  before(valuesOf: (input: number) => ArrayLike<number>, sizes: Sizes): void;
  /** To be called with the outputs that it has more. Throws DataError; the others are then worth nothing. */
  after(indices: readonly ArrayLike<number>[], sizes: Sizes): void;
}

interface Range {
  readonly role: IndexRole;
  readonly size: Dim;
}

/**
 * Every index of a Program is checked, and next to nothing of it in the loop: those that are elements of an input, as ids of
 * words are, on the host before the run; those that are known to be in range, as argmax over as many, never; and others,
 * computed from what is not known, on the host after the run.
 */
export function guardIndices(program: Program): IndexGuard {
  requireProgram("guardIndices: argument 1", program);
  const uses = indexUses(program);
  const computed = new Set(uses.filter(({ from }) => from === "computed").map(({ node }) => node));
  const { program: watching, ranges } = computed.size > 0 ? watch(program, computed) : { program, ranges: [] };
  return {
    program: watching,
    watched: ranges.length,
    reads: [...new Set(uses.flatMap(({ from }) => (typeof from === "number" ? [from] : [])))],
    before: (valuesOf, sizes) => {
      for (const use of uses) requireBefore(use, valuesOf, sizes);
    },
    after: (indices, sizes) => {
      ranges.forEach(
        ({ role, size }, i) => void requireInRange(role, indices[i] as ArrayLike<number>, evaluateDim(size, sizes)),
      );
    },
  };
}

function requireBefore(
  { from, size, role, count }: IndexUse,
  valuesOf: (input: number) => ArrayLike<number>,
  sizes: Sizes,
): void {
  if (from === "known" || evaluateDim(count, sizes) === 0) return;
  const rows = evaluateDim(size, sizes);
  if (typeof from === "number") requireInRange(role, valuesOf(from), rows);
  // Nothing is an index into no rows, whatever is computed.
  else if (rows === 0) requireInRange(role, [0], rows);
}

function watch(program: Program, computed: ReadonlySet<Node>): { program: Program; ranges: Range[] } {
  const ranges: Range[] = [];
  const indices: Tensor[] = [];
  const outputs = replay(program, program.inputs, (node, inputs) => {
    if (isOp(node, scanOp)) {
      const params: ScanParams = node.params;
      const inner = watch(params.body, computed);
      if (inner.ranges.length === 0) return undefined;
      const made = applyOp(scanOp, inputs, { ...params, body: inner.program });
      for (const output of made.slice(node.outputs.length)) indices.push(output);
      for (const range of inner.ranges) ranges.push(range);
      return made;
    }
    if (!computed.has(node)) return undefined;
    const [table, ids, ...rest] = inputs as readonly [Tensor, Tensor, ...Tensor[]];
    const size = table.shape[0] as Dim;
    indices.push(ids);
    ranges.push({ role: roleOf(node), size });
    const last = typeof size === "number" ? size - 1 : sub(sizeOfDim(size, "i32"), 1);
    return applyOp(node.op, [table, minimum(maximum(ids, 0), last), ...rest], node.params);
  });
  const { inputNames } = program;
  return { program: makeProgram(program.inputs, [...outputs, ...indices], { inputNames }), ranges };
}
