import {
  ArgumentError,
  addDim,
  type Dim,
  describe,
  dimKey,
  expandDims,
  flattenTree,
  iota,
  isTensor,
  less,
  mapTree,
  optionsOf,
  requireIndices,
  reshape,
  ShapeError,
  sameDim,
  scan,
  select,
  type Tensor,
  tensorAt,
  typeText,
  unflattenTree,
} from "@throughtime/core";
import type { AnyCell, Cell, Unrollable } from "./cell.js";
import { requireNoise, requireSources } from "./noise.js";

export interface UnrollOptions<S, N> {
  /** The state before the first step. Default: the cell's initialState. */
  readonly state?: S;
  /**
   * How long each sequence is: i32 [B], each in [0, T]. Steps after that are padding: they leave the state as it is, their outputs
   * and gradients are exactly 0, and what xs holds there, NaN too, changes nothing. In reverse, each sequence starts at its own
   * end. Default: all are T long.
   */
  readonly lengths?: Tensor;
  /** From the last x to the first; outputs stand where their x stands. Default false. */
  readonly reverse?: boolean;
  /**
   * What `drawNoise` drew for this cell, T and B: masks of dropout. "none" is for inference and validation. Required where the
   * cell has noise, so that dropout is never left out by mistake.
   */
  readonly noise?: N | "none" | undefined;
}

/** What a cell's own `unroll` is given by `unroll`, which has checked it. Without noise, none is applied. */
export interface SequenceOptions<S, N> extends Omit<UnrollOptions<S, N>, "state" | "noise"> {
  readonly state: S;
  readonly noise?: N | undefined;
}

export interface Unrolled<S, Y = Tensor> {
  /** [T, B, outputSize] */
  readonly outputs: Y;
  /** The state after the last step; in reverse, after the first x. */
  readonly state: S;
}

/**
 * Runs a cell over a batch of sequences. xs: [T, B, D], time first → outputs: [T, B, outputSize] and the last state.
 * A standard cell, unless its state is projected or under a mask, is one named op (`lstmSequence`, `gruSequence`, `rnnSequence`), which an exporter or a
 * backend may run as an operator of its own; for everyone else, and for gradients, it is the loop over its steps.
 * Throws ShapeError where xs, lengths, state or noise do not fit the cell, OptionError where the cell has noise and none is
 * given, and DataError on evaluation where a length is not in [0, T].
 *
 * @example const { outputs, state } = unroll(cell, params, xs, { state: carried });
 */
export function unroll<P, S, N>(
  cell: Unrollable<P, S, N>,
  params: P,
  xs: Tensor,
  options: UnrollOptions<S, N> = {},
): Unrolled<S> {
  requireCell("unroll: the cell", cell);
  optionsOf("unroll", options, "state", "lengths", "reverse", "noise");
  return unrollWith(cell, params, xs, { ...options, noise: requireNoise("unroll", cell, options.noise) });
}

/** `unroll` for wrappers, which have checked the noise, on the cells that they wrap. */
export function unrollWith<P, S, N>(
  cell: Unrollable<P, S, N>,
  params: P,
  xs: Tensor,
  options: Partial<SequenceOptions<S, N>>,
): Unrolled<S> {
  const lengths = options.lengths === undefined ? undefined : tensorAt("unroll: lengths", options.lengths);
  const B = checkInputs(cell, tensorAt("unroll: xs", xs), lengths);
  const initial = cell.initialState(B);
  const state = options.state ?? initial;
  checkState(cell, state, initial, B);
  const full = { ...options, state, ...checkedLengths(lengths, xs.shape[0] as Dim) };
  return cell.unroll ? cell.unroll(params, xs, full) : unrollSteps(cell as Cell<P, S, N>, params, xs, full);
}

/** Lengths of sequences of at most T steps, as options; none where there are none. */
const checkedLengths = (lengths: Tensor | undefined, T: Dim): { lengths?: Tensor } =>
  lengths ? { lengths: requireIndices(lengths, addDim(T, 1), { op: "unroll", noun: "length" }) } : {};

/** What unrollSteps needs of a cell. */
interface Stepper<P, S, N, Y> extends Pick<Cell<P, S, N>, "noise"> {
  step(params: P, state: S, x: Tensor, noise?: N): [state: S, output: Y];
}

/**
 * `unroll` as the plain loop over a cell's step. What a cell's own `unroll` must equal, and may fall back to. A step may give a tree
 * of outputs: each leaf is stacked over time.
 */
export function unrollSteps<P, S, N, Y = Tensor>(
  cell: Stepper<P, S, N, Y>,
  params: P,
  xs: Tensor,
  { state, lengths, reverse = false, noise }: SequenceOptions<S, N>,
): Unrolled<S, Y> {
  const { perStep, at } = splitNoise(cell, noise);
  const live = lengths && liveSteps(xs.shape[0] as Dim, lengths);
  const [last, outputs] = scan(
    (carry: S, step: { x: Tensor; live: Tensor | undefined; noise: readonly Tensor[] }): [S, Y] => {
      const [next, y] = cell.step(params, carry, step.x, at(step.noise));
      return [step.live ? hold(step.live, next, carry) : next, y];
    },
    state,
    // A step that does not count runs all the same, and 0 times the derivative of what NaN makes of it would be NaN.
    { x: live ? select(live, xs, 0) : xs, live, noise: perStep },
    { reverse },
  );
  return { outputs: live ? counted(live, outputs) : outputs, state: last };
}

