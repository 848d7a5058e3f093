import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import { lstm } from "@throughtime/cells";
import {
  add,
  type Backend,
  evaluateProgram,
  exp,
  flattenTree,
  isNdArray,
  key,
  mul,
  type NdArray,
  ndarray,
  neg,
  normal,
  sum,
  toF64,
  trace,
  valueAndGrad,
} from "@throughtime/core";
import { ciderD, documentFrequencies } from "@throughtime/metrics";
import { widen } from "@throughtime/testkit";
import { adam, memoryStore, type Report, train } from "@throughtime/train";
import { precomputed } from "@throughtime/vision";
import { describe, expect, test } from "vitest";
import { cumulativeSums, draw } from "../src/draw.js";
import {
  type CaptionBatch,
  captioner,
  captionModel,
  ciderReward,
  type SelfCriticalBatch,
  selfCritical,
  topDown,
} from "../src/index.js";
import { BATCH, i32, one, randomized, run } from "./arrays.js";
import { MODELS } from "./models.js";

const f32 = (values: readonly number[]) => ndarray(Float32Array.from(values));

describe("draw", () => {
  test("sums up to each entry, whatever the number of entries", () => {
    for (const N of [1, 2, 3, 6, 11, 50]) {
      const x = normal(key(N), [2, N]);
      const [sums] = run((tensor: never) => cumulativeSums(tensor), x) as [NdArray];
      expect(sums.shape).toEqual([2, N]);
      for (let b = 0; b < 2; b++) {
        let total = 0;
        for (let n = 0; n < N; n++) {
          total += x.data[b * N + n] as number;
          expect(sums.data[b * N + n]).toBeCloseTo(total, 4);
        }
      }
    }
  });

  test("takes the entry in whose share u lies, never one of weight 0", () => {
    const weights = [0, 0.25, 0, 0.5, 0.25, 0];
    const cases = [
      [0, 1],
      [0.24, 1],
      [0.26, 3],
      [0.74, 3],
      [0.76, 4],
      [0.99999994, 4],
    ] as const;
    const [drawn] = run(
      (w: never, u: never) => draw(w, u),
      ndarray(cases.map(() => weights)),
      ndarray(cases.map(([u]) => [u])),
    ) as [NdArray];
    expect([...drawn.data]).toEqual(cases.map(([, place]) => place));
  });
});

// Words 0, 1, 2, where 2 ends a caption, and of which it has two at most: seven captions, and each has a reward.
const [V, BEGIN, END, LONGEST] = [3, 0, 2, 2];
const small = captionModel({
  encoder: precomputed({ height: 1, width: 1, gridSize: 1, pooledSize: 2 }),
  decoder: topDown({ cell: lstm({ inputSize: 3, hiddenSize: 4 }), pooledSize: 2 }),
  vocabularySize: V,
});
const params = randomized(small as never, 0.9);
const ALL: readonly (readonly number[])[] = [
  [2],
  ...[0, 1].flatMap((a) => [[a, 2], ...[0, 1].flatMap((b) => [0, 1, 2].map((c) => [a, b, c]))]),
];
const rewardOf = (caption: readonly number[]): number =>
  Math.fround(Math.sin(caption.reduce((sum, id) => 3 * sum + id + 1, 0)));
const reward = (captions: readonly (readonly number[])[]) => captions.map(rewardOf);
const options = { begin: BEGIN, end: END, maxLength: LONGEST, reward };
const picture = normal(key(9), [1, 2]);
const pictures = (B: number) => ({
  images: {
    grid: ndarray(new Float32Array(B), { shape: [B, 1, 1] }),
    pooled: ndarray(
      Float32Array.from({ length: 2 * B }, (_, i) => picture.data[i % 2] as number),
      { shape: [B, 2] },
    ),
  },
  pictures: i32(Array.from({ length: B }, (_, b) => b)),
});
/** A batch of one caption, as a rollout makes it. */
const withSample = (caption: readonly number[], baseline: number) => ({
  images: pictures(1).images,
  input: i32([BEGIN, ...caption.slice(0, -1)].map((word) => [word])),
  output: i32(caption.map((word) => [word])),
  lengths: i32([caption.length]),
  earned: { reward: f32([rewardOf(caption)]), baseline: f32([baseline]) },
});
const inF64 = (fn: (...args: never[]) => unknown, ...args: readonly unknown[]): NdArray[] =>
  evaluateProgram(toF64(trace(fn as never, args).program), flattenTree(args, isNdArray).leaves.map(widen));
