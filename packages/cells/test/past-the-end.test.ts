import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import {
  add,
  type Backend,
  compile,
  download,
  flattenTree,
  foldIn,
  isNdArray,
  isTensor,
  key,
  mul,
  type NdArray,
  sum,
  type Tensor,
  type Tree,
  valueAndGrad,
} from "@throughtime/core";
import { afterAll, describe, expect, test } from "vitest";
import { type AnyUnrollable, drawNoise, initialStateArrays, lstm, unroll } from "../src/index.js";
import { ALL_CELLS, ALL_SEQUENCE_CELLS } from "./all-cells.js";
import { i32, random, randomized } from "./arrays.js";

const [T, B, D, H] = [4, 4, 3, 3];
const LENGTHS = [4, 2, 1, 0];
const GARBAGE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e38];
const MAKERS: readonly (readonly [string, () => Promise<Backend>])[] = [
  ["reference", async () => reference()],
  ["cpu", () => cpu()],
  ["cpu, 2 threads", () => cpu({ threads: 2 })],
  ["ort", () => ort({ threads: 1 })],
];

/** xs with other numbers where its sequences have ended. */
const paddedWith = (xs: NdArray, value: (k: number) => number): NdArray => ({
  ...xs,
  data: xs.data.map((x, k) => {
    const [t, b] = [Math.floor(k / (B * D)), Math.floor(k / D) % B];
    return t < (LENGTHS[b] as number) ? x : value(k);
  }) as NdArray["data"],
});

interface Inputs {
  readonly params: Tree<Tensor>;
  readonly xs: Tensor;
  readonly state: Tree<Tensor>;
}

/** Outputs, last state, and every gradient of a loss in which each of their numbers has a weight. */
const runOf = (cell: AnyUnrollable, reverse: boolean) => (x: Inputs, lengths: Tensor, noise: Tree<Tensor>) =>
  valueAndGrad((v: Inputs) => {
    const options = { state: v.state, lengths, reverse, ...(cell.noise ? { noise } : {}) };
    const result = unroll(cell, v.params, v.xs, options);
    const parts = flattenTree(result, isTensor).leaves.map((leaf, i) =>
      sum(mul(leaf, random(leaf.shape as number[], 70 + i))),
    );
    return { ...result, loss: parts.reduce((a, b) => add(a, b)) };
  }, x);

describe.each(MAKERS)("past a sequence's end, on %s", (_, make) => {
  let opened: Promise<Backend> | undefined;
  const backend = () => {
    opened ??= make();
    return opened;
  };
  afterAll(async () => (await opened)?.close());

  test.each([...ALL_CELLS, ...ALL_SEQUENCE_CELLS].flatMap((entry, i) => [{ ...entry, reverse: i % 2 === 0 }]))(
    "$name, reverse: $reverse: neither a value nor a gradient knows what stands there",
    async ({ make: makeCell, reverse }) => {
      const cell = makeCell({ inputSize: D, hiddenSize: H });
      const on = await backend();
      const run = compile(on, runOf(cell, reverse));
      const xs = random([T, B, D], 1);
      const x = { params: randomized(cell.init(key(3)), 2), state: randomized(initialStateArrays(cell, B), 3) };
      const noise = (drawNoise(cell, foldIn(key(4), 0), { T, B }) ?? {}) as Tree<NdArray>;
      const results = async (padded: NdArray): Promise<readonly NdArray[]> =>
        flattenTree<NdArray>(
          await download(on, await run({ ...x, xs: padded } as never, i32(LENGTHS), noise as never)),
          isNdArray,
        ).leaves;
      const clean = await results(paddedWith(xs, () => 0));
      for (const { data } of clean) expect(data.every(Number.isFinite)).toBe(true);
      for (const [i, garbage] of [
        ...GARBAGE.map((value) => () => value),
        (k: number) => GARBAGE[k % 4] as number,
      ].entries()) {
        expect(await results(paddedWith(xs, garbage)), `garbage ${i}`).toEqual(clean);
      }
      run.release();
    },
  );

  test("the gradient of what stands there is exactly 0", async () => {
    const cell: AnyUnrollable = lstm({ inputSize: D, hiddenSize: H });
    const on = await backend();
    const run = compile(on, (p: Tree<Tensor>, xs: Tensor, lengths: Tensor) =>
      valueAndGrad((v: Tensor) => sum(mul(unroll(cell, p, v, { lengths }).outputs, 3)), xs),
    );
    const [, gradient] = (await download(
      on,
      await run(
        cell.init(key(3)) as never,
        paddedWith(random([T, B, D], 1), () => Number.NaN),
        i32(LENGTHS),
      ),
    )) as unknown as [NdArray, NdArray];
    const ended = Array.from(gradient.data).filter(
      (_, k) => Math.floor(k / (B * D)) >= (LENGTHS[Math.floor(k / D) % B] as number),
    );
    expect(ended).toHaveLength((T * B - 7) * D);
    expect(ended.every((value) => value === 0)).toBe(true);
    expect(gradient.data.filter((value) => value !== 0)).toHaveLength(7 * D);
  });

  test.each([-1, T + 1, 2 ** 31 - 1])("a length of %i is an error", async (length) => {
    const cell: AnyUnrollable = lstm({ inputSize: D, hiddenSize: H });
    const run = compile(await backend(), (p: Tree<Tensor>, xs: Tensor, lengths: Tensor) =>
      unroll(cell, p, xs, { lengths }),
    );
    await expect(run(cell.init(key(3)) as never, random([T, B, D], 1), i32([4, length, 1, 0]))).rejects.toMatchObject({
      name: "DataError",
      message: `unroll: length ${length} is out of range; expected 0 … ${T}. A length counts steps.`,
    });
    run.release();
  });
});
