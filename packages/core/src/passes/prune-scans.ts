import { applyOp } from "../op.js";
import { broadcast, broadcastOp } from "../ops/broadcast.js";
import { makeProgram, type Program, placeholders, reachableNodes, replay, rewriteProgram } from "../program.js";
import { type ScanParams, scanOp, splitInputs } from "../scan.js";
import type { Tensor } from "../tensor.js";
import { constantValue, isOp, type ScanNode, usersOf } from "./analysis.js";

/**
 * Scans without what they do not need: ys that nobody reads, carries that no result depends on, carries that never
 * change, captures and xs that the body does not use or has twice, xs that are the same at each step, and constants
 * passed in from outside.
 */
export function pruneScans(program: Program): Program {
  const users = usersOf(program);
  return rewriteProgram(program, (node, inputs) =>
    isOp(node, scanOp) ? prune(node, inputs, (t) => users.has(t)) : undefined,
  );
}

function prune(
  node: ScanNode,
  inputs: readonly Tensor[],
  isUsed: (output: Tensor) => boolean,
): readonly Tensor[] | undefined {
  const { body, carries, length, reverse } = node.params;
  const outer = splitInputs(inputs, node.params);
  const inner = splitInputs(body.inputs, node.params);
  const ys = body.outputs.slice(carries);

  const liveYs = ys.map((_, i) => isUsed(node.outputs[carries + i] as Tensor));
  const fixed = inner.carries.map((carry, i) => body.outputs[i] === carry);
  const liveCarries = findLiveCarries(node, inner.carries, liveYs, isUsed).map((live, i) => live && !fixed[i]);
  const distinctYs = ys.map((y, i) => liveYs[i] && ys.findIndex((other, j) => liveYs[j] && other === y) === i);
  const needed = [
    ...body.outputs.slice(0, carries).filter((_, i) => liveCarries[i]),
    ...ys.filter((_, i) => distinctYs[i]),
  ];
  const used = new Set(
    reachableNodes(needed, new Set(body.inputs))
      .flatMap(({ inputs: operands }) => operands)
      .concat(needed),
  );

  // Where each of the body's inputs comes from now.
  const sources = new Map<Tensor, Source>();
  const fixedAs = (tensor: Tensor): Source => ({
    kind: constantValue(tensor) === undefined ? "capture" : "constant",
    tensor,
  });
  inner.captures.forEach((input, i) => {
    if (used.has(input)) sources.set(input, fixedAs(outer.captures[i] as Tensor));
  });
  inner.carries.forEach((input, i) => {
    if (fixed[i] && used.has(input)) sources.set(input, fixedAs(outer.carries[i] as Tensor));
  });
  inner.xs.forEach((input, i) => {
    if (!used.has(input)) return;
    const x = outer.xs[i] as Tensor;
    const row = everyRow(x);
    sources.set(input, row ? fixedAs(row) : { kind: "x", tensor: x });
  });
  const pick = (kind: "capture" | "x") => [
    ...new Set([...sources.values()].filter((s) => s.kind === kind).map((s) => s.tensor)),
  ];
  const captures = pick("capture");
  const xs = pick("x");
  const inits = outer.carries.filter((_, i) => liveCarries[i]);

  const keptYs = distinctYs.filter(Boolean).length;
  const constants = [...sources.values()].some(({ kind }) => kind === "constant");
  const unchanged =
    !constants &&
    captures.length === outer.captures.length &&
    xs.length === outer.xs.length &&
    inits.length === outer.carries.length &&
    keptYs === ys.length;
  if (unchanged) return undefined;

  const rows = xs.map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype }));
  const ph = placeholders([...captures, ...inits, ...rows]);
  const fresh = splitInputs(ph, { captures: captures.length, carries: inits.length } as ScanParams);
  const env = new Map<Tensor, Tensor>();
  inner.carries.filter((_, i) => liveCarries[i]).forEach((carry, i) => env.set(carry, fresh.carries[i] as Tensor));
  for (const [input, { kind, tensor }] of sources) {
    if (kind === "constant") env.set(input, tensor);
    else
      env.set(
        input,
        (kind === "capture" ? fresh.captures[captures.indexOf(tensor)] : fresh.xs[xs.indexOf(tensor)]) as Tensor,
      );
  }
  const open = makeProgram(body.inputs, needed);
  // Inputs that nothing reads have no entry, and need none.
  const outputs = replay(
    open,
    body.inputs.map((input) => env.get(input) ?? input),
  );
  const results = applyOp(scanOp, [...captures, ...inits, ...xs], {
    body: makeProgram(ph, outputs),
    captures: captures.length,
    carries: inits.length,
    length,
    reverse,
  });

  let nextCarry = 0;
  const finals = outer.carries.map((init, i) => (liveCarries[i] ? (results[nextCarry++] as Tensor) : init));
  const keptIndex = ys.flatMap((_, i) => (distinctYs[i] ? [i] : []));
  const stacks = ys.map((y, i) => {
    // Nobody reads a dead one; any tensor may stand for it.
    if (!liveYs[i]) return node.outputs[carries + i] as Tensor;
    return results[inits.length + keptIndex.findIndex((j) => ys[j] === y)] as Tensor;
  });
  return [...finals, ...stacks];
}

interface Source {
  readonly kind: "capture" | "x" | "constant";
  readonly tensor: Tensor;
}

/** Carries that a result depends on, through other carries too. */
function findLiveCarries(
  { outputs, params: { body, carries } }: ScanNode,
  inputs: readonly Tensor[],
  liveYs: readonly boolean[],
  isUsed: (output: Tensor) => boolean,
): boolean[] {
  const stop = new Set(body.inputs);
  const readBy = (results: readonly Tensor[]) =>
    new Set([...results, ...reachableNodes(results, stop).flatMap((equation) => equation.inputs)]);
  const reads = readBy(body.outputs.slice(carries).filter((_, i) => liveYs[i]));
  const live = inputs.map((input, i) => isUsed(outputs[i] as Tensor) || reads.has(input));
  for (let changed = true; changed; ) {
    const next = readBy(body.outputs.slice(0, carries).filter((_, i) => live[i]));
    changed = false;
    inputs.forEach((input, i) => {
      if (live[i] || !next.has(input)) return;
      live[i] = true;
      changed = true;
    });
  }
  return live;
}

/** The one row that a broadcast x has at every step. */
function everyRow(x: Tensor): Tensor | undefined {
  if (!isOp(x.node, broadcastOp)) return undefined;
  const source = x.node.inputs[0] as Tensor;
  return source.shape.length < x.shape.length ? broadcast(source, x.shape.slice(1)) : undefined;
}