const logOf = (caption: readonly number[]): number => {
  const leaves = inF64((p: never, batch: never) => small.logProbability(p, batch), params, withSample(caption, 0));
  return leaves[0]?.data[0] as number;
};

describe("self-critical training", () => {
  test("all captions together have a probability of 1", () => {
    expect(ALL.reduce((sum, caption) => sum + Math.exp(logOf(caption)), 0)).toBeCloseTo(1, 10);
  });

  test.each([0, 0.5])(
    "its gradient, weighted by the probability of all captions, is that of the expected reward, with a baseline of %d",
    (baseline) => {
      const { loss, release } = selfCritical(reference(), small, options);
      const batches = ALL.map((caption) => withSample(caption, baseline));
      const likely = ALL.map((caption) => Math.exp(logOf(caption)));
      /** The gradient of −Σ p(y) r(y). */
      const expected = inF64(
        (p: never, all: readonly never[]) =>
          valueAndGrad((q: never) => {
            const parts = all.map((batch, i) =>
              mul(exp(small.logProbability(q, batch)), rewardOf(ALL[i] as readonly number[])),
            );
            return neg(sum(parts.reduce((x, y) => add(x, y))));
          }, p)[1],
        params,
        batches,
      );
      const sums = expected.map(({ data }) => new Float64Array(data.length));
      batches.forEach((batch, i) => {
        const gradient = inF64(
          (p: never, b: never) => valueAndGrad((q: never) => loss(q, { batch: b }).loss, p)[1],
          params,
          batch,
        );
        gradient.forEach(({ data }, leaf) => {
          data.forEach((value, k) => {
            (sums[leaf] as Float64Array)[k] =
              ((sums[leaf] as Float64Array)[k] as number) + (likely[i] as number) * value;
          });
        });
      });
      expect(Math.max(...expected.flatMap(({ data }) => Array.from(data, Math.abs)))).toBeGreaterThan(0.01);
      expected.forEach(({ data }, leaf) => {
        data.forEach((value, k) => expect(sums[leaf]?.[k]).toBeCloseTo(value, 10));
      });
      release();
    },
  );

  test("captions are drawn as often as they are likely", async () => {
    const { rollout, release } = selfCritical(reference(), small, options);
    const B = 4000;
    const written = await rollout(params, pictures(B), key(3));
    const drawn = captionsOf(written as CaptionBatch<NdArray>);
    const counts = new Map(ALL.map((caption) => [String(caption), 0]));
    for (const caption of drawn) counts.set(String(caption), (counts.get(String(caption)) as number) + 1);
    expect(counts.size).toBe(ALL.length);
    const chiSquare = ALL.map((caption) => {
      const mean = B * Math.exp(logOf(caption));
      return ((counts.get(String(caption)) as number) - mean) ** 2 / mean;
    }).reduce((x, y) => x + y);
    expect(chiSquare).toBeLessThan(36.1); // 0.1 % of the time more, with ALL.length − 1 = 14 degrees of freedom
    expect(ALL).toHaveLength(15);
    release();
  });

  test.each(MODELS)(
    "%s: samples and greedy captions are the same on every backend, and greedy ones are those of a beam of 1",
    async (_, model) => {
      const weights = randomized(model, 1);
      const batch: SelfCriticalBatch<NdArray> = { images: one(0).images, pictures: i32([0]) };
      const found: unknown[] = [];
      const [asked, greedy]: (readonly number[])[][] = [[], []];
      const spoken = (captions: readonly (readonly number[])[]) => {
        (asked?.length === greedy?.length ? asked : greedy)?.push(...captions);
        return captions.map(() => 0);
      };
      for (const make of [reference, cpu, ort]) {
        const backend: Backend = await make();
        const { rollout, release } = selfCritical(backend, model, { begin: 1, end: 2, maxLength: 6, reward: spoken });
        for (const seed of [1, 2]) {
          found.push(await rollout(weights, batch, key(seed)));
        }
        const { caption, release: free } = await captioner(backend, model, weights);
        const [[best] = []] = await caption(batch.images, { begin: 1, end: 2, size: 1, maxLength: 6 });
        const words = greedy?.at(-1) as number[];
        // Of a beam the last word may be none but the end.
        expect(words.slice(0, best?.tokens.length)).toEqual(best?.tokens);
        release();
        free();
      }
      expect(found.slice(2, 4)).toEqual(found.slice(0, 2));
      expect(found.slice(4)).toEqual(found.slice(0, 2));
      expect(asked).toHaveLength(6);
      expect(greedy).toHaveLength(6);
    },
  );

  test("makes what is rewarded likelier, and what it draws with train is resumed to the bit", async () => {
    const backend = reference();
    const better = (captions: readonly (readonly number[])[]) =>
      captions.map((caption) => (String(caption) === "1,0,2" ? 1 : 0));
    const { rollout, loss, dims, release } = selfCritical(backend, small, { ...options, reward: better });
    const made = (others: object) =>
      train({
        ...{
          backend,
          params: small.init(key(1)),
          loss,
          rollout,
          dims,
          key: key(4),
          steps: 60,
        },
        source: {
          start: 0,
          next: async (at) => ({ batch: pictures(16), cursor: (at as number) + 1, epoch: 0, units: 16 }),
        },
        optimizer: adam({ learningRate: 0.03 }),
        ...others,
      });
    const reports: Report[] = [];
    const whole = made({});
    for await (const report of whole) reports.push(report);
    const mean = (some: readonly Report[]) =>
      some.reduce((sum, { metrics }) => sum + (metrics.reward as number), 0) / some.length;
    expect(mean(reports.slice(0, 5))).toBeLessThan(0.4);
    expect(mean(reports.slice(-5))).toBeGreaterThan(0.9);
    const store = memoryStore();
    for await (const { step } of made({ checkpoint: { store, every: { steps: 7 } } })) if (step === 30) break;
    const resumed: Report[] = [];
    const rest = made({ checkpoint: { store }, resume: "must" });
    for await (const report of rest) resumed.push(report);
    const numbers = ({ step, loss: value, metrics }: Report) => ({ step, value, metrics });
    expect(resumed.map(numbers)).toEqual(reports.slice(-resumed.length).map(numbers));
    expect((await rest.snapshot()).params).toEqual((await whole.snapshot()).params);
    release();
    expect(backend.liveArrays()).toBe(0);
  });

  test("goes on in one training where cross-entropy ended, resumed to the bit in either part", async () => {
    const [, hard] = MODELS.find(([name]) => name.startsWith("hard attention that")) as (typeof MODELS)[number];
    const backend = reference();
    const liked = (captions: readonly (readonly number[])[]) => captions.map((caption) => (caption[0] === 4 ? 1 : 0));
    const { rollout, loss, noise, dims, release } = selfCritical(backend, hard, {
      begin: 1,
      end: 2,
      maxLength: 4,
      reward: liked,
    });
    const made = (others: object) =>
      train({
        ...{ backend, params: hard.init(key(1)) as object, loss: loss as never, rollout, dims, key: key(4), steps: 12 },
        ...{ noise: noise as never, carry: hard.carry as never, optimizer: adam({ learningRate: 0.01 }) },
        source: {
          start: 0,
          async next(at) {
            const step = at as number;
            const batch: SelfCriticalBatch<NdArray> =
              step < 6 ? BATCH : { images: BATCH.images, pictures: i32([0, 1, 2]) };
            return { batch, cursor: step + 1, epoch: 0, units: 3 };
          },
        },
        validation: {
          source: { start: 0, next: async (at) => (at === 0 ? { batch: BATCH, cursor: 1, epoch: 0, units: 7 } : null) },
          ...{ loss: hard.evaluation as never, dims: { batch: hard.dims.batch }, every: { steps: 4 } },
        },
        ...others,
      });
    const numbers = ({ step, loss: value, metrics, validation }: Report) => ({
      step,
      value,
      metrics,
      validation: validation?.loss,
    });
    const whole = made({});
    const reports: Report[] = [];
    for await (const report of whole) reports.push(report);
    expect(reports.map(({ metrics }) => Object.keys(metrics))).toEqual([
      ...Array<string[]>(6).fill(["crossEntropy"]),
      ...Array<string[]>(6).fill(["reward", "baseline"]),
    ]);
    expect(reports[11]?.validation?.metrics.accuracy).toBeGreaterThanOrEqual(0);
    for (const killed of [3, 9]) {
      const store = memoryStore();
      for await (const { step } of made({ checkpoint: { store } })) if (step === killed) break;
      const rest: Report[] = [];
      const resumed = made({ checkpoint: { store }, resume: "must" });
      for await (const report of resumed) rest.push(report);
      expect(rest.map(numbers)).toEqual(reports.slice(-rest.length).map(numbers));
      expect((await resumed.snapshot()).params).toEqual((await whole.snapshot()).params);
    }
    release();
    expect(backend.liveArrays()).toBe(0);
  });

  test("says what does not fit", async () => {
    const made = (others: object) => () => selfCritical(reference(), small, { ...options, ...others });
    expect(made({ end: 3 })).toThrow("selfCritical: end must be an integer in 0 … 2, received 3.");
    expect(made({ maxLength: 0 })).toThrow("selfCritical: maxLength must be an integer of at least 1, received 0.");
    expect(made({ reward: 1 })).toThrow("selfCritical: reward is the number 1; expected a function.");
    const refused = (bad: unknown) =>
      expect(made({ reward: () => bad })().rollout(params, pictures(2), key(1))).rejects;
    await refused([1]).toThrow("selfCritical: the reward of 2 captions is");
    await refused([1, Number.NaN]).toThrow("selfCritical: the reward of 2 captions is");
    const { loss } = made({})();
    expect(() => run((p: never, batch: never) => loss(p, { batch }).loss, params, pictures(1))).toThrow(
      "selfCritical: no captions were drawn of the batch.",
    );
  });
});

