import { applyOp } from "../op.js";
import { add } from "../ops/add.js";
import { sub } from "../ops/sub.js";
import { makeProgram, type Program, placeholders, rebuild, rewriteProgram } from "../program.js";
import { scanOp, splitInputs } from "../scan.js";
import type { Tensor } from "../tensor.js";
import { CARRIED, INVARIANT, isOp, PER_STEP, type Rank, type Ranks, ranksOf, type ScanNode } from "./analysis.js";
import { rewriteBodies } from "./bodies.js";
import { findLoop, type Plan, planLoop } from "./loop-plan.js";
import { separateProducts } from "./separate-products.js";
import { Stacks, shift } from "./stacks.js";

/**
 * Each scan becomes *before* (what does not depend on the carry, for all steps at once), a smaller *loop*, and *after*
 * (what the carry does not depend on; sums over time as one op over stacked operands). A product with x_t in the loop
 * becomes one product over [T·B, D]; a weight's gradient Σ_t a_tᵀ·dz_t one over [T·B] rows.
 */
export function split(program: Program): Program {
  // Work that leaves a loop may be a scan, which becomes a scan over stacked values and is split in turn.
  let current = program;
  for (let next = splitOnce(current); next !== current; next = splitOnce(current)) current = next;
  return current;
}

function splitOnce(program: Program): Program {
  return rewriteProgram(program, (node, inputs) => {
    const inner = rewriteBodies(node, inputs, splitOnce);
    const outputs = inner ?? rebuild(node, inputs);
    const scan = (outputs[0] as Tensor).node;
    return isOp(scan, scanOp) ? (splitScan(scan) ?? outputs) : outputs;
  });
}

function splitScan(node: ScanNode): readonly Tensor[] | undefined {
  const { params } = node;
  const inner = splitInputs(params.body.inputs, params);
  const ranks = ranksOf(params.body, [
    ...inner.captures.map((): Rank => INVARIANT),
    ...inner.carries.map((): Rank => CARRIED),
    ...inner.xs.map((): Rank => PER_STEP),
  ]);
  const delayed = inner.carries.findIndex((_, i) => ranks.get(params.body.outputs[i] as Tensor) !== CARRIED);
  if (delayed >= 0) return undelay(node, delayed);
  const separated = separateNeeded(node, ranks);
  if (separated) return splitScan(separated);
  const plan = planLoop(node, ranks);
  return plan && runPlan(node, plan);
}

/** Products of which the next carries need a part become two, so that the other part can be done after the loop. */
function separateNeeded(node: ScanNode, ranks: Ranks): ScanNode | undefined {
  const { params } = node;
  const { loop } = findLoop(node, ranks);
  const carries = new Set(splitInputs(params.body.inputs, params).carries);
  const body = separateProducts(params.body, (tensors) => {
    const needed = tensors.filter((tensor) => loop.has(tensor.node) || carries.has(tensor)).length;
    return needed > 0 && needed < tensors.length && tensors.every((tensor) => ranks.get(tensor) === CARRIED);
  });
  if (body === params.body) return undefined;
  return (applyOp(scanOp, node.inputs, { ...params, body })[0] as Tensor).node as ScanNode;
}

/**
 * A carry whose next value does not depend on any carry is only a delay: it is known for all steps beforehand, as the
 * initial value followed by all next values but the last.
 */
function undelay(node: ScanNode, at: number): readonly Tensor[] {
  const { params } = node;
  const outer = splitInputs(node.inputs, params);
  const inner = splitInputs(params.body.inputs, params);
  const { shifted, last } = shift(
    outer.carries[at] as Tensor,
    new Stacks(node).of(params.body.outputs[at] as Tensor),
    params,
  );
  const without = <T>(list: readonly T[]) => list.filter((_, i) => i !== at);
  const body = makeProgram(
    [...inner.captures, ...without(inner.carries), ...inner.xs, inner.carries[at] as Tensor],
    without(params.body.outputs),
  );
  const inputs = [...outer.captures, ...without(outer.carries), ...outer.xs, shifted];
  const results = applyOp(scanOp, inputs, { ...params, body, carries: params.carries - 1 });
  const scan = results[0]?.node;
  const rest = scan && isOp(scan, scanOp) ? (splitScan(scan) ?? results) : results;
  return [...rest.slice(0, at), last, ...rest.slice(at)];
}

function runPlan(node: ScanNode, { accumulators, loop, reads, emitted, shifted }: Plan): readonly Tensor[] {
  const { params } = node;
  const { body, carries, length, reverse } = params;
  const outer = splitInputs(node.inputs, params);
  const inner = splitInputs(body.inputs, params);
  const stacks = new Stacks(node);
  const kept = inner.carries.map((_, i) => i).filter((i) => !accumulators[i]);
  const results = [...kept.map((i) => body.outputs[i] as Tensor), ...emitted];

  const captures = reads.captures.map((tensor) => stacks.value(tensor).tensor);
  const xs = reads.xs.map((tensor) => stacks.of(tensor));
  const own = kept.map((i) => inner.carries[i] as Tensor);
  const ph = placeholders([...captures, ...own, ...xs.map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype }))]);
  const env = new Map([...reads.captures, ...own, ...reads.xs].map((tensor, i) => [tensor, ph[i] as Tensor]));
  for (const equation of body.equations) {
    if (!loop.has(equation) && !reads.inside.has(equation)) continue;
    const outputs = rebuild(
      equation,
      equation.inputs.map((input) => env.get(input) as Tensor),
    );
    equation.outputs.forEach((output, i) => env.set(output, outputs[i] as Tensor));
  }
  const inits = kept.map((i) => outer.carries[i] as Tensor);
  const looped = applyOp(scanOp, [...captures, ...inits, ...xs], {
    body: makeProgram(
      ph,
      results.map((tensor) => env.get(tensor) as Tensor),
    ),
    captures: captures.length,
    carries: kept.length,
    length,
    reverse,
  });

  emitted.forEach((tensor, i) => stacks.set(tensor, looped[kept.length + i] as Tensor));
  for (const i of shifted) {
    stacks.set(
      inner.carries[i] as Tensor,
      shift(outer.carries[i] as Tensor, stacks.of(body.outputs[i] as Tensor), params).shifted,
    );
  }
  const finals = inner.carries.map((_, i) => {
    const terms = accumulators[i];
    if (!terms) return looped[kept.indexOf(i)] as Tensor;
    return terms.reduce(
      (total, { tensor, sign }) => (sign < 0 ? sub : add)(total, stacks.sum(tensor, loop)),
      outer.carries[i] as Tensor,
    );
  });
  return [...finals, ...body.outputs.slice(carries).map((y) => stacks.of(y))];
}
