import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import { drawNoise, dropout, gru, initialStateArrays, unroll } from "@throughtime/cells";
import { crossEntropy, key, mean, ndarray, randomBits, splitKey } from "@throughtime/core";
import { embedding, linear } from "@throughtime/nn";
import { describe, expect, it } from "vitest";
import { adam, adamw, clipByNorm, LAST, memoryStore, sourceOf, train } from "../src/index.js";
import { collect, distance, numbers, timeless, tiny } from "./support/collect.js";

describe("on ONNX Runtime", () => {
  it("the numbers are the reference backend's", async () => {
    const options = { optimizer: adam({ learningRate: 0.02 }), clip: clipByNorm(1), steps: 12 };
    const [a, b] = [tiny(await ort({ threads: 1 }), options), tiny(reference(), options)];
    const [ours, theirs] = [await collect(a), await collect(b)];
    ours.forEach(({ loss, gradientNorm }, i) => {
      expect(loss).toBeCloseTo(theirs[i]?.loss as number, 5);
      expect(gradientNorm).toBeCloseTo(theirs[i]?.gradientNorm as number, 5);
    });
    expect(distance((await a.snapshot()).params, (await b.snapshot()).params)).toBeLessThan(1e-5);
  });

  it("a training that was stopped and resumed is the one that never was, bit for bit", async () => {
    const options = { optimizer: adam({ learningRate: 0.02 }), clip: clipByNorm(1), steps: 10 };
    const whole = tiny(await ort({ threads: 1 }), options);
    const expected = (await collect(whole)).map(timeless);
    const store = memoryStore();
    const first = tiny(await ort({ threads: 1 }), { ...options, steps: 4, checkpoint: { store } });
    await collect(first);
    const resumed = tiny(await ort({ threads: 1 }), { ...options, checkpoint: { store }, resume: "must" });
    expect((await collect(resumed)).map(timeless)).toEqual(expected.slice(4));
    expect(numbers(await resumed.snapshot().then((s) => s.params))).toEqual(numbers((await whole.snapshot()).params));
    expect(await store.list()).toEqual([LAST]);
  });
});

describe("one seed gives one result", () => {
  const [V, H, B, T] = [65, 64, 16, 24];
  const cell = dropout(gru({ inputSize: 32, hiddenSize: H }), { output: 0.2 });
  const table = embedding({ vocabularySize: V, size: 32 });
  const readout = linear({ inputSize: H, outputSize: V });
  const [forTable, forCell, forReadout, forData] = splitKey(key(11), 4);
  const text = randomBits(forData, B * T * 6 + 1);
  const at = (index: number, shift: number) =>
    ndarray(
      Int32Array.from({ length: T * B }, (_, i) => (text[index * B * T + i + shift] as number) % V),
      { shape: [T, B] },
    );

  const weights = async (threads: number) => {
    const training = train({
      backend: await ort({ threads }),
      params: { table: table.init(forTable), cell: cell.init(forCell), readout: readout.init(forReadout) },
      loss(p, { batch, carry, noise }) {
        const { outputs, state } = unroll(cell, p.cell, table.apply(p.table, batch.x), { state: carry, noise });
        return { loss: mean(crossEntropy(readout.apply(p.readout, outputs), batch.y)), carry: state };
      },
      optimizer: adamw({ learningRate: 5e-3 }),
      clip: clipByNorm(1),
      source: sourceOf({ stepsPerEpoch: 6, batchAt: (i) => ({ x: at(i, 0), y: at(i, 1) }) }),
      carry: initialStateArrays(cell, B),
      noise: (k) => drawNoise(cell, k, { T, B })!,
      steps: 18,
    });
    const reports = await collect(training);
    expect(reports.at(-1)?.loss).toBeLessThan(reports[0]?.loss as number);
    return { losses: reports.map(({ loss }) => loss), params: numbers((await training.snapshot()).params) };
  };

  it("whatever the number of threads, and every time, bit for bit", async () => {
    const first = await weights(1);
    expect(await weights(1)).toEqual(first);
    expect(await weights(2)).toEqual(first);
  }, 60_000);
});
