import { describe } from "./describe.js";
import { ArgumentError, TraceError } from "./errors.js";
import { constantOp, defineOp } from "./op.js";
import { requireFunction, requireList } from "./require.js";
import { isTensor, makeNode, type Node, nextId, type Tensor, type Type } from "./tensor.js";

/**
 * A small, immutable list of equations in SSA form: `inputs` are placeholders, `equations` are in an order in which
 * they can run and are exactly those that the outputs need.
 */
export interface Program {
  readonly kind: "program";
  readonly inputs: readonly Tensor[];
  readonly equations: readonly Node[];
  readonly outputs: readonly Tensor[];
  /** Names of inputs and outputs where they have any: paths in the trees that they were flattened from. */
  readonly inputNames?: readonly string[];
  readonly outputNames?: readonly string[];
}

/** An input of a Program. */
export const placeholderOp = defineOp<object>({
  name: "placeholder",
  shape: () => [],
  evaluate: () => {
    throw new TraceError("placeholder: a Program's input has no value until it runs.");
  },
  batch: () => {
    throw new TraceError("placeholder: a Program's input cannot be batched by itself.");
  },
});

/** Fresh placeholders that share one scope, by default a new one. */
export function placeholders(types: readonly Type[], scope = nextId()): readonly Tensor[] {
  requireList("placeholders: argument 1", types);
  return types.map((type) => makeNode(placeholderOp, [], {}, [type], scope).outputs[0] as Tensor);
}

export const isProgram = (value: unknown): value is Program =>
  typeof value === "object" && value !== null && (value as Program).kind === "program";

/** Throws ArgumentError where a value is no Program, or one of another copy of this package. */
export function requireProgram(place: string, program: Program): void {
  if (!isProgram(program)) {
    throw new ArgumentError(`${place} is ${describe(program)}; expected a Program, made with trace().`);
  }
  // Throws where another copy made it.
  isTensor(program.outputs[0] ?? program.inputs[0]);
}

/** Throws ArgumentError where something else than a list of tensors is given. */
export function requireTensors(place: string, tensors: readonly Tensor[]): void {
  requireList(place, tensors);
  const at = tensors.findIndex((tensor) => !isTensor(tensor));
  if (at >= 0) throw new ArgumentError(`${place}: item ${at} is ${describe(tensors[at])}; expected a tensor.`);
}

/** Throws ArgumentError. */
export function requireNode(place: string, node: Node): void {
  if (typeof node === "object" && node !== null && Array.isArray(node.outputs)) return;
  throw new ArgumentError(`${place} is ${describe(node)}; expected an equation of a Program.`);
}

/**
 * The Program between placeholders and outputs. Dead equations never enter. Throws TraceError where an output depends
 * on a placeholder of another trace.
 */
export function makeProgram(
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  names: { inputNames?: readonly string[] | undefined; outputNames?: readonly string[] | undefined } = {},
): Program {
  requireTensors("makeProgram: argument 1", inputs);
  requireTensors("makeProgram: argument 2", outputs);
  const equations = reachableNodes(outputs, new Set(inputs));
  const stray = equations.find(({ op }) => op === placeholderOp);
  if (stray) {
    throw new TraceError(
      "trace: the result depends on a tensor of another trace. A tensor made inside a scan, grad or vmap is valid only " +
        "inside that function; return it from there instead of storing it.",
    );
  }
  return Object.freeze({
    kind: "program",
    inputs,
    equations,
    outputs,
    ...(names.inputNames ? { inputNames: names.inputNames } : {}),
    ...(names.outputNames ? { outputNames: names.outputNames } : {}),
  });
}

/** The same interface around other equations. */
export function withOutputs(program: Program, outputs: readonly Tensor[]): Program {
  requireProgram("withOutputs: argument 1", program);
  return makeProgram(program.inputs, outputs, program);
}

