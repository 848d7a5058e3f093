import { applyOp } from "../op.js";
import { matmulOp } from "../ops/matmul.js";
import {
  makeProgram,
  type Program,
  placeholders,
  reachableNodes,
  rebuild,
  replay,
  rewriteProgram,
} from "../program.js";
import { scanOp, splitInputs } from "../scan.js";
import type { Node, Tensor } from "../tensor.js";
import { findAccumulators } from "./accumulators.js";
import { isOp, type ScanNode } from "./analysis.js";
import { rewriteBodies } from "./bodies.js";
import { type Bits, bit, closure, dependencies, dependents, has, membersOf } from "./dependencies.js";
import { separateProducts } from "./separate-products.js";

/**
 * A scan whose carries follow one another becomes several scans in sequence, where that frees a product: in a stack of
 * two layers the first never reads the second's state, so it can run through all steps first. The product between them
 * then is not part of any loop, and `split` makes it one product over [T·B, H].
 */
export function fission(program: Program): Program {
  // Each round leaves scans with fewer carries, so it ends.
  let current = program;
  for (let next = divideScans(current); next !== current; next = divideScans(current)) current = next;
  return current;
}

function divideScans(program: Program): Program {
  return rewriteProgram(program, (node, inputs) => {
    const inner = rewriteBodies(node, inputs, divideScans);
    const outputs = inner ?? rebuild(node, inputs);
    const scan = (outputs[0] as Tensor).node;
    return isOp(scan, scanOp) ? (divide(scan) ?? outputs) : outputs;
  });
}

/** Ops that are worth taking out of a loop at the price of another loop. */
const isHeavy = (node: Node) => isOp(node, matmulOp) || isOp(node, scanOp) || node.op.lower !== undefined;

function divide(whole: ScanNode): readonly Tensor[] | undefined {
  if (whole.params.carries < 2) return undefined;
  const body = separateStates(whole);
  const node = { ...whole, params: { ...whole.params, body } };
  const { carries } = splitInputs(body.inputs, node.params);
  const depends = dependencies(body, carries);
  const stages = stagesOf(node, carries, depends);
  const last = lastOf(stages);
  if (last === 0) return undefined;
  const stageOf = (tensor: Tensor) =>
    [...membersOf(depends.get(tensor) as Bits)].reduce((most, i) => Math.max(most, stages[i] as number), -1);
  return runStages(node, stages, stageOf);
}

/** The body with products of several states, or for several, taken apart, so that they do not tie these together. */
function separateStates({ params }: ScanNode): Program {
  const { body, carries } = params;
  const inner = splitInputs(body.inputs, params);
  const next = body.outputs.slice(0, carries);
  const depends = dependencies(body, inner.carries);
  const needed = dependents(body, next);
  const reach = closure(next.map((tensor) => depends.get(tensor) as Bits));
  const reachable = (set: Bits) => [...membersOf(set)].reduce((all, i) => all | (reach[i] as Bits), 0n);
  const reaching = (set: Bits) => reach.reduce((all, from, i) => ((from & set) === 0n ? all : all | bit(i)), 0n);
  return separateProducts(body, ([first, ...rest]) => {
    const fate = (tensor: Tensor) => `${reachable(depends.get(tensor) as Bits)} ${reaching(needed.get(tensor) ?? 0n)}`;
    return rest.some((tensor) => fate(tensor) !== fate(first as Tensor));
  });
}

