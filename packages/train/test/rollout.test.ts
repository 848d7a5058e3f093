import { reference } from "@throughtime/backend-reference";
import { download, type Key } from "@throughtime/core";
import { describe, expect, it } from "vitest";
import { memoryStore, sgd, type TrainOptions } from "../src/index.js";
import { collect, numbers, tiny } from "./support/collect.js";
import { type Chunk, chunk, mask, type Noise, type Params, V } from "./support/tiny.js";

type Rollout = NonNullable<TrainOptions<Params, Chunk>["rollout"]>;
const optimizer = sgd({ learningRate: 0.1 });
const shifted = (batch: Chunk, by: number): Chunk => ({
  ...batch,
  y: { ...batch.y, data: batch.y.data.map((y) => (y + by) % V) },
});

describe("a rollout", () => {
  it("gets the newest parameters, frozen ones too, the batch, and a key of its own for every batch", async () => {
    const backend = reference();
    const seen: { params: unknown; batch: Chunk; key: Key }[] = [];
    const rollout: Rollout = async (given, batch, key) => {
      seen.push({ params: await download(backend, given), batch, key });
      return batch;
    };
    const options = {
      optimizer: sgd({ learningRate: 0.1, groups: [{ match: /^E$/, frozen: true }] }),
      steps: 3,
      accumulate: 2,
    };
    const training = tiny(backend, { ...options, rollout });
    await collect(training);
    expect(seen).toHaveLength(6);
    const before = [0, 1, 2].map((steps) => tiny(reference(), { ...options, steps }));
    for (const [step, one] of before.entries()) {
      await collect(one);
      const expected = numbers((await one.snapshot()).params);
      for (const item of seen.slice(2 * step, 2 * step + 2)) expect(numbers(item.params)).toEqual(expected);
    }
    seen.forEach(({ batch }, i) => {
      expect(batch).toEqual(chunk(i % 4));
    });
    expect(new Set(seen.map(({ key }) => String(key))).size).toBe(6);
    expect(backend.liveArrays()).toBe(0);
  });

  it("is what the loss gets, and noise is drawn for it", async () => {
    const noised: Chunk[] = [];
    const noise = (key: Key, batch: Chunk): Noise => {
      noised.push(batch);
      return mask(key);
    };
    const [rolled, plain, other] = [
      tiny(reference(), { optimizer, steps: 2, noise, rollout: (_, batch) => shifted(batch, 2) }),
      tiny(reference(), {
        ...{ optimizer, steps: 2 },
        source: {
          start: 0,
          next: async (at) => ({
            batch: shifted(chunk(at as number), 2),
            cursor: (at as number) + 1,
            epoch: 0,
            units: 18,
          }),
        },
      }),
      tiny(reference(), { optimizer, steps: 2 }),
    ];
    const losses = async (training: typeof rolled) => (await collect(training)).map(({ loss }) => loss);
    const [first, second] = [await losses(rolled), await losses(plain)];
    expect(first).toEqual(second);
    expect(await losses(other)).not.toEqual(first);
    expect(noised).toEqual([shifted(chunk(0), 2), shifted(chunk(1), 2)]);
  });

  it("that fails ends the training, with the checkpoint before it", async () => {
    const store = memoryStore();
    const backend = reference();
    let calls = 0;
    const rollout: Rollout = (_, batch) => {
      if (++calls === 3) throw new Error("no rewards");
      return batch;
    };
    const training = tiny(backend, { optimizer, steps: 5, rollout, checkpoint: { store, every: { steps: 1 } } });
    await expect(collect(training)).rejects.toThrow("no rewards");
    expect((await training.snapshot()).step).toBe(2);
    expect(await store.list()).not.toEqual([]);
    expect(backend.liveArrays()).toBe(0);
  });

  it("must give data, and be a function", async () => {
    const bad = tiny(reference(), { optimizer, steps: 1, rollout: (() => ({ x: "no" })) as never });
    await expect(collect(bad)).rejects.toThrow("train: what the rollout made of the batch");
    expect(() => tiny(reference(), { optimizer, steps: 1, rollout: 3 as never })).toThrow(
      "train: rollout is the number 3",
    );
  });
});
