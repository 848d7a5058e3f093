import { type AttentionMemory, additive, attention } from "@throughtime/attention";
import { lstm } from "@throughtime/cells";
import {
  add,
  constant,
  crossEntropy,
  evaluateProgram,
  exp,
  expandDims,
  flattenTree,
  foldIn,
  isNdArray,
  isTensor,
  key,
  log,
  matmul,
  mul,
  type NdArray,
  ndarray,
  neg,
  normal,
  reshape,
  squeeze,
  sum,
  type Tensor,
  toF64,
  trace,
  valueAndGrad,
} from "@throughtime/core";
import { widen } from "@throughtime/testkit";
import { precomputed } from "@throughtime/vision";
import { describe, expect, test } from "vitest";
import { attentive } from "../src/decoders/attentive.js";
import { type CaptionBatch, captionModel, type HardAttentionOptions, hardAttention } from "../src/index.js";
import { i32, randomized } from "./arrays.js";

const [E, H, L, D, V, T] = [2, 3, 3, 2, 5, 2];
const parts = {
  cell: lstm({ inputSize: E + D, hiddenSize: H }),
  attention: attention(additive({ querySize: H, memorySize: D })),
};
const modelOf = (options: Partial<HardAttentionOptions<never, never, never, never>>) =>
  captionModel({
    encoder: precomputed({ height: 1, width: L, gridSize: D, pooledSize: 1 }),
    decoder: hardAttention({ ...parts, ...options } as typeof parts),
    vocabularySize: V,
  });
const params = randomized(modelOf({}) as never, 0.8);
const [WORDS, SAID] = [
  [1, 4],
  [4, 2],
];
const grid = normal(key(8), [1, L, D]);

/** B times the same picture and caption. */
const batchOf = (B: number): CaptionBatch<NdArray> => ({
  images: {
    grid: {
      ...grid,
      shape: [B, L, D],
      data: Float32Array.from({ length: B * L * D }, (_, i) => grid.data[i % (L * D)] as number),
    },
    pooled: ndarray(new Float32Array(B), { shape: [B, 1] }),
  },
  input: i32(WORDS.map((word) => Array<number>(B).fill(word))),
  output: i32(SAID.map((word) => Array<number>(B).fill(word))),
  lengths: i32(Array<number>(B).fill(T)),
});

/** Traces and evaluates a function in f64: the leaves of its result. */
const run = (fn: (...args: never[]) => unknown, ...args: readonly unknown[]): NdArray[] =>
  evaluateProgram(toF64(trace(fn as never, args).program), flattenTree(args, isNdArray).leaves.map(widen));

/** Every sequence of places. */
const SEQUENCES = Array.from({ length: L ** T }, (_, i) =>
  Array.from({ length: T }, (__, t) => Math.floor(i / L ** t) % L),
);

/** Writes the caption looking at given places: ln p of the places, of the words, and the weights of each step. Written without `hardAttention`. */
function along(
  p: Parameters<ReturnType<typeof modelOf>["begin"]>[0],
  images: CaptionBatch<Tensor>["images"],
  places: readonly number[],
) {
  const { look, write, start } = attentive("test", parts);
  const { memory, state: first } = start(p.decoder, images as never);
  let state = first;
  let [ofPlaces, ofWords] = [constant(ndarray(0)), constant(ndarray(0))];
  const weights = places.map((place, t) => {
    const at = constant(ndarray([Array.from({ length: L }, (_, i) => (i === place ? 1 : 0))]));
    const looked = look(p.decoder, state, memory);
    const context = squeeze(matmul(expandDims(at, { axis: 1 }), (memory.attention as AttentionMemory).values), {
      axis: 1,
    });
    const row = reshape(matmul(reshape(constantRow(WORDS[t] as number), [1, V]), p.words.E), [1, E]);
    const written = write(p.decoder, state, row, looked, context);
    const logits = add(matmul(written.output, p.output.W as Tensor), p.output.b);
    ofPlaces = add(ofPlaces, sum(log(sum(mul(at, looked.weights), { axis: 1 }))));
    ofWords = add(ofWords, neg(sum(crossEntropy(logits, constant(i32([SAID[t] as number]))))));
    state = written.state;
    return looked.weights;
  });
  return { ofPlaces, ofWords, weights };
}
const constantRow = (word: number): Tensor =>
  constant(ndarray(Array.from({ length: V }, (_, v) => (v === word ? 1 : 0))));