/** Outputs with 0 in place of steps that do not count. live: bool [T, B, 1]. */
const counted = <Y>(live: Tensor, outputs: Y): Y =>
  mapTree(outputs, isTensor, (leaf: Tensor) => select(alignedTo(leaf, live, 2), leaf, 0)) as Y;

/** A mask over the first axes of a leaf, with an axis of 1 for each other. */
const alignedTo = (leaf: Tensor, mask: Tensor, axes: number): Tensor =>
  reshape(mask, [...mask.shape.slice(0, axes), ...leaf.shape.slice(axes).map(() => 1)]);

/** Whether sequence b is still running at step t: bool [T, B, 1]. */
export const liveSteps = (T: Dim, lengths: Tensor): Tensor =>
  expandDims(less(reshape(iota(T), [T, 1]), expandDims(lengths, { axis: 0 })), { axis: -1 });

/** The next state where a sequence runs, its old one where it has ended. live: bool [B, 1]. */
function hold<S>(live: Tensor, next: S, old: S): S {
  const { leaves, structure } = flattenTree(next, isTensor);
  const before = flattenTree(old, isTensor).leaves;
  const held = leaves.map((leaf, i) => select(alignedTo(leaf, live, 1), leaf, before[i] as Tensor));
  return unflattenTree(structure, held) as S;
}

/** The parts of noise that the scan runs over, and what puts one step of them together with what all steps share. */
function splitNoise<N>(cell: Pick<AnyCell, "noise">, noise: N | undefined) {
  if (noise === undefined) return { perStep: [], at: () => undefined };
  const given = flattenTree(noise, isTensor);
  const expected = requireSources("unroll", cell.noise ?? {}, given);
  const isPerStep = expected.map(({ per }) => per === "step");
  return {
    perStep: given.leaves.filter((_, i) => isPerStep[i]),
    at(step: readonly Tensor[]): N {
      let next = 0;
      const leaves = given.leaves.map((leaf, i) => (isPerStep[i] ? step[next++] : leaf));
      return unflattenTree(given.structure, leaves) as N;
    },
  };
}

/** B, the number of sequences. */
function checkInputs(
  { name, inputSize }: Pick<AnyCell, "name" | "inputSize">,
  xs: Tensor,
  lengths: Tensor | undefined,
): Dim {
  const [, B, D] = xs.shape;
  if (xs.shape.length !== 3 || B === undefined || D === undefined) {
    throw new ShapeError(
      `unroll: xs is ${typeText(xs)}; expected [T, B, D]: time first, then the sequences. Use transpose() or expandDims().`,
      {
        received: xs.shape,
      },
    );
  }
  if (D !== inputSize) {
    throw new ShapeError(
      `unroll: xs has D = ${dimKey(D)}, but ${name} was built with inputSize ${inputSize}. Build it with inputSize: ${dimKey(D)}.`,
      { cell: name, expected: inputSize, received: D },
    );
  }
  if (lengths && (lengths.dtype !== "i32" || lengths.shape.length !== 1 || !sameDim(lengths.shape[0] as Dim, B))) {
    throw new ShapeError(
      `unroll: lengths is ${typeText(lengths)}; expected i32[${dimKey(B)}], one length for each sequence of xs.`,
      {
        received: lengths.shape,
      },
    );
  }
  return B;
}

/** Throws ArgumentError unless a value is a cell, or a sequence cell. */
export function requireCell(place: string, cell: unknown): void {
  const { initialState, step, unroll } = (cell ?? {}) as Partial<AnyCell>;
  if ([initialState, step ?? unroll].every((method) => typeof method === "function")) return;
  throw new ArgumentError(`${place} is ${describe(cell)}; expected one, as lstm({ inputSize, hiddenSize }) makes.`);
}

function checkState({ name }: Pick<AnyCell, "name">, state: unknown, initial: unknown, B: Dim): void {
  const { leaves, paths } = flattenTree(state, isTensor, "unroll: state");
  const expected = flattenTree(initial, isTensor).paths;
  if (paths.length !== expected.length || expected.some((path) => !paths.includes(path))) {
    throw new ShapeError(
      `unroll: the state has {${paths.join(", ")}}, but ${name}'s has {${expected.join(", ")}}. Use initialState(B), or the state of such a cell.`,
      { cell: name, expected, received: paths },
    );
  }
  leaves.forEach((leaf, i) => {
    if (leaf.shape.length === 0 || !sameDim(leaf.shape[0] as Dim, B)) {
      throw new ShapeError(
        `unroll: state.${paths[i]} of ${name} is ${typeText(leaf)}, but xs has B = ${dimKey(B)} sequences. Use initialState(B), or carry the state of a batch of that size.`,
        { cell: name, path: paths[i], received: leaf.shape },
      );
    }
  });
}
