import { applyOp, constantOp } from "../op.js";
import { makeProgram, type Program, placeholders, rebuild, replay, rewriteProgram } from "../program.js";
import { scanOp, splitInputs } from "../scan.js";
import type { Node, Tensor } from "../tensor.js";
import { findAccumulators } from "./accumulators.js";
import { isOp, type ScanNode, usersOf } from "./analysis.js";
import { bulkLimit, isBulky } from "./bulk.js";

/**
 * What a scan computes at a step from another scan's outputs, and from what both capture, is computed by that other scan. A backward loop's
 * factors, `g·(i·(1 − i))`, then stand beside the forward loop's own values, where a product that is made anyway, `i·g`,
 * can be seen and used again (`shareFactors`). Wherever it stands, `split` takes it out of the loop.
 */
export function atSource(program: Program): Program {
  const emitted = new Map<Node, Tensor[]>(); // by source: values of its body that others ask for
  const moves = new Map<Node, Move[]>();
  for (const node of program.equations) {
    if (!isOp(node, scanOp)) continue;
    for (const { tensor, origin } of movable(node)) {
      const list = emitted.get(origin.source) ?? [];
      emitted.set(origin.source, list);
      moves.set(node, [...(moves.get(node) ?? []), { tensor, source: origin.source, at: list.length }]);
      list.push(origin.tensor);
    }
  }
  const stacks = new Map<Node, readonly Tensor[]>();
  return rewriteProgram(program, (node, inputs) => {
    const more = emitted.get(node) ?? [];
    const moved = moves.get(node) ?? [];
    if (!isOp(node, scanOp) || more.length + moved.length === 0) return undefined;
    const xs = moved.map(({ source, at }) => stacks.get(source)?.[at] as Tensor);
    const results = applyOp(scanOp, [...inputs, ...xs], {
      ...node.params,
      body: revised(node.params.body, moved, more),
    });
    stacks.set(node, results.slice(node.outputs.length));
    return results.slice(0, node.outputs.length);
  });
}

/** A value that a scan need not compute: its source emits it, as the at-th of those that it is asked for. */
interface Move {
  readonly tensor: Tensor;
  readonly source: Node;
  readonly at: number;
}

/** The same value in the body of the scan that it comes from. */
interface Origin {
  readonly source: ScanNode;
  readonly tensor: Tensor;
}

function movable(node: ScanNode): { tensor: Tensor; origin: Origin }[] {
  const { body } = node.params;
  const outer = splitInputs(node.inputs, node.params);
  const inner = splitInputs(body.inputs, node.params);
  const limit = bulkLimit(inner.carries, findAccumulators(body, inner.carries));
  const origins = new Map<Tensor, Origin>();
  inner.xs.forEach((x, i) => {
    const { node: source, index } = outer.xs[i] as Tensor;
    if (isOp(source, scanOp) && index >= source.params.carries)
      origins.set(x, { source, tensor: source.params.body.outputs[index] as Tensor });
  });
  /** An operand as the source has it: its own value, a capture of both, or a constant. */
  const inSource = (operand: Tensor, source: ScanNode): Tensor | undefined => {
    const origin = origins.get(operand);
    if (origin) return origin.source === source ? origin.tensor : undefined;
    if (isOp(operand.node, constantOp)) return operand;
    const at = inner.captures.indexOf(operand);
    return at < 0 ? undefined : captureOf(source, outer.captures[at] as Tensor);
  };
  const moved = new Set<Node>();
  for (const equation of body.equations) {
    const y = equation.outputs[0] as Tensor;
    const source = equation.inputs.map((input) => origins.get(input)?.source).find(Boolean);
    if (!source || equation.op.batch !== "elementwise" || isBulky(y, limit)) continue;
    const operands = equation.inputs.map((input) => inSource(input, source));
    if (!operands.every((operand) => operand !== undefined)) continue;
    origins.set(y, { source, tensor: rebuild(equation, operands)[0] as Tensor });
    moved.add(equation);
  }
  const users = usersOf(body);
  return [...moved].flatMap(({ outputs }) => {
    const tensor = outputs[0] as Tensor;
    const isRead = users.get(tensor)?.some((user) => !user || !moved.has(user));
    return isRead ? [{ tensor, origin: origins.get(tensor) as Origin }] : [];
  });
}

function captureOf({ inputs, params }: ScanNode, tensor: Tensor): Tensor | undefined {
  const at = inputs.slice(0, params.captures).indexOf(tensor);
  return params.body.inputs[at];
}

/** A body that reads what it does not compute any more, and emits what others ask for. */
function revised(body: Program, moved: readonly Move[], more: readonly Tensor[]): Program {
  const inputs = placeholders([...body.inputs, ...moved.map(({ tensor }) => tensor)]);
  const given = new Map(moved.map(({ tensor }, i) => [tensor, inputs[body.inputs.length + i] as Tensor]));
  const open = makeProgram(body.inputs, [...body.outputs, ...more]);
  const outputs = replay(open, inputs.slice(0, body.inputs.length), ({ outputs: [y] }) => {
    const x = given.get(y as Tensor);
    return x && [x];
  });
  return makeProgram(inputs, outputs);
}