/** The gradient of −Σ_s p(s) ln p(y | s), by all sequences of places. */
const exact = (): NdArray[] =>
  run(
    (p: never, images: never) =>
      valueAndGrad((q: never) => {
        const all = SEQUENCES.map((places) => along(q, images, places));
        return neg(all.map(({ ofPlaces, ofWords }) => mul(exp(ofPlaces), ofWords)).reduce((a, b) => add(a, b)));
      }, p)[1],
    params,
    batchOf(1).images,
  );

/** The gradient of the loss of captions with drawn places, per caption, and the next carry. */
const estimate = (model: ReturnType<typeof modelOf>, B: number, noise: unknown, carry: unknown) => {
  const leaves = run(
    (p: never, batch: CaptionBatch<Tensor>, n: unknown, c: unknown) => {
      const [loss, gradient] = valueAndGrad((q: never) => mul(model.loss(q, { batch, noise: n, carry: c }).loss, T), p);
      return [flattenTree(gradient, isTensor).leaves, loss, model.loss(p, { batch, noise: n, carry: c }).carry];
    },
    params,
    batchOf(B),
    noise,
    carry,
  );
  return {
    gradient: leaves.slice(0, -3),
    loss: leaves.at(-3)?.data[0] as number,
    mean: leaves.at(-2)?.data[0] as number,
    batches: leaves.at(-1)?.data[0],
  };
};

/** The same baseline at every place of words. */
const carryOf = (mean: number, batches = 1) => {
  const of = (value: number) => ndarray(new Float32Array(64).fill(value), { shape: [64, 1] });
  return { mean: of(mean), batches: of(batches) };
};
/** Noise that draws given places, B times; the coin says with which captions. */
function noiseFor(places: readonly number[], B = 1, coin = 1) {
  const weights = run((p: never, images: never) => along(p, images, places).weights, params, batchOf(1).images);
  const location = weights.map(({ data }, t) => {
    const before = Array.from(data.slice(0, places[t])).reduce((a, w) => a + w, 0);
    return before + (data[places[t] as number] as number) / 2;
  });
  const column = (value: number) => Array.from({ length: B }, () => [value]);
  return { decoder: { location: ndarray(location.map(column)), coin: ndarray(column(coin)), cell: {} } };
}

describe("the estimator of hard attention's gradient", () => {
  const model = modelOf({ reinforce: 1, entropy: 0, expectation: 0 });
  const gradient = exact();

  test.each([0, -3, 7])(
    "weighted by the probability of all sequences of places it is the exact gradient, with a baseline of %d",
    (baseline) => {
      const sums = gradient.map(({ data }) => new Float64Array(data.length));
      let total = 0;
      for (const places of SEQUENCES) {
        const [ofPlaces] = run(
          (p: never, images: never) => along(p, images, places).ofPlaces,
          params,
          batchOf(1).images,
        );
        const p = Math.exp(ofPlaces?.data[0] as number);
        total += p;
        estimate(model, 1, noiseFor(places), carryOf(baseline)).gradient.forEach(({ data }, i) => {
          data.forEach((value, k) => {
            (sums[i] as Float64Array)[k] = ((sums[i] as Float64Array)[k] as number) + p * value;
          });
        });
      }
      expect(total).toBeCloseTo(1, 12);
      expect(gradient.some(({ data }) => data.some((value) => Math.abs(value) > 0.1))).toBe(true);
      gradient.forEach(({ data }, i) => {
        data.forEach((value, k) => expect(sums[i]?.[k]).toBeCloseTo(value, 10));
      });
    },
  );

  test("its mean over many draws of the model's noise is the exact gradient, within five standard errors", () => {
    const [B, runs] = [200, 25];
    const means = Array.from({ length: runs }, (_, i) =>
      estimate(model, B, model.noise(foldIn(key(4), i), batchOf(B)), carryOf(-3)).gradient.flatMap(({ data }) =>
        Array.from(data),
      ),
    );
    const expected = gradient.flatMap(({ data }) => Array.from(data));
    let spread = 0;
    expected.forEach((value, k) => {
      const all = means.map((one) => one[k] as number);
      const mean = all.reduce((a, b) => a + b) / runs;
      const error = Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / (runs - 1) / runs);
      spread += error;
      expect(Math.abs(mean - value)).toBeLessThan(5 * error + 1e-9);
    });
    expect(spread).toBeGreaterThan(0);
  });

  test("a wrong one would be found: without the part of REINFORCE the mean is another", () => {
    const without = modelOf({ reinforce: 0, entropy: 0, expectation: 0 });
    const sums = gradient.map(({ data }) => new Float64Array(data.length));
    for (const places of SEQUENCES) {
      const [ofPlaces] = run((p: never, images: never) => along(p, images, places).ofPlaces, params, batchOf(1).images);
      estimate(without, 1, noiseFor(places), carryOf(0)).gradient.forEach(({ data }, i) => {
        data.forEach((value, k) => {
          (sums[i] as Float64Array)[k] =
            ((sums[i] as Float64Array)[k] as number) + Math.exp(ofPlaces?.data[0] as number) * value;
        });
      });
    }
    const distance = Math.max(
      ...gradient.flatMap(({ data }, i) => Array.from(data, (value, k) => Math.abs(value - (sums[i]?.[k] as number)))),
    );
    expect(distance).toBeGreaterThan(1e-3);
  });
});

