import { reference } from "@throughtime/backend-reference";
import { concat, constant, mean, type NdArray, ndarray, slice, stopGradient } from "@throughtime/core";
import { describe, expect, it } from "vitest";
import { adam, clipByNorm, type LossInputs, overlapping, type Source, sgd, sourceOf, train } from "../src/index.js";
import { collect, distance, noting, tiny } from "./support/collect.js";
import {
  B,
  type Carry,
  type Chunk,
  carry,
  chunk,
  chunks,
  freshLoss,
  loss,
  mask,
  type Noise,
  type Params,
  params,
  T,
  unrolled,
} from "./support/tiny.js";

describe("accumulating micro-batches", () => {
  const units = ({ x }: Chunk) => x.data.length;
  const lanes = ({ x, y }: Chunk, from: number, to: number): Chunk => {
    const cut = ({ data }: NdArray) =>
      ndarray(
        data.filter((_, i) => i % B >= from && i % B < to),
        { shape: [T, to - from] },
      );
    return { x: cut(x), y: cut(y) };
  };
  // Two lanes, then one, so that the weights matter.
  const cutAt = (i: number) => (i % 2 === 0 ? lanes(chunk(i >> 1), 0, 2) : lanes(chunk(i >> 1), 2, B));
  const options = {
    params: params(),
    loss: freshLoss,
    optimizer: adam({ learningRate: 0.05 }),
    clip: clipByNorm(0.2),
    steps: 6,
  };
  const large = sourceOf<Chunk>({ stepsPerEpoch: 4, batchAt: (i) => chunk(i), units });
  const small = sourceOf<Chunk>({ stepsPerEpoch: 8, batchAt: cutAt, units });

  it("gives the loss, the gradient and the weights of the large batch", async () => {
    const whole = train({ ...options, backend: reference(), source: large });
    const parts = train({ ...options, backend: reference(), source: small, accumulate: 2 });
    const [expected, received] = [await collect(whole), await collect(parts)];
    expect(received.map(({ step, epoch }) => [step, epoch])).toEqual(expected.map(({ step, epoch }) => [step, epoch]));
    received.forEach((report, i) => {
      expect(report.loss).toBeCloseTo(expected[i]?.loss as number, 5);
      expect(report.gradientNorm).toBeCloseTo(expected[i]?.gradientNorm as number, 5);
      expect(report.metrics.energy).toBeCloseTo(expected[i]?.metrics.energy as number, 5);
    });
    expect(distance((await parts.snapshot()).params, (await whole.snapshot()).params)).toBeLessThan(2e-6);
  });

  it("carries state from one micro-batch to the next", async () => {
    const { backend, notes } = noting(reference());
    const training = tiny(backend, { optimizer: sgd({ learningRate: 0 }), accumulate: 2, noise: undefined, steps: 2 });
    const [first] = await collect(training);
    const single = await collect(
      tiny(reference(), { optimizer: sgd({ learningRate: 0 }), noise: undefined, steps: 2 }),
    );
    expect(first?.loss).toBeCloseTo(((single[0]?.loss as number) + (single[1]?.loss as number)) / 2, 6);
    expect(notes.filter((note) => note === "compile").length).toBe(2);
  });

  it("takes what there is at the end of the data", async () => {
    const three: Source<Chunk> = { ...large, next: async (at) => ((at as number) < 3 ? large.next(at) : null) };
    const training = train({ ...options, backend: reference(), source: three, accumulate: 2 });
    const reports = await collect(training);
    expect(reports.map(({ step, ended }) => [step, ended])).toEqual([
      [1, undefined],
      [2, "data"],
    ]);
  });
});

