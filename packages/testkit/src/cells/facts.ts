import {
  type AnyUnrollable,
  type CellLayout,
  drawNoise,
  dropout,
  type NoiseSource,
  noiseTypes,
  unroll,
} from "@throughtime/cells";
import {
  dim,
  flattenTree,
  isNdArray,
  key,
  mapTree,
  type NdArray,
  shapeText,
  type Tensor,
  type Tree,
  trace,
  type as typeOf,
  zerosArray,
} from "@throughtime/core";
import { fail } from "../conformance/case.js";
import type { CellCase } from "./case.js";
import { BATCH, differ, evaluate, finite, inputsOf, noiseOf, same, unrolled } from "./subject.js";

const FORWARD = { reverse: false };

/** What a cell says of itself, its first values and its noise. */
export const factCases = (cell: AnyUnrollable): CellCase[] => [
  {
    name: "init/repeatable",
    async run() {
      const first = cell.init(key(1));
      finite("a parameter", first);
      same("init with an equal key", cell.init(key(1)), first, {});
      const any = flattenTree(first, isNdArray).leaves.length > 0;
      if (any && !differ(cell.init(key(2)), first)) fail("init gives the same parameters for another key");
    },
  },
  {
    name: "init/layout",
    async run() {
      if (!cell.layout) return;
      const shapes = (tree: unknown) => JSON.stringify(mapTree(tree, isNdArray, ({ shape }) => shape));
      const [said, had] = [JSON.stringify(shapesOf(cell.layout)), shapes(cell.init(key(1)))];
      if (said !== had) fail(`the layout says that the parameters are ${said}, but init gives ${had}`);
    },
  },
  {
    name: "state/shape",
    async run() {
      const noise = noiseTypes(cell, dim("T"), dim("B"));
      const run = (params: Tree<Tensor>, xs: Tensor, masks?: Tree<Tensor>) =>
        unroll(cell, params, xs, { noise: masks ?? "none" });
      const named = [cell.init(key(1)), typeOf(["T", "B", cell.inputSize]), ...(noise ? [noise] : [])];
      const { program } = trace(run as (...args: unknown[]) => ReturnType<typeof run>, named);
      const shape = program.outputs[0]?.shape ?? [];
      const expected = shapeText(["T", "B", cell.outputSize].map((d) => (typeof d === "string" ? dim(d) : d)));
      if (shapeText(shape) !== expected) fail(`the outputs are ${shapeText(shape)}, expected ${expected}`);
    },
  },
  {
    name: "state/structure",
    async run() {
      const inputs = inputsOf(cell);
      const text = (tree: unknown) => {
        const { leaves, paths } = flattenTree<NdArray>(tree, isNdArray);
        return leaves.map((leaf, i) => `${paths[i]} ${shapeText(leaf.shape)}`).join(", ");
      };
      const last = unrolled(cell, FORWARD, inputs).state;
      if (text(last) !== text(inputs.state)) fail(`the last state is ${text(last)}, the first ${text(inputs.state)}`);
    },
  },
  {
    name: "state/initial",
    async run() {
      const { params, xs, state } = inputsOf(cell);
      const from = (first?: unknown) =>
        evaluate(
          (p: Tree<Tensor>, x: Tensor, s?: Tree<Tensor>) =>
            unroll(cell, p, x, { noise: "none", ...(s ? { state: s } : {}) }),
          ...[params, xs, ...(first ? [first] : [])],
        );
      const zero = evaluate(() => cell.initialState(BATCH.B));
      same("unrolled without a state", from(), from(zero));
      if (!differ(from(state), from(zero))) fail("outputs and last state are the same whatever the first state is");
    },
  },
];

/** What a layout says of its parameters' shapes, in their structure. */
function shapesOf(layout: CellLayout): unknown {
  if (layout.kind === "stacked") return layout.cells.map(shapesOf);
  if (layout.kind === "bidirectional")
    return { forward: shapesOf(layout.forward), backward: shapesOf(layout.backward) };
  return layout.shapes;
}

const isSource = (value: unknown): value is NoiseSource => (value as NoiseSource | null)?.kind === "noise";

/** How a cell reads its noise, where it has any, and a mask on its state, where it says that it does. */
export const noiseCases = (cell: AnyUnrollable): CellCase[] => [
  ...(flattenTree(cell.noise ?? {}, isSource).leaves.length === 0
    ? []
    : [
        {
          name: "noise/drawn",
          async run() {
            const { T, B } = BATCH;
            const drawn = (seed: number) => drawNoise(cell, key(seed), BATCH);
            same("noise drawn with an equal key", drawn(1), drawn(1), {});
            if (!differ(drawn(1), drawn(2))) fail("drawn noise is the same for another key");
            const sources = flattenTree(cell.noise, isSource);
            flattenTree<NdArray>(drawn(1), isNdArray).leaves.forEach(({ shape }, i) => {
              const { per, size } = sources.leaves[i] as NoiseSource;
              const expected = shapeText(per === "step" ? [T, B, size] : [B, size]);
              if (shapeText(shape) !== expected) {
                fail(`noise ${sources.paths[i]} is ${shapeText(shape)}, expected ${expected}`);
              }
            });
          },
        },
        {
          name: "noise/required",
          async run() {
            const { params, xs } = inputsOf(cell);
            const run = () => evaluate((p: Tree<Tensor>, x: Tensor) => unroll(cell, p, x), params, xs);
            if (!throws(run, "OptionError")) fail("unrolled without noise, the cell must throw an OptionError");
          },
        },
        {
          name: "noise/applied",
          async run() {
            const inputs = inputsOf(cell);
            if (!differ(unrolled(cell, FORWARD, inputs, noiseOf(cell)), unrolled(cell, FORWARD, inputs)))
              fail("noise changes nothing");
          },
        },
      ]),
  ...(cell.stateMaskSize === undefined || !("step" in cell)
    ? []
    : [
        {
          name: "noise/stateMask",
          async run() {
            const inputs = inputsOf(cell);
            const masked = dropout(cell, { state: 0.5, masks: "sequence" });
            const under = (value: number) => {
              const state = filled([BATCH.B, cell.stateMaskSize as number], value);
              return unrolled(masked, FORWARD, inputs, { noise: { state, cell: noiseOf(cell).noise ?? {} } });
            };
            const plain = unrolled(cell, FORWARD, inputs, noiseOf(cell));
            same("under a mask of ones", under(1), plain);
            if (!differ(under(0), plain)) fail("the cell has a stateMaskSize, but a mask noise.h changes nothing");
          },
        },
      ]),
];

const filled = (shape: readonly number[], value: number): NdArray => {
  const zeros = zerosArray(shape);
  return { ...zeros, data: zeros.data.fill(value) };
};

function throws(run: () => unknown, name: string): boolean {
  try {
    run();
    return false;
  } catch (error) {
    return (error as Error).name === name;
  }
}
