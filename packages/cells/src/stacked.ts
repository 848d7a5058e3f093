import { foldIn, OptionError, requireList, type Tensor, type Tree } from "@throughtime/core";
import type { AnyCell, AnyUnrollable, Cell, CellNoise, CellParams, CellState, SequenceCell } from "./cell.js";
import { requireCell, unrollWith } from "./unroll.js";

/** One entry for each cell, from the first. */
export type StackedParams<C extends readonly AnyUnrollable[]> = { -readonly [K in keyof C]: CellParams<C[K]> };
export type StackedState<C extends readonly AnyUnrollable[]> = { -readonly [K in keyof C]: CellState<C[K]> };
export type StackedNoise<C extends readonly AnyUnrollable[]> = { -readonly [K in keyof C]: CellNoise<C[K]> };

/**
 * Cells on top of each other as one cell: the output of one is the input of the next, and the output of the last is the
 * stack's. Parameters, state and noise are arrays with one entry for each cell. Unrolled, each cell runs over the whole
 * sequence before the next, so that its products with inputs are one product for all steps.
 * Throws OptionError where there is no cell, or where a cell's inputSize is not the outputSize of the one below.
 *
 * @example stacked([lstm({ inputSize: 65, hiddenSize: 128 }), lstm({ inputSize: 128, hiddenSize: 128 })])
 */
export function stacked<const C extends readonly AnyCell[]>(
  cells: C,
): Cell<StackedParams<C>, StackedState<C>, StackedNoise<C>>;
/** With a sequence cell such as `bidirectional` among them, the stack is a sequence cell too. */
export function stacked<const C extends readonly AnyUnrollable[]>(
  cells: C,
): SequenceCell<StackedParams<C>, StackedState<C>, StackedNoise<C>>;
export function stacked(cells: readonly AnyUnrollable[]): unknown {
  return stackOf(cells);
}

function stackOf(cells: readonly AnyUnrollable[]): AnyUnrollable {
  requireList("stacked: the cells", cells);
  cells.forEach((cell, i) => requireCell(`stacked: cell ${i}`, cell));
  const first = cells[0];
  const last = cells.at(-1);
  if (first === undefined || last === undefined)
    throw new OptionError("stacked: received no cells. Give at least one.");
  cells.slice(1).forEach((cell, i) => {
    const below = cells[i] as AnyUnrollable;
    if (cell.inputSize !== below.outputSize) {
      throw new OptionError(
        `stacked: cell ${i + 1} (${cell.name}) was built with inputSize ${cell.inputSize}, but the ${below.name} below it has outputSize ${below.outputSize}. Build it with inputSize: ${below.outputSize}.`,
        { cell: i + 1, expected: below.outputSize, received: cell.inputSize },
      );
    }
  });
  const noise = cells.map((cell) => cell.noise ?? {});
  const layouts = cells.map(({ layout }) => layout);
  const sequence: AnyUnrollable = {
    name: `stacked(${cells.map(({ name }) => name).join(", ")})`,
    inputSize: first.inputSize,
    outputSize: last.outputSize,
    ...(cells.some((cell) => cell.noise) ? { noise } : {}),
    ...(layouts.every((layout) => layout !== undefined) ? { layout: { kind: "stacked", cells: layouts } } : {}),
    init: (key) => cells.map((cell, i) => cell.init(foldIn(key, i))),
    initialState: (batch) => cells.map((cell) => cell.initialState(batch)),
    unroll(params, xs, { state, noise: given, ...rest }) {
      const last: Tree<Tensor>[] = [];
      let ys = xs;
      cells.forEach((cell, i) => {
        const own = { ...rest, state: entry(state, i), noise: given && entry(given, i) };
        const unrolled = unrollWith(cell, entry(params, i), ys, own);
        last.push(unrolled.state);
        ys = unrolled.outputs;
      });
      return { outputs: ys, state: last };
    },
  };
  return cells.every(isStepped) ? { ...sequence, step: stepOf(cells) } : sequence;
}

const isStepped = (cell: AnyUnrollable): cell is AnyCell => "step" in cell;

const stepOf =
  (cells: readonly AnyCell[]): AnyCell["step"] =>
  (params, state, x, given) => {
    const next: Tree<Tensor>[] = [];
    let y = x;
    cells.forEach((cell, i) => {
      const [s, output] = cell.step(entry(params, i), entry(state, i), y, given && entry(given, i));
      next.push(s);
      y = output;
    });
    return [next, y];
  };

/** One cell's part of a stack's parameters, state or noise. */
const entry = (trees: Tree<Tensor>, i: number) => (trees as readonly Tree<Tensor>[])[i] as Tree<Tensor>;
