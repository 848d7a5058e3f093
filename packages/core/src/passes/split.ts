import { addDim, type Dim } from "../dim.js";
import { applyOp, constantOp } from "../op.js";
import { add } from "../ops/add.js";
import { broadcast, broadcastOp } from "../ops/broadcast.js";
import { concat } from "../ops/concat.js";
import { expandDims, reshape } from "../ops/reshape.js";
import { slice } from "../ops/slice.js";
import { sub } from "../ops/sub.js";
import { sum } from "../ops/sum.js";
import { makeProgram, type Program, placeholders, reachableNodes, rebuild, rewriteProgram } from "../program.js";
import { type ScanParams, scanOp, splitInputs } from "../scan.js";
import type { Node, Tensor } from "../tensor.js";
import { batchNode } from "../vmap.js";
import { type Accumulator, findAccumulators } from "./accumulators.js";
import { CARRIED, constantValue, INVARIANT, isOp, PER_STEP, type Rank, type Ranks, ranksOf } from "./analysis.js";
import { rewriteBodies } from "./bodies.js";
import { separateProducts } from "./separate-products.js";

type ScanNode = Node & { readonly params: ScanParams };

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
  return plan && runPlan(node, plan, ranks);
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

/** The values that a carry has as each step begins, from those that it has after each step. */
function shift(initial: Tensor, next: Tensor, { length, reverse }: ScanParams): { shifted: Tensor; last: Tensor } {
  const first = expandDims(initial, 0);
  const all = reverse ? concat([next, first], 0) : concat([first, next], 0);
  const [from, end] = reverse ? [0, 1] : [length, addDim(length, 1)];
  return {
    shifted: reverse ? slice(all, 0, 1, addDim(length, 1)) : slice(all, 0, 0, length),
    last: reshape(slice(all, 0, from, end), initial.shape),
  };
}

interface Plan {
  readonly accumulators: readonly (Accumulator | undefined)[];
  /** Equations that compute the next carries. */
  readonly loop: ReadonlySet<Node>;
  /** What the loop hands out at each step: read after it, made in it. */
  readonly emitted: readonly Tensor[];
  /** Carries whose values as steps begin are read after the loop, and follow from the emitted next values. */
  readonly shifted: readonly number[];
}

/** What the next carries need, and the carries that need no loop. */
function findLoop({ params }: ScanNode, ranks: Ranks) {
  const { body, carries } = params;
  const accumulators = findAccumulators(body, splitInputs(body.inputs, params).carries);
  const kept = body.outputs.slice(0, carries).filter((_, i) => !accumulators[i]);
  const needed = reachableNodes(kept, new Set(body.inputs));
  const loop = new Set(needed.filter(({ outputs }) => ranks.get(outputs[0] as Tensor) === CARRIED));
  return { accumulators, kept, loop };
}

/** Decides what stays in the loop; undefined where everything does. */
function planLoop(node: ScanNode, ranks: Ranks): Plan | undefined {
  const { body, carries } = node.params;
  const inner = splitInputs(body.inputs, node.params);
  const isCarried = (tensor: Tensor) => ranks.get(tensor) === CARRIED;
  const { accumulators, kept, loop } = findLoop(node, ranks);
  const later = [
    ...body.outputs.slice(carries),
    ...accumulators.flatMap((a) => (a ? a.terms.map(({ tensor }) => tensor) : [])),
  ];

  const emitted = new Set<Tensor>();
  const shifted = new Set<number>();
  const seen = new Set<Tensor>();
  const pending = [...later];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (seen.has(tensor) || !isCarried(tensor)) continue;
    seen.add(tensor);
    const carry = inner.carries.indexOf(tensor);
    if (carry >= 0) {
      const next = body.outputs[carry] as Tensor;
      const isMade = loop.has(next.node) && !next.node.op.view;
      emitted.add(isMade ? next : tensor);
      if (isMade) shifted.add(carry);
    } else if (loop.has(tensor.node) && !tensor.node.op.view) emitted.add(tensor);
    else pending.push(...tensor.node.inputs);
  }
  const movesBefore = body.equations.some((n) => !isCarried(n.outputs[0] as Tensor) && !staysInside(n));
  const movesAfter = body.equations.some((n) => isCarried(n.outputs[0] as Tensor) && !loop.has(n));
  const passesThrough = body.outputs.slice(carries).some((y) => !isCarried(y)) || shifted.size > 0;
  return movesBefore || movesAfter || passesThrough
    ? { accumulators, loop, emitted: [...emitted], shifted: [...shifted] }
    : undefined;
}

/** Constants, also as views, and broadcasts cost nothing in a loop, and much as stacks. */
const staysInside = (node: Node) =>
  isOp(node, constantOp) || isOp(node, broadcastOp) || constantValue(node.outputs[0] as Tensor) !== undefined;

