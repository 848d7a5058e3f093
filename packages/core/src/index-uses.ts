import { addDim, type Dim, elementCount, mulDim, sameDim, subDim } from "./dim.js";
import type { NdArray } from "./ndarray.js";
import { constantOp, type Op } from "./op.js";
import { addOp } from "./ops/add.js";
import { argmaxOp } from "./ops/argmax.js";
import { broadcastOp } from "./ops/broadcast.js";
import { castOp } from "./ops/cast.js";
import { concatOp } from "./ops/concat.js";
import { GATHER, type GatherParams, gatherOp } from "./ops/gather.js";
import { identityOp } from "./ops/identity.js";
import { iotaOp } from "./ops/iota.js";
import { maximumOp } from "./ops/maximum.js";
import { minimumOp } from "./ops/minimum.js";
import { mulOp } from "./ops/mul.js";
import type { IndexRole } from "./ops/require-indices.js";
import { reshapeOp } from "./ops/reshape.js";
import { SCATTER_ADD, scatterAddOp } from "./ops/scatter-add.js";
import { selectOp } from "./ops/select.js";
import { sizeOp } from "./ops/size.js";
import { sliceOp } from "./ops/slice.js";
import { transposeOp } from "./ops/transpose.js";
import { isOp } from "./passes/analysis.js";
import type { Program } from "./program.js";
import { type ScanParams, scanOp, splitInputs } from "./scan.js";
import type { Node, Tensor } from "./tensor.js";

/** An equation that looks its indices up. */
export interface IndexUse {
  readonly node: Node;
  readonly indices: Tensor;
  /** Indices are in [0, size). */
  readonly size: Dim;
  readonly role: IndexRole;
  /** How many indices there are, in all steps of the scans that it stands in. */
  readonly count: Dim;
  /**
   * Where the indices come from: the Program's input whose elements they are, each of them; "known", where what they are
   * computed from says that they are in range; or "computed".
   */
  readonly from: number | "known" | "computed";
}

/** What is known of the elements of an i32 value. */
interface Known {
  /** The Program's input that they are, all of them. */
  readonly input?: number | undefined;
  /** None is below 0. */
  readonly natural?: boolean;
  /** None is above it. */
  readonly most?: Dim | undefined;
}

/** All look-ups of a Program, those in bodies of scans included, in the order in which they run. */
export function indexUses(program: Program): readonly IndexUse[] {
  const inputs = program.inputs.map(({ dtype }, input): Known => (dtype === "i32" ? { input } : {}));
  return follow(program, inputs, 1).uses;
}

function follow(program: Program, inputs: readonly Known[], steps: Dim): { uses: IndexUse[]; outputs: Known[] } {
  const known = new Map<Tensor, Known>();
  const of = (tensor: Tensor | undefined): Known => (tensor && known.get(tensor)) ?? {};
  program.inputs.forEach((input, i) => known.set(input, inputs[i] as Known));
  const uses: IndexUse[] = [];
  for (const node of program.equations) {
    const use = useOf(node);
    if (use) {
      const count = mulDim(elementCount(use.indices.shape), steps);
      uses.push({ node, ...use, count, from: source(of(use.indices), use.size) });
    }
    if (isOp(node, scanOp)) {
      const inner = followScan(node, node.inputs.map(of), steps);
      for (const use of inner.uses) uses.push(use);
      node.outputs.forEach((output, i) => known.set(output, inner.outputs[i] as Known));
      continue;
    }
    const y = node.outputs[0] as Tensor;
    if (node.outputs.length === 1 && y.dtype === "i32")
      known.set(y, RULES.get(node.op as unknown as Op<never>)?.(node, of) ?? {});
  }
  return { uses, outputs: program.outputs.map(of) };
}

function useOf(node: Node): Pick<IndexUse, "indices" | "size" | "role"> | undefined {
  if (!isOp(node, gatherOp) && !isOp(node, scatterAddOp)) return undefined;
  const [table, indices] = node.inputs as readonly [Tensor, Tensor];
  return { indices, size: table.shape[0] as Dim, role: roleOf(node) };
}

/** What the indices of a look-up are to it. */
export const roleOf = (node: Node): IndexRole =>
  isOp(node, gatherOp) ? ((node.params as GatherParams).role ?? GATHER) : SCATTER_ADD;

function source({ input, natural, most }: Known, size: Dim): IndexUse["from"] {
  if (natural && most !== undefined && atMost(addDim(most, 1), size)) return "known";
  return input ?? "computed";
}