/** The scan in which each carry runs: one later than a product that it needs and that no earlier carry does. */
function stagesOf({ params }: ScanNode, carries: readonly Tensor[], depends: ReadonlyMap<Tensor, Bits>): number[] {
  const { body } = params;
  const accumulators = findAccumulators(body, carries);
  const next = body.outputs.slice(0, carries.length);
  // Nothing follows an accumulator, so it runs with what it adds up.
  const states = carries.flatMap((_, i) => (accumulators[i] ? [] : [i]));
  const reach = closure(next.map((tensor, i) => (accumulators[i] ? bit(i) : (depends.get(tensor) as Bits))));
  const size = (i: number) => [...membersOf(reach[i] as Bits)].length;
  const stages = carries.map(() => 0);
  const stageOf = (set: Bits) => [...membersOf(set)].reduce((most, i) => Math.max(most, stages[i] as number), 0);

  const loops = new Map<number, ReadonlySet<Node>>();
  const loopOf = (carry: number): ReadonlySet<Node> => {
    const known = loops.get(carry);
    if (known) return known;
    const made = new Set(reachableNodes([next[carry] as Tensor], new Set(body.inputs)));
    loops.set(carry, made);
    return made;
  };
  // What depends on more comes later, so those before a carry have their stages when it is its turn.
  for (const carry of [...states].sort((a, b) => size(a) - size(b))) {
    const component = states.filter((i) => has(reach[carry] as Bits, i) && has(reach[i] as Bits, carry));
    const own = component.reduce((set, i) => set | bit(i), 0n);
    const earlier = (reach[carry] as Bits) & ~own;
    let stage = stageOf(earlier);
    for (const equation of component.flatMap((i) => [...loopOf(i)])) {
      const from = depends.get(equation.outputs[0] as Tensor) as Bits;
      if (from === 0n || (from & own) !== 0n || !isHeavy(equation)) continue;
      const at = stageOf(from);
      const inEarlierLoop = [...membersOf(from)].some((i) => stages[i] === at && loopOf(i).has(equation));
      if (!inEarlierLoop) stage = Math.max(stage, at + 1);
    }
    for (const i of component) stages[i] = stage;
  }
  carries.forEach((_, i) => {
    if (accumulators[i]) stages[i] = stageOf((depends.get(next[i] as Tensor) as Bits) & ~bit(i));
  });
  return stages;
}

function runStages(node: ScanNode, stages: readonly number[], stageOf: (t: Tensor) => number): readonly Tensor[] {
  const { params } = node;
  const { body, length, reverse } = params;
  const outer = splitInputs(node.inputs, params);
  const inner = splitInputs(body.inputs, params);
  const count = lastOf(stages) + 1;
  const carriesAt = (stage: number) => inner.carries.map((_, i) => i).filter((i) => stages[i] === stage);

  // What each stage hands out at each step: the scan's own ys, and what a later stage reads.
  const emitted = Array.from({ length: count }, () => new Set<Tensor>());
  const emit = (tensor: Tensor) => emitted[Math.max(0, stageOf(tensor))]?.add(tensor);
  body.outputs.slice(params.carries).forEach(emit);
  const resultsAt = (stage: number) => [
    ...carriesAt(stage).map((i) => body.outputs[i] as Tensor),
    ...(emitted[stage] as ReadonlySet<Tensor>),
  ];
  const reads = Array.from({ length: count }, (): Tensor[] => []);
  for (let stage = count - 1; stage > 0; stage--) {
    reads[stage] = earlierReads(resultsAt(stage), (tensor) => stageOf(tensor) >= 0 && stageOf(tensor) < stage);
    (reads[stage] as Tensor[]).forEach(emit);
  }

  const finals = new Map<number, Tensor>();
  const stacks = new Map<Tensor, Tensor>();
  for (let stage = 0; stage < count; stage++) {
    const own = carriesAt(stage);
    const before = reads[stage] as Tensor[];
    const open = [...inner.captures, ...own.map((i) => inner.carries[i] as Tensor), ...inner.xs, ...before];
    const fresh = placeholders(open);
    const results = applyOp(
      scanOp,
      [
        ...outer.captures,
        ...own.map((i) => outer.carries[i] as Tensor),
        ...outer.xs,
        ...before.map((tensor) => stacks.get(tensor) as Tensor),
      ],
      {
        body: makeProgram(fresh, replay(makeProgram(open, resultsAt(stage)), fresh)),
        captures: params.captures,
        carries: own.length,
        length,
        reverse,
      },
    );
    own.forEach((carry, i) => finals.set(carry, results[i] as Tensor));
    [...(emitted[stage] as ReadonlySet<Tensor>)].forEach((tensor, i) =>
      stacks.set(tensor, results[own.length + i] as Tensor),
    );
  }
  return [
    ...inner.carries.map((_, i) => finals.get(i) as Tensor),
    ...body.outputs.slice(params.carries).map((y) => stacks.get(y) as Tensor),
  ];
}

/** The tensors of an earlier stage where results and what is computed for them meet it. */
function earlierReads(results: readonly Tensor[], isEarlier: (tensor: Tensor) => boolean): Tensor[] {
  const found = new Set<Tensor>();
  const seen = new Set<Tensor>();
  const pending = [...results];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    if (isEarlier(tensor)) found.add(tensor);
    else for (const input of tensor.node.inputs) pending.push(input);
  }
  return [...found].sort((a, b) => a.node.id - b.node.id || a.index - b.index);
}

const lastOf = (stages: readonly number[]): number => stages.reduce((last, stage) => Math.max(last, stage), 0);
