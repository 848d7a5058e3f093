import { cpu } from "@throughtime/backend-cpu";
import { reference } from "@throughtime/backend-reference";
import { mul, ndarray, sum, type Tensor, zerosArray } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { adam, measureStep, memoryStore, sgd, sourceOf } from "../src/index.js";
import { noting, numbers } from "./support/collect.js";
import { B, carry, chunks, H, loss, mask, params, T, V } from "./support/tiny.js";

const sumOf = (p: { readonly x: Tensor }) => sum(mul(p.x, p.x));

const optimizer = adam({ learningRate: 0.01, groups: [{ match: /^E$/, frozen: true }] });

describe("measureStep", () => {
  test("says what a training takes: numbers, bytes, memory, time", async () => {
    const backend = await cpu();
    const cost = await measureStep({
      backend,
      params: params(),
      loss,
      optimizer,
      source: chunks(),
      carry,
      noise: mask,
    });
    const all = V * H + H * H + H + H * V;
    expect(cost).toMatchObject({
      parameters: all,
      trained: all - V * H,
      parameterBytes: 4 * all,
      optimizerBytes: 2 * 4 * (all - V * H),
      carryBytes: 4 * B * H,
      steps: 10,
    });
    expect(cost.peakBytes).toBeGreaterThan(cost.parameterBytes);
    expect(cost.peakBytes).toBe(Math.max(...cost.stats.map(({ peakBytes }) => peakBytes as number)));
    expect(cost.stepSeconds).toBeGreaterThan(0);
    expect(cost.compileSeconds).toBeGreaterThan(0);
    expect(cost.tokensPerSecond).toBeGreaterThan((T * B) / 10);
    await backend.close();
  });

  test("changes nothing: parameters stay, nothing is written or validated", async () => {
    const first = params();
    const before = numbers(first);
    const store = memoryStore();
    const { backend, notes } = noting(reference());
    const options = { backend, params: first, loss, optimizer, source: chunks(), carry, noise: mask };
    const unread = { next: () => Promise.reject(new Error("nobody validates")), start: null };
    await measureStep(
      { ...options, checkpoint: { store }, validation: { source: unread }, steps: 3, epochs: 1 },
      { steps: 4 },
    );
    expect(numbers(first)).toEqual(before);
    expect(await store.list()).toEqual([]);
    expect(notes.filter((note) => note === "run")).toHaveLength(6); // two that are not timed, and four
  });

  test("does not go on for long: after its time it has three steps", async () => {
    const source = sourceOf({ stepsPerEpoch: 100, batchAt: () => ({}) });
    const slow = {
      ...source,
      next: async (cursor: Parameters<typeof source.next>[0]) => {
        await new Promise((done) => setTimeout(done, 20));
        return source.next(cursor);
      },
    };
    const quadratic = {
      backend: reference(),
      params: { x: zerosArray([2]) },
      loss: (p: never) => ({ loss: sumOf(p) }),
      optimizer: sgd({ learningRate: 0.1 }),
    };
    const cost = await measureStep({ ...quadratic, source: slow } as never, { steps: 100, seconds: 0 });
    expect(cost.steps).toBe(3);
    expect(cost.stepSeconds).toBeGreaterThan(0.015);
  });

  test("of a source that ends at once is an error", async () => {
    const source = {
      start: 0,
      next: async (i: number) => (i < 2 ? { batch: { x: ndarray([1]) }, cursor: i + 1, epoch: 0, units: 1 } : null),
    };
    const options = {
      backend: reference(),
      params: { x: ndarray([1]) },
      loss: (p: never) => ({ loss: sumOf(p) }),
      optimizer: sgd({ learningRate: 0.1 }),
      source,
    };
    await expect(measureStep(options as never)).rejects.toThrow(/needs batches for 3 steps/);
    await expect(measureStep(options as never, { steps: 0 })).rejects.toThrow(/steps must be an integer of at least 1/);
    await expect(measureStep(options as never, { times: 3 } as never)).rejects.toThrow(/the options have "times"/);
  });
});