describe("ciderReward", () => {
  const references = [
    [
      [4, 5, 2],
      [4, 6, 2],
    ],
    [[7, 5, 2]],
    [[8, 9, 4, 2]],
  ];

  test("is CIDEr-D with the ends of captions, and document frequencies of all pictures", async () => {
    const tokens = references.map((own) => own.map((ids) => ids.map(String)));
    const captions = [
      [7, 5, 2],
      [4, 5],
      [4, 5, 2],
    ];
    const expected = ciderD(
      captions.map((ids) => ids.map(String)),
      [1, 0, 0].map((i) => tokens[i] as string[][]),
      {
        documentFrequencies: documentFrequencies(tokens),
      },
    ).each;
    const given = await ciderReward(references)(captions, [1, 0, 0]);
    expect(given).toEqual(expected);
    expect(given[2]).toBeGreaterThan(given[1] as number);
  });

  test("names a picture that is not there", () => {
    expect(() => ciderReward(references)([[4, 2]], [3])).toThrow(
      "ciderReward: there is no picture 3; the references are of 3.",
    );
  });
});

/** The captions that a batch of samples holds. */
const captionsOf = ({ output, lengths }: { output: NdArray; lengths: NdArray }): number[][] =>
  Array.from(lengths.data, (length, b) =>
    Array.from({ length: Number(length) }, (_, t) => output.data[t * lengths.data.length + b] as number),
  );
