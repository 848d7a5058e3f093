import { type Dim, subDim } from "../dim.js";
import { apply } from "../op.js";
import { zeros } from "../ops/fill.js";
import { scatterAddOp } from "../ops/scatter-add.js";
import { slice, sliceOp } from "../ops/slice.js";
import { sumOp } from "../ops/sum.js";
import type { Program } from "../program.js";
import type { Node, Tensor } from "../tensor.js";
import { constantValue, isOp } from "./analysis.js";
import { type Group, rewriteGroups } from "./groups.js";
import { Identities, paramsKey } from "./keys.js";
import { type Run, runsOf } from "./runs.js";

interface Member extends Run {
  readonly node: Node;
  /** Which operand is the slice. */
  readonly operand: number;
  /** The slice's axis in the operand, and in the result. */
  readonly axis: number;
  readonly resultAxis: number;
}

/**
 * Sums and scattered sums of neighbouring slices become one over their union, and slices of its result: the gradients of
 * four biases are one sum, those of four embedding products one scatterAdd.
 */
export function groupReductions(program: Program): Program {
  const ids = new Identities();
  const byKey = new Map<string, Member[]>();
  for (const node of program.equations) {
    const member = asMember(node);
    if (!member) continue;
    const others = node.inputs.map((input, i) =>
      i === member.operand ? ids.of(input.node.inputs[0] as Tensor) : (constantValue(input) ?? `#${ids.of(input)}`),
    );
    const key = `${node.op.name}|${paramsKey(node.params, ids)}|${member.axis}|${others.join()}`;
    const list = byKey.get(key);
    if (list) list.push(member);
    else byKey.set(key, [member]);
  }
  return rewriteGroups(
    program,
    [...byKey.values()].flatMap((members) => [...runsOf(members)].map(asGroup)),
  );
}

function asMember(node: Node): Member | undefined {
  const sliceAt = (operand: number, resultAxis: (axis: number) => number | undefined): Member | undefined => {
    const from = (node.inputs[operand] as Tensor).node;
    if (!isOp(from, sliceOp)) return undefined;
    const { axis, start, end } = from.params;
    const at = resultAxis(axis);
    return at === undefined ? undefined : { node, operand, axis, resultAxis: at, start, end };
  };
  if (isOp(node, sumOp)) {
    const { axis: axes, keepDims } = node.params;
    return sliceAt(0, (axis) =>
      axes.includes(axis) ? undefined : keepDims ? axis : axis - axes.filter((a) => a < axis).length,
    );
  }
  if (isOp(node, scatterAddOp) && constantValue(node.inputs[0] as Tensor) === 0) {
    const indexRank = (node.inputs[1] as Tensor).shape.length;
    return sliceAt(2, (axis) => (axis >= indexRank ? axis - indexRank + 1 : undefined));
  }
  return undefined;
}

function asGroup(run: readonly Member[]): Group {
  const [first] = run as [Member, ...Member[]];
  const { op, params } = first.node;
  return {
    members: run.map(({ node }) => node),
    build(operands) {
      const own = operands[0] as readonly Tensor[];
      const whole = slice((own[first.operand] as Tensor).node.inputs[0] as Tensor, {
        axis: first.axis,
        start: first.start,
        end: (run.at(-1) as Member).end,
      });
      const inputs = own.map((input, i) => (i === first.operand ? whole : input));
      if (isOp(first.node, scatterAddOp)) inputs[0] = widened(own[0] as Tensor, first, whole);
      const y = apply(op, inputs, params);
      return run.map(({ start, end }) => [
        slice(y, { axis: first.resultAxis, start: subDim(start, first.start), end: subDim(end, first.start) }),
      ]);
    },
  };
}

/** The zeros that a scatterAdd starts from, as wide as the union. */
function widened(x: Tensor, { axis, resultAxis }: Member, whole: Tensor): Tensor {
  return zeros(
    x.shape.map((d, i): Dim => (i === resultAxis ? (whole.shape[axis] as Dim) : d)),
    x.dtype,
  );
}