describe("the baseline", () => {
  const model = modelOf({ entropy: 0, reinforce: 0 });
  /** ln p of all words: what the first place answers for. */
  const reward = (places: readonly number[]) =>
    run((p: never, images: never) => along(p, images, places).ofWords, params, batchOf(1).images)[0]?.data[0] as number;

  test("starts with the first batch's own mean, and then keeps 0.9 of what it was", () => {
    const first = estimate(model, 2, noiseFor([0, 1], 2), model.carry);
    expect(first.mean).toBeCloseTo(reward([0, 1]), 10);
    expect(first.batches).toBe(1);
    const second = estimate(model, 2, noiseFor([2, 0], 2), carryOf(first.mean));
    expect(second.mean).toBeCloseTo(0.9 * reward([0, 1]) + 0.1 * reward([2, 0]), 6);
    expect(second.batches).toBe(2);
  });

  test("knows nothing of captions that were written with the expectation", () => {
    const { decoder } = noiseFor([0, 1], 2);
    const mixed = { decoder: { ...decoder, coin: ndarray([[0.9], [0.1]]) } };
    expect(estimate(model, 2, mixed, model.carry).mean).toBeCloseTo(reward([0, 1]), 10);
    const none = { decoder: { ...decoder, coin: ndarray([[0.1], [0.1]]) } };
    expect(estimate(model, 2, none, carryOf(-3, 4))).toMatchObject({ mean: -3, batches: 4 });
  });
});

test("with the coin against it a caption in training is written as soft attention writes it", () => {
  const { decoder } = noiseFor([0, 1], 1, 0.4);
  const model = modelOf({ entropy: 0, inference: "expectation" });
  const drawn = estimate(model, 1, { decoder }, model.carry).loss;
  const [soft] = run(
    (p: never, batch: CaptionBatch<Tensor>) => model.evaluation(p, { batch }).loss,
    params,
    batchOf(1),
  );
  expect(drawn).toBeCloseTo(T * (soft?.data[0] as number), 10);
});

test("the entropy of the weights is part of the loss", () => {
  const noise = noiseFor([0, 1]);
  const [plain, wide] = [0, 0.5].map((entropy) => estimate(modelOf({ entropy }), 1, noise, carryOf(-2)).loss) as [
    number,
    number,
  ];
  const weights = run((p: never, images: never) => along(p, images, [0, 1]).weights, params, batchOf(1).images);
  const bits = weights
    .map(({ data }) => Array.from(data).reduce((a, w) => a - w * Math.log(w), 0))
    .reduce((a, b) => a + b);
  expect(wide).toBeCloseTo(plain - 0.5 * bits, 10);
});

test("what is out of range is named", () => {
  const made = (options: object) => () => modelOf(options);
  expect(made({ expectation: 1.5 })).toThrow("hardAttention: expectation must be in [0, 1], received 1.5.");
  expect(made({ reinforce: -1 })).toThrow("hardAttention: reinforce must be a number ≥ 0, received -1.");
  expect(made({ inference: "sampled" })).toThrow(
    'hardAttention: inference is the string "sampled"; expected "argmax" or "expectation".',
  );
});