/** A carry is what it starts as and what a step makes of it; what that contradicts is given up until nothing does. */
function followScan(node: Node, inputs: readonly Known[], steps: Dim): { uses: IndexUse[]; outputs: Known[] } {
  const params = node.params as ScanParams;
  const parts = splitInputs(inputs, params);
  let carries = parts.carries.map(withoutInput);
  for (;;) {
    const body = follow(params.body, [...parts.captures, ...carries, ...parts.xs], mulDim(params.length, steps));
    const next = carries.map((carry, i) => join(carry, body.outputs[i] as Known));
    if (next.every((carry, i) => sameKnown(carry, carries[i] as Known))) {
      return { uses: body.uses, outputs: [...carries, ...body.outputs.slice(params.carries).map(withoutInput)] };
    }
    carries = next.map((carry, i) => (sameKnown(carry, carries[i] as Known) ? carry : {}));
  }
}

const withoutInput = ({ natural, most }: Known): Known => ({ natural: natural ?? false, most });

const sameKnown = (a: Known, b: Known): boolean =>
  (a.natural ?? false) === (b.natural ?? false) &&
  (a.most === undefined || b.most === undefined ? a.most === b.most : sameDim(a.most, b.most));

/** What holds of the elements of both. */
const join = (a: Known, b: Known): Known => ({
  natural: (a.natural ?? false) && (b.natural ?? false),
  most: a.most === undefined || b.most === undefined ? undefined : larger(a.most, b.most),
});

const larger = (a: Dim, b: Dim): Dim | undefined => (atMost(a, b) ? b : atMost(b, a) ? a : undefined);

/** a ≤ b, where that can be told of sizes that are 0 or more. */
function atMost(a: Dim, b: Dim): boolean {
  const gap = subDim(b, a);
  return typeof gap === "number" ? gap >= 0 : gap.terms.every(({ coefficient }) => coefficient > 0);
}

type Rule = (node: Node, of: (tensor: Tensor | undefined) => Known) => Known;

const same: Rule = ({ inputs: [x] }, of) => of(x);
/** Some of the elements, or some of them again. */
const some: Rule = ({ inputs: [x] }, of) => withoutInput(of(x));
const any: Rule = ({ inputs }, of) => inputs.map(of).reduce(join);

/** What an op's result is known to be, from what its operands are. */
const RULES: ReadonlyMap<Op<never>, Rule> = new Map<Op<never>, Rule>([
  [reshapeOp, same],
  [transposeOp, same],
  [identityOp, same],
  [sliceOp, some],
  [broadcastOp, some],
  [gatherOp, some],
  [concatOp, any],
  [selectOp, ({ inputs: [, a, b] }, of) => join(of(a), of(b))],
  [iotaOp, ({ outputs: [y] }) => ({ natural: true, most: subDim(y?.shape[0] as Dim, 1) })],
  [sizeOp, ({ params }) => ({ natural: true, most: (params as { readonly value: Dim }).value })],
  [
    argmaxOp,
    ({ inputs: [x], params }) => {
      const { axis } = params as { readonly axis: number };
      return { natural: true, most: subDim(x?.shape[axis] as Dim, 1) };
    },
  ],
  [constantOp, ({ params }) => ofValues((params as { readonly value: NdArray }).value.data)],
  [castOp, ({ inputs: [x] }) => (x?.dtype === "bool" ? { natural: true, most: 1 } : {})],
  [addOp, ({ inputs }, of) => combine(inputs.map(of), addDim)],
  [mulOp, ({ inputs }, of) => combine(inputs.map(of), mulDim)],
  [
    maximumOp,
    ({ inputs }, of) => {
      const [a, b] = inputs.map(of) as [Known, Known];
      return { ...join(a, b), natural: (a.natural ?? false) || (b.natural ?? false) };
    },
  ],
  [
    minimumOp,
    ({ inputs }, of) => {
      const [a, b] = inputs.map(of) as [Known, Known];
      return { ...join(a, b), most: a.most ?? b.most };
    },
  ],
] as readonly (readonly [Op<never>, Rule])[]);

function ofValues(data: ArrayLike<number>): Known {
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    least = Math.min(least, data[i] as number);
    most = Math.max(most, data[i] as number);
  }
  return { natural: least >= 0, most: data.length === 0 ? 0 : most };
}

/** Sums and products of natural numbers grow with both. */
function combine(operands: readonly Known[], f: (a: Dim, b: Dim) => Dim): Known {
  const [a, b] = operands as readonly [Known, Known];
  const natural = (a.natural ?? false) && (b.natural ?? false);
  return { natural, most: natural && a.most !== undefined && b.most !== undefined ? f(a.most, b.most) : undefined };
}
