import { readFileSync } from "node:fs";
import { additive, attention } from "@throughtime/attention";
import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import { lstm } from "@throughtime/cells";
import {
  compile,
  download,
  evaluateProgram,
  flattenTree,
  isNdArray,
  key,
  mapTree,
  type NdArray,
  ndarray,
  sizeOf,
  type Tensor,
  toF64,
  trace,
  unflattenTree,
  valueAndGrad,
} from "@throughtime/core";
import { widen } from "@throughtime/testkit";
import { precomputed } from "@throughtime/vision";
import { describe, expect, test } from "vitest";
import { type CaptionBatch, captionModel, hardAttention, softAttention, topDown } from "../src/index.js";
import { BATCH } from "./arrays.js";
import type { AnyModel } from "./models.js";

/** What goldens/make_goldens.py writes: losses and gradients by PyTorch 2.13, in f64. */
interface Golden {
  readonly name: string;
  readonly loss: number;
  /** By the names of parameters and pictures; none for those that the loss does not depend on. */
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  /** What hard attention carries after the batch. */
  readonly baseline?: readonly number[];
}
const goldens: { noise: { location: number[][]; coin: number[] }; hard: object; cases: readonly Golden[] } = JSON.parse(
  readFileSync(new URL("goldens/goldens.json", import.meta.url), "utf8"),
);

const [E, H, L, D, P, A, V] = [3, 4, 6, 5, 2, 7, 11];
const encoder = precomputed({ height: 2, width: 3, gridSize: D, pooledSize: P });
const looking = {
  cell: lstm({ inputSize: E + D, hiddenSize: H }),
  attention: attention(additive({ querySize: H, memorySize: D, size: A })),
};
const cell = lstm({ inputSize: E, hiddenSize: H });
const hard = captionModel({ encoder, decoder: hardAttention({ ...looking, ...goldens.hard }), vocabularySize: V });

const MODELS = {
  "top-down, the picture as first state": captionModel({
    encoder,
    decoder: topDown({ cell, pooledSize: P }),
    vocabularySize: V,
  }),
  "top-down, the picture as first input": captionModel({
    encoder,
    decoder: topDown({ cell, pooledSize: P, image: "input" }),
    vocabularySize: V,
  }),
  "soft attention": captionModel({ encoder, decoder: softAttention(looking), vocabularySize: V }),
  "soft attention without a gate, smoothed, with half the penalty": captionModel({
    ...{ encoder, vocabularySize: V, labelSmoothing: 0.125 },
    decoder: softAttention({ ...looking, gate: "none", doublyStochastic: 0.5 }),
  }),
  "hard attention, first batch": hard,
  "hard attention with a baseline": hard,
} as unknown as Readonly<Record<string, AnyModel>>;

/** What hard attention carries, with baselines for the first places of words. */
const baselines = (first: readonly number[]) => {
  const of = (values: readonly number[]) =>
    ndarray(
      Float32Array.from({ length: 64 }, (_, t) => values[t] ?? 0),
      { shape: [64, 1] },
    );
  return { mean: of(first), batches: of(first.map(() => 1)) };
};
const CARRY: Readonly<Record<string, unknown>> = {
  "hard attention, first batch": hard.carry,
  "hard attention with a baseline": baselines([-6.5, -4.5, -2.5]),
};
const NOISE = {
  decoder: {
    location: ndarray(goldens.noise.location.map((row) => row.map((u) => [u]))),
    coin: ndarray(goldens.noise.coin.map((one) => [one])),
    cell: {},
  },
};

/** As make_goldens.py makes them; in f64, which the tests in f32 round. */
const wave = (shape: readonly number[], salt: number): NdArray =>
  ndarray(
    Float64Array.from({ length: sizeOf(shape) }, (_, k) => 0.5 * Math.sin(1.7 * k + 0.9 * salt)),
    { shape },
  );

function inputsOf(model: AnyModel, name: string) {
  const { leaves, paths, structure } = flattenTree<NdArray>(model.init(key(0)), isNdArray);
  const sorted = [...paths].sort();
  const waves = leaves.map(({ shape }, i) => wave(shape, sorted.indexOf(paths[i] as string)));
  const images = { grid: wave([3, L, D], 100), pooled: wave([3, P], 101) };
  const carry = CARRY[name] ?? {};
  return {
    params: unflattenTree(structure, waves),
    batch: { ...BATCH, images },
    carry,
    noise: name in CARRY ? NOISE : {},
  };
}

const stepOf = (model: AnyModel) => (params: never, batch: CaptionBatch<Tensor>, carry: unknown, noise: unknown) => {
  const { images, ...words } = batch;
  const [loss, gradient] = valueAndGrad(
    (q: { params: never; images: typeof images }) =>
      model.loss(q.params, { batch: { ...words, images: q.images }, carry, noise: noiseOf(noise) }).loss,
    { params, images },
  );
  return { loss, gradient, carry: model.loss(params, { batch, carry, noise: noiseOf(noise) }).carry };
};
const noiseOf = (noise: unknown) => (Object.keys(noise as object).length === 0 ? "none" : noise);

interface Result {
  readonly loss: NdArray;
  readonly gradient: { readonly params: unknown; readonly images: unknown };
  readonly carry: { readonly mean?: NdArray };
}

function expectGolden(golden: Golden, { loss, gradient, carry }: Result, tolerance: number): void {
  const near = (actual: number, expected: number, what: string) =>
    expect(Math.abs(actual - expected), what).toBeLessThan(tolerance * Math.max(1, Math.abs(expected)));
  near(loss.data[0] as number, golden.loss, "loss");
  golden.baseline?.forEach((value, t) => near(carry.mean?.data[t] as number, value, `baseline ${t}`));
  const { images } = gradient;
  const { leaves, paths } = flattenTree<NdArray>({ ...(gradient.params as object), images }, isNdArray);
  for (const name of Object.keys(golden.gradients)) expect(paths).toContain(name);
  leaves.forEach(({ data }, i) => {
    const expected = golden.gradients[paths[i] as string] ?? Array<number>(data.length).fill(0);
    expect(data).toHaveLength(expected.length);
    expected.forEach((value, k) => near(data[k] as number, value, `${paths[i]}[${k}]`));
  });
}

describe.each(goldens.cases)("$name", (golden) => {
  const model = MODELS[golden.name] as AnyModel;
  const { params, batch, carry, noise } = inputsOf(model, golden.name);
  const args = [params, batch, carry, noise];
  const narrow = mapTree(
    args,
    isNdArray,
    (array: NdArray): NdArray =>
      array.dtype === "f64" ? { ...array, dtype: "f32", data: Float32Array.from(array.data) } : array,
  ) as unknown[];

  test("has PyTorch's loss, gradients and baseline, in f64", () => {
    const { program, outputStructure } = trace(stepOf(model) as never, narrow);
    const outputs = evaluateProgram(toF64(program), flattenTree<NdArray>(args, isNdArray).leaves.map(widen));
    expectGolden(golden, unflattenTree(outputStructure, outputs) as Result, 1e-10);
  });

  test.each([
    ["reference", reference],
    ["cpu", cpu],
    ["ort", ort],
  ] as const)("and on %s, in f32", async (_, make) => {
    const backend = await make();
    const run = compile(backend, stepOf(model) as never);
    const result = (await download(
      backend,
      await (run as (...all: unknown[]) => Promise<unknown>)(...narrow),
    )) as Result;
    expectGolden(golden, result, 1e-5);
    run.release();
  });
});