describe("truncated backpropagation through time", () => {
  const options = { optimizer: sgd({ learningRate: 1 }), noise: undefined, steps: 1 };
  const stepFrom = async (training: ReturnType<typeof tiny>) => {
    await collect(training);
    return (await training.snapshot()).params;
  };

  it("in chunks passes state on and no gradient back", async () => {
    // With a rate of 0 for the first step, the second one's update is the gradient of the second chunk's loss alone.
    const training = tiny(reference(), { ...options, schedule: (step) => step, steps: 2 });
    const warm: typeof loss = (p, inputs) => {
      const { last } = unrolled(p, inputs.carry, { x: constant(chunk(0).x), y: constant(chunk(0).y) });
      return loss(p, { ...inputs, carry: { h: stopGradient(last.h) } });
    };
    const second = sourceOf<Chunk>({ stepsPerEpoch: 1, batchAt: () => chunk(1) });
    const alone = tiny(reference(), { ...options, source: second, loss: warm });
    expect(distance(await stepFrom(training), await stepFrom(alone))).toBeLessThan(1e-6);
  });

  it("through k2 steps after every k1 is the gradient of the newest chunk's loss through the whole window", async () => {
    const window = overlapping({ source: chunks(), loss, chunks: 2 });
    const both = train({
      backend: reference(),
      ...window,
      params: params(),
      carry,
      optimizer: sgd({ learningRate: 1 }),
      schedule: (step) => (step < 2 ? 0 : 1),
      steps: 3,
    });
    // The third step sees chunks 1 and 2, from the state that chunk 0 left.
    const explicit = (
      p: Parameters<typeof loss>[0],
      { batch, carry: c }: LossInputs<readonly Chunk[], Carry, Noise>,
    ) => {
      const [zero, one, two] = batch as unknown as [
        { x: never; y: never },
        { x: never; y: never },
        { x: never; y: never },
      ];
      const { last } = unrolled(p, c, zero);
      const long = { x: concat([one.x, two.x], { axis: 0 }), y: concat([one.y, two.y], { axis: 0 }) };
      const { nll } = unrolled(p, { h: stopGradient(last.h) }, long);
      return { loss: mean(slice(nll, { axis: 0, start: T, end: 2 * T })), carry: c };
    };
    const three = sourceOf<readonly Chunk[]>({ stepsPerEpoch: 1, batchAt: () => [chunk(0), chunk(1), chunk(2)] });
    const once = train<Params, readonly Chunk[], Carry, Noise>({
      backend: reference(),
      params: params(),
      carry,
      source: three,
      loss: explicit,
      optimizer: sgd({ learningRate: 1 }),
      steps: 1,
    });
    await collect(both);
    await collect(once);
    expect(distance((await both.snapshot()).params, (await once.snapshot()).params)).toBeLessThan(1e-6);
  });

  it("with windows of one chunk is plain truncation", async () => {
    const plain = tiny(reference(), { optimizer: adam({ learningRate: 0.03 }), steps: 6 });
    const window = overlapping({ source: chunks(), loss, chunks: 1 });
    const wrapped = train({
      backend: reference(),
      ...window,
      noise: (key): readonly Noise[] => [mask(key)],
      params: params(),
      carry,
      optimizer: adam({ learningRate: 0.03 }),
      steps: 6,
    });
    const [a, b] = [await collect(plain), await collect(wrapped)];
    expect(b.map((report) => report.loss)).toEqual(a.map((report) => report.loss));
  });

  it("begins its windows anew in every pass, and resumes inside one", async () => {
    const { source } = overlapping({ source: chunks(3), loss, chunks: 3 });
    const sizes: number[] = [];
    let cursor = source.start;
    for (let i = 0; i < 7; i++) {
      const next = await source.next(JSON.parse(JSON.stringify(cursor)));
      if (!next) break;
      sizes.push(next.batch.length);
      const newest = next.batch.at(-1) as Chunk;
      expect(newest).toEqual(chunk(i % 3));
      expect(next.reset).toBe(i % 3 === 0);
      cursor = next.cursor;
    }
    expect(sizes).toEqual([1, 2, 3, 1, 2, 3, 1]);
  });
});
