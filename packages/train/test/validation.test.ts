import { reference } from "@throughtime/backend-reference";
import { describe, expect, it } from "vitest";
import {
  adam,
  BEST,
  decodeCheckpoint,
  LAST,
  memoryStore,
  plateau,
  type Source,
  sgd,
  sourceOf,
  train,
} from "../src/index.js";
import { collect, distance, tiny } from "./support/collect.js";
import { type Chunk, chunk, chunks, freshLoss, params, T } from "./support/tiny.js";

const still = sgd({ learningRate: 0 });

describe("validation", () => {
  it("is the mean over one pass, weighted by units, with carried state and without noise", async () => {
    const reports = await collect(tiny(reference(), { optimizer: still, validation: { source: chunks() }, steps: 4 }));
    // At a rate of 0 one pass of training without noise sees the very same losses.
    const same = await collect(tiny(reference(), { optimizer: still, noise: undefined, steps: 4 }));
    const mean = same.reduce((sum, { loss }) => sum + loss, 0) / 4;
    expect(reports.at(-1)?.validation?.loss).toBeCloseTo(mean, 12);
    expect(reports.at(-1)?.validation?.metrics.energy).toBeGreaterThan(0);
    const sizes = [T, 2];
    const uneven = sourceOf<Chunk>({
      stepsPerEpoch: 2,
      batchAt: (i) => chunk(i, sizes[i]),
      units: ({ x }) => x.data.length,
    });
    const options = { backend: reference(), params: params(), loss: freshLoss, optimizer: still, source: uneven };
    const [first, second] = await collect(train({ ...options, validation: { source: uneven }, steps: 2 }));
    const weighted = ((first?.loss as number) * T + (second?.loss as number) * 2) / (T + 2);
    expect(second?.validation?.loss).toBeCloseTo(weighted, 6);
  });

  it("comes after every so many steps and after the last one", async () => {
    const reports = await collect(
      tiny(reference(), { optimizer: still, validation: { source: chunks(), every: { steps: 3 } }, steps: 7 }),
    );
    expect(reports.filter(({ validation }) => validation).map(({ step }) => step)).toEqual([3, 6, 7]);
  });

  it("comes after every pass by default", async () => {
    const reports = await collect(
      tiny(reference(), { optimizer: still, validation: { source: chunks(1) }, epochs: 3 }),
    );
    expect(reports.filter(({ validation }) => validation).map(({ step }) => step)).toEqual([4, 8, 12]);
  });

  it("without any data is a DataError", async () => {
    const empty: Source<Chunk> = { start: 0, next: async () => null };
    await expect(
      collect(tiny(reference(), { optimizer: still, validation: { source: empty }, steps: 1 })),
    ).rejects.toThrow(/validation source has no batches/);
  });
});

/** Validation losses that follow a script, whatever the model does. */
const scripted = (losses: readonly number[]) => {
  let at = 0;
  const source: Source<{ readonly value: Float32Array }> = {
    start: 0,
    next: async (cursor) =>
      cursor === 0
        ? { batch: { value: Float32Array.of(losses[at++] as number) }, cursor: 1, epoch: 0, units: 1 }
        : null,
  };
  return source;
};

describe("early stopping", () => {
  /** Trains on a loss that is whatever the batch says, so that validation follows a script. */
  const following = (losses: readonly number[], others: object) => {
    const numbers = scripted(losses);
    const source: Source<{ readonly value: ReturnType<typeof chunk>["x"] }> = {
      start: 0,
      async next(cursor) {
        const next = await numbers.next(cursor);
        return next && { ...next, batch: { value: { data: next.batch.value, shape: [], dtype: "f32" } } };
      },
    };
    return train({
      backend: reference(),
      params: { p: { data: Float32Array.of(1), shape: [], dtype: "f32" as const } },
      loss: (_, { batch }) => ({ loss: batch.value }),
      optimizer: sgd({ learningRate: 1 }),
      source: sourceOf({
        stepsPerEpoch: 100,
        batchAt: () => ({ value: { data: Float32Array.of(1), shape: [], dtype: "f32" as const } }),
      }),
      validation: { source, every: { steps: 2 } },
      steps: 40,
      ...others,
    });
  };

  it("stops after so many validations without a new best, and says so", async () => {
    const reports = await collect(following([5, 4, 4.5, 3, 3.5, 3, 3.2, 1], { patience: 3 }));
    expect(reports.at(-1)).toMatchObject({ step: 14, ended: "patience" });
    expect(reports.filter(({ validation }) => validation?.best).map(({ step }) => step)).toEqual([2, 4, 8]);
  });

  it("keeps counting after a resume, and once it has stopped it stays so", async () => {
    const store = memoryStore();
    const begun = following([5, 4, 4.5, 4.2], { patience: 3, steps: 8, checkpoint: { store } });
    await collect(begun);
    const rest = { patience: 3, checkpoint: { store }, resume: "auto" };
    const resumed = await collect(following([4.1, 1], rest));
    expect(resumed.map(({ step, ended }) => [step, ended])).toEqual([
      [9, undefined],
      [10, "patience"],
    ]);
    const training = following([1], rest);
    expect(await collect(training)).toEqual([]);
    expect((await training.snapshot()).step).toBe(10);
  });

  it("lowers the rate of a plateau, and the next steps have it", async () => {
    const schedule = plateau({ factor: 0.5, patience: 0 });
    const reports = await collect(following([3, 4, 2, 2.5, 2.6], { schedule, steps: 10 }));
    expect(reports.map(({ learningRate }) => learningRate)).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]);
  });

  it("keeps the best parameters beside the last", async () => {
    const store = memoryStore();
    const snapshots = new Map<number, unknown>();
    const training = tiny(reference(), {
      optimizer: adam({ learningRate: 0.3 }),
      validation: { source: chunks(2), every: { steps: 2 } },
      checkpoint: { store, every: { steps: 5 }, keepBest: true },
      steps: 16,
    });
    let best = 0;
    for await (const { step, validation, checkpoint } of training) {
      if (validation) snapshots.set(step, (await training.snapshot()).params);
      if (validation?.best) best = step;
      expect(checkpoint?.includes(BEST) ?? false).toBe(validation?.best ?? false);
      // Both can be read at any time.
      for (const name of await store.list()) await decodeCheckpoint(await store.read(name));
    }
    const kept = await decodeCheckpoint(await store.read(BEST));
    expect(best).toBeGreaterThan(0);
    expect(best).toBeLessThan(16);
    expect(kept.step).toBe(best);
    expect(kept.stopping.bestStep).toBe(best);
    expect(distance(kept.params, snapshots.get(best))).toBe(0);
    expect((await decodeCheckpoint(await store.read(LAST))).step).toBe(16);
  });
});