/** Nodes that `outputs` need, in topological order, not looking behind `stop`. */
export function reachableNodes(outputs: readonly Tensor[], stop: ReadonlySet<Tensor>): Node[] {
  const seen = new Set<Node>();
  const pending: Tensor[] = [...outputs];
  for (let tensor = pending.pop(); tensor !== undefined; tensor = pending.pop()) {
    if (stop.has(tensor) || seen.has(tensor.node)) continue;
    seen.add(tensor.node);
    for (const input of tensor.node.inputs) pending.push(input);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** Values by tensor during a replay. */
export type Environment = Map<Tensor, Tensor>;

/**
 * What a rewrite makes of one node: replacements for its outputs, or undefined to keep the node (made anew only if its
 * inputs changed). `inputs` are already rewritten.
 */
export type Rewrite = (node: Node, inputs: readonly Tensor[], env: Environment) => readonly Tensor[] | undefined;

/** Runs a Program's equations over other inputs. With no rewrite this inlines it. */
export function replay(program: Program, inputs: readonly Tensor[], rewrite?: Rewrite): Tensor[] {
  requireProgram("replay: argument 1", program);
  requireTensors("replay: argument 2", inputs);
  if (rewrite !== undefined) requireFunction("replay: argument 3", rewrite);
  if (inputs.length !== program.inputs.length) {
    throw new ArgumentError(`replay: ${inputs.length} inputs are given, and the Program has ${program.inputs.length}.`);
  }
  const env: Environment = new Map();
  program.inputs.forEach((input, i) => env.set(input, inputs[i] as Tensor));
  for (const node of program.equations) {
    const mapped = node.inputs.map((input) => env.get(input) as Tensor);
    const outputs = rewrite?.(node, mapped, env) ?? rebuild(node, mapped);
    node.outputs.forEach((output, i) => env.set(output, outputs[i] as Tensor));
  }
  return program.outputs.map((output) => env.get(output) as Tensor);
}

/** Rewrites a Program in place of itself: the same placeholders; the same object where nothing changed. */
export function rewriteProgram(program: Program, rewrite: Rewrite): Program {
  requireProgram("rewriteProgram: argument 1", program);
  requireFunction("rewriteProgram: argument 2", rewrite);
  const outputs = replay(program, program.inputs, rewrite);
  return outputs.every((output, i) => output === program.outputs[i]) ? program : withOutputs(program, outputs);
}

/** The node over other inputs; itself where they are the same. Shape rules run again, since shapes may differ. */
export function rebuild(node: Node, inputs: readonly Tensor[]): readonly Tensor[] {
  if (inputs.every((input, i) => input === node.inputs[i])) return node.outputs;
  const types = node.op.shape(inputs, node.params);
  return makeNode(node.op, inputs, node.params, Array.isArray(types) ? types : [types as Type]).outputs;
}

export interface Closed {
  readonly program: Program;
  /** Outer tensors that the function used; the Program's first inputs, in this order. */
  readonly captures: readonly Tensor[];
}

/**
 * Turns what a function built over `inputs` into a closed Program: whatever it used from outside becomes one input
 * each, found at the outermost place, so work that does not depend on `inputs` stays outside. Constants are copied in.
 */
export function closeOver(inputs: readonly Tensor[], outputs: readonly Tensor[], scope: number): Closed {
  const captures: Tensor[] = [];
  const own = new Set(inputs);
  const outer = new Set<Tensor>();
  const pending = [...outputs];
  const seen = new Set<Tensor>();
  for (let tensor = pending.pop(); tensor !== undefined; tensor = pending.pop()) {
    if (seen.has(tensor) || own.has(tensor)) continue;
    seen.add(tensor);
    if (tensor.node.scope < scope && tensor.node.op !== constantOp) outer.add(tensor);
    else for (const input of tensor.node.inputs) pending.push(input);
  }
  for (const capture of [...outer].sort((a, b) => a.node.id - b.node.id || a.index - b.index)) captures.push(capture);
  const fresh = placeholders([...captures, ...inputs]);
  const open = makeProgram([...captures, ...inputs], outputs);
  return { captures, program: makeProgram(fresh, replay(open, fresh)) };
}