/** Values of the body for all steps at once. */
class Stacks {
  readonly #values = new Map<Tensor, Value>();
  readonly #length: Dim;

  constructor(node: ScanNode) {
    this.#length = node.params.length;
    const outer = splitInputs(node.inputs, node.params);
    const inner = splitInputs(node.params.body.inputs, node.params);
    inner.captures.forEach((input, i) =>
      this.#values.set(input, { tensor: outer.captures[i] as Tensor, stacked: false }),
    );
    inner.xs.forEach((input, i) => this.set(input, outer.xs[i] as Tensor));
  }

  set(tensor: Tensor, stack: Tensor): void {
    this.#values.set(tensor, { tensor: stack, stacked: true });
  }

  /** The value at every step: with a leading axis, or without where all steps have the same. */
  value(tensor: Tensor): Value {
    const pending = [tensor];
    for (let next = pending.at(-1); next; next = pending.at(-1)) {
      const missing = this.#values.has(next) ? [] : next.node.inputs.filter((input) => !this.#values.has(input));
      if (missing.length > 0) pending.push(...missing);
      else {
        pending.pop();
        if (!this.#values.has(next)) this.#compute(next.node);
      }
    }
    return this.#values.get(tensor) as Value;
  }

  of(tensor: Tensor): Tensor {
    const { tensor: value, stacked } = this.value(tensor);
    return stacked ? value : broadcast(value, [this.#length, ...value.shape]);
  }

  #compute(node: Node): void {
    const inputs = node.inputs.map((input) => this.#values.get(input) as Value);
    const tensors = inputs.map(({ tensor }) => tensor);
    const flags = inputs.map(({ stacked }) => stacked);
    const stacked = flags.includes(true);
    const outputs = stacked ? batchNode(node, tensors, flags, this.#length) : rebuild(node, tensors);
    node.outputs.forEach((output, i) => this.#values.set(output, { tensor: outputs[i] as Tensor, stacked }));
  }

  /** Σ over all steps; as one op where the value's op knows how. */
  sum(tensor: Tensor, made: ReadonlySet<Node>): Tensor {
    const { node } = tensor;
    if (node.op.sumBatch && !made.has(node)) {
      const inputs = node.inputs.map((input) => this.value(input));
      const flags = inputs.map(({ stacked }) => stacked);
      const total = flags.includes(true)
        ? node.op.sumBatch(
            inputs.map((input) => input.tensor),
            flags,
            node.params,
            this.#length,
          )
        : undefined;
      if (total) return total;
    }
    return sum(this.of(tensor), { axes: 0 });
  }
}

interface Value {
  readonly tensor: Tensor;
  /** Whether it has a leading axis of steps; without one it is the same at all of them. */
  readonly stacked: boolean;
}

function runPlan(node: ScanNode, { accumulators, loop, emitted, shifted }: Plan, ranks: Ranks): readonly Tensor[] {
  const { params } = node;
  const { body, carries, length, reverse } = params;
  const outer = splitInputs(node.inputs, params);
  const inner = splitInputs(body.inputs, params);
  const stacks = new Stacks(node);
  const kept = inner.carries.map((_, i) => i).filter((i) => !accumulators[i]);
  const results = [...kept.map((i) => body.outputs[i] as Tensor), ...emitted];

  const reads = loopReads(results, loop, inner.carries, ranks);
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
    const terms = accumulators[i]?.terms;
    if (!terms) return looped[kept.indexOf(i)] as Tensor;
    return terms.reduce(
      (total, { tensor, sign }) => (sign < 0 ? sub : add)(total, stacks.sum(tensor, loop)),
      outer.carries[i] as Tensor,
    );
  });
  return [...finals, ...body.outputs.slice(carries).map((y) => stacks.of(y))];
}

/** What the loop reads from outside, and the equations that it repeats inside because they cost nothing there. */
function loopReads(results: readonly Tensor[], loop: ReadonlySet<Node>, carries: readonly Tensor[], ranks: Ranks) {
  const captures = new Set<Tensor>();
  const xs = new Set<Tensor>();
  const inside = new Set<Node>();
  const seen = new Set<Tensor>(carries);
  const pending = [...results, ...[...loop].flatMap(({ inputs }) => inputs)];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (seen.has(tensor) || loop.has(tensor.node)) continue;
    seen.add(tensor);
    if (staysInside(tensor.node)) {
      inside.add(tensor.node);
      pending.push(...tensor.node.inputs);
    } else (ranks.get(tensor) === INVARIANT ? captures : xs).add(tensor);
  }
  return { captures: [...captures], xs: [...xs], inside };
}
