import { type AnyCell, type AnyUnrollable, unrollSteps } from "@throughtime/cells";
import {
  constant,
  flattenTree,
  isNdArray,
  mapTree,
  type NdArray,
  type Tensor,
  type Tree,
  toF64,
  trace,
} from "@throughtime/core";
import { widen } from "../compare.js";
import { fail } from "../conformance/case.js";
import { slopes } from "../slopes.js";
import { padded, range, reversed, stateOf } from "./arrays.js";
import type { CellCase } from "./case.js";
import {
  BATCH,
  evaluate,
  finite,
  gradientOf,
  type Inputs,
  inputsOf,
  lengthsOf,
  noiseOf,
  type Rest,
  same,
  type Unrolled,
  unrolled,
  WAYS,
  type Way,
} from "./subject.js";

const DIRECTIONS = WAYS.filter(({ lengths }) => !lengths);
const isCell = (cell: AnyUnrollable): cell is AnyCell => "step" in cell;

/** What a cell makes of whole sequences, in f64 and before any pass. */
export const sequenceCases = (cell: AnyUnrollable): CellCase[] => [
  ...DIRECTIONS.map((way) => ({ name: `lengths/${way.name}`, run: async () => checkLengths(cell, way) })),
  ...DIRECTIONS.map((way) => ({ name: `padding/${way.name}`, run: async () => checkPadding(cell, way) })),
  { name: "reverse/whole", run: async () => checkReverse(cell) },
  ...WAYS.map((way) => ({ name: `gradient/${way.name}`, run: async () => checkGradient(cell, way) })),
  ...(isCell(cell)
    ? [
        ...WAYS.map((way) => ({ name: `loop/${way.name}`, run: async () => checkLoop(cell, way) })),
        { name: "streaming/halves", run: async () => checkHalves(cell) },
        { name: "streaming/steps", run: async () => checkSteps(cell) },
      ]
    : []),
];

/** Each sequence is read as if it were alone. After its end its state stays, and its outputs are 0. */
function checkLengths(cell: AnyUnrollable, way: Way): void {
  const { params, xs, state } = inputsOf(cell);
  const all = unrolled(cell, way, { params, xs, state }, lengthsOf({ lengths: true }));
  BATCH.lengths.forEach((length, b) => {
    const inputs = { params, xs: range(range(xs, 1, b, b + 1), 0, 0, length), state: stateOf(state, b) };
    const alone = unrolled(cell, way, inputs);
    const outputs = range(all.outputs, 1, b, b + 1);
    same(`the outputs of a sequence of length ${length}`, range(outputs, 0, 0, length), alone.outputs);
    same(`the last state of a sequence of length ${length}`, stateOf(all.state, b), alone.state);
    const rest = range(outputs, 0, length, BATCH.T);
    same(
      `the outputs after the end of a sequence of length ${length}`,
      rest,
      { ...rest, data: rest.data.map(() => 0) },
      {},
    );
  });
}

/** No result and no gradient knows what stands after a sequence's end, and the gradient there is 0. */
function checkPadding(cell: AnyUnrollable, way: Way): void {
  const [inputs, rest] = [inputsOf(cell), { ...lengthsOf({ lengths: true }), ...noiseOf(cell) }];
  const run = (value: (k: number) => number) =>
    evaluate(gradientOf(cell, way), { ...inputs, xs: padded(inputs.xs, BATCH.lengths, value) }, rest);
  const clean = run(() => 0) as [unknown, Inputs<NdArray>];
  finite("a result", clean);
  const dxs = clean[1].xs;
  same(
    "the gradient after the ends of sequences",
    dxs,
    padded(dxs, BATCH.lengths, () => 0),
    {},
  );
  const garbage = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e38];
  same(
    "a result with garbage after the ends of sequences",
    run((k) => garbage[k % 4] as number),
    clean,
    {},
  );
}

/** In reverse, a cell gives what it gives on the reversed sequence. */
function checkReverse(cell: AnyUnrollable): void {
  const inputs = inputsOf(cell);
  const backwards = unrolled(cell, { reverse: true }, inputs);
  const forwards = unrolled(cell, { reverse: false }, { ...inputs, xs: reversed(inputs.xs) });
  same("the outputs in reverse", backwards.outputs, reversed(forwards.outputs));
  same("the last state in reverse", backwards.state, forwards.state);
}

/** The gradient by parameters, inputs, state and noise equals central differences. */
function checkGradient(cell: AnyUnrollable, way: Way): void {
  const inputs = inputsOf(cell);
  // Masks and lengths are constants of the Program, so that what it reads is what it has a gradient by.
  const rest = mapTree({ ...lengthsOf(way), ...noiseOf(cell) }, isNdArray, (array) => constant(array));
  const lossAndGradient = (x: Inputs<Tensor>) => {
    const [{ loss }, gradient] = gradientOf(cell, way)(x, rest as Rest<Tensor>);
    return [loss, gradient];
  };
  const { program } = trace(lossAndGradient as (...args: unknown[]) => unknown, [inputs]);
  const { leaves, paths } = flattenTree(inputs, isNdArray);
  for (const { input, analytic, numeric, error } of slopes(toF64(program), leaves.map(widen))) {
    if (error < 1e-6) continue;
    fail(`the gradient of ${paths[input]} along a direction is ${analytic}, central differences give ${numeric}`);
  }
}

/** A cell's own `unroll` equals the plain loop over its steps, under noise too. */
function checkLoop(cell: AnyCell, way: Way): void {
  const args = [inputsOf(cell), { ...lengthsOf(way), ...noiseOf(cell) }] as const;
  const loop = ({ params, xs, state }: Inputs<Tensor>, rest: Rest<Tensor>): Unrolled<Tensor> =>
    unrollSteps(cell, params, xs, { state, reverse: way.reverse, ...rest });
  same("unrolled", unrolled(cell, way, ...args), evaluate(loop, ...args));
}

/** A sequence cut in two, the state carried, equals the whole. */
function checkHalves(cell: AnyCell): void {
  const { params, xs, state } = inputsOf(cell);
  const run = (x: NdArray, from: Tree<NdArray>) => unrolled(cell, { reverse: false }, { params, xs: x, state: from });
  const whole = run(xs, state);
  const first = run(range(xs, 0, 0, 2), state);
  const second = run(range(xs, 0, 2, BATCH.T), first.state);
  same("the outputs of the first part", first.outputs, range(whole.outputs, 0, 0, 2));
  same("the outputs of the second part", second.outputs, range(whole.outputs, 0, 2, BATCH.T));
  same("the last state of the second part", second.state, whole.state);
}

/** Step by step, as a caller does who has one input at a time. */
function checkSteps(cell: AnyCell): void {
  const { params, xs, state } = inputsOf(cell);
  const whole = unrolled(cell, { reverse: false }, { params, xs, state });
  let last: Tree<NdArray> = state;
  for (let t = 0; t < BATCH.T; t++) {
    const at = (x: NdArray): NdArray => ({ ...range(x, 0, t, t + 1), shape: x.shape.slice(1) });
    const step = (p: Tree<Tensor>, s: Tree<Tensor>, x: Tensor) => cell.step(p, s, x);
    const [next, y] = evaluate(step, params, last, at(xs)) as [Tree<NdArray>, NdArray];
    same(`the output of step ${t}`, y, at(whole.outputs));
    last = next;
  }
  same("the state after the last step", last, whole.state);
}
