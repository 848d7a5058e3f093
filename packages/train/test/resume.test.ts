import { reference } from "@throughtime/backend-reference";
import { type DeviceArray, type Key, ndarray } from "@throughtime/core";
import { describe, expect, it } from "vitest";
import {
  adam,
  adamw,
  type CheckpointStore,
  clipByNorm,
  decodeCheckpoint,
  LAST,
  memoryStore,
  overlapping,
  plateau,
  type Report,
  sgd,
  train,
  warmUp,
} from "../src/index.js";
import { collect, distance, numbers, timeless, tiny } from "./support/collect.js";
import { type Chunk, carry, chunks, loss, mask, params, V } from "./support/tiny.js";

const STEPS = 12;
const everything = {
  optimizer: adamw({ learningRate: 0.05 }),
  clip: clipByNorm(0.5),
  schedule: warmUp(plateau({ factor: 0.5, patience: 0 }), { steps: 3 }),
  validation: { source: chunks(2), every: { steps: 3 } },
  key: [5, 6] as const,
  steps: STEPS,
};
/** Another target for each symbol, which depends on the newest parameters and the key. */
async function rollout(trained: unknown, batch: Chunk, key: Key): Promise<Chunk> {
  const { data } = await backend.download((trained as { b: DeviceArray }).b);
  const shift = Math.abs(Math.round(1e4 * (data[0] as number))) + (key[0] % 3);
  return { ...batch, y: { ...batch.y, data: batch.y.data.map((y) => (y + shift) % V) } };
}
const backend = reference();
const make: Record<string, (checkpoint: object) => ReturnType<typeof tiny>> = {
  "with all that has a state": (others) => tiny(reference(), { ...everything, ...others }),
  accumulating: (others) => tiny(reference(), { ...everything, accumulate: 3, ...others }),
  "with a rollout": (others) => tiny(backend, { ...everything, accumulate: 2, rollout, ...others }),
  "with overlapping windows": (others) =>
    train({
      backend: reference(),
      params: params(),
      carry,
      ...everything,
      validation: undefined,
      ...overlapping({ source: chunks(), loss, noise: mask, chunks: 3 }),
      ...others,
    }) as ReturnType<typeof tiny>,
};

/** Reads reports until one says that `step` is saved, and then forgets the training as a killed process would. */
async function killedAfter(training: ReturnType<typeof tiny>, step: number): Promise<Report[]> {
  const reports: Report[] = [];
  const iterator = training[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await iterator.next();
    if (done) return reports;
    reports.push(value as Report);
    if ((value as Report).step === step) return reports;
  }
}

describe("a training that was killed and resumed gives the reports and weights of one that never was, bit for bit", () => {
  for (const [name, of] of Object.entries(make)) {
    it(name, async () => {
      const whole = of({});
      const expected = (await collect(whole)).map(timeless);
      const last = numbers((await whole.snapshot()).params);
      for (const killed of [1, 2, 3, 6, 7, 11]) {
        const store = memoryStore();
        const options = { checkpoint: { store, every: { steps: 2 } }, resume: "auto" };
        const before = await killedAfter(of(options), killed);
        // What the killed one dispatched ahead is not in the store.
        const saved = (await decodeCheckpoint(await store.read(LAST))).step;
        expect(saved).toBe(killed - (killed % 2));
        const resumed = of(options);
        const after = (await collect(resumed)).map(timeless);
        expect([...before.map(timeless).slice(0, saved), ...after]).toEqual(expected);
        expect(numbers((await resumed.snapshot()).params)).toEqual(last);
      }
    }, 60_000);
  }
});

describe("resume", () => {
  const options = { optimizer: adam({ learningRate: 0.05 }), steps: 4, describe: { H: 4, alphabet: "abc" } };
  const trained = async (): Promise<CheckpointStore> => {
    const store = memoryStore();
    await collect(tiny(reference(), { ...options, checkpoint: { store } }));
    return store;
  };

  it("begins with a checkpoint before the first step", async () => {
    const store = memoryStore();
    const training = tiny(reference(), { ...options, checkpoint: { store } });
    await training[Symbol.asyncIterator]().next();
    const first = await decodeCheckpoint(await store.read(LAST));
    expect(first).toMatchObject({ step: 0, cursor: 0, description: { H: 4, alphabet: "abc" } });
    expect(distance(first.params, params())).toBe(0);
  });

  it("refuses to overwrite an earlier training unless it is told to continue it", async () => {
    const store = await trained();
    await expect(collect(tiny(reference(), { ...options, checkpoint: { store } }))).rejects.toThrow(
      /the store holds last.safetensors of an earlier training. Continue it with resume: "auto"/,
    );
    expect((await decodeCheckpoint(await store.read(LAST))).step).toBe(4);
  });

  it("begins anew over a training that failed before its first step", async () => {
    const store = memoryStore();
    const broken = tiny(reference(), {
      ...options,
      checkpoint: { store },
      loss: (p, inputs) => ({ ...loss(p, inputs), loss: p.U }),
    });
    await expect(collect(broken)).rejects.toThrow(/scalar/);
    expect((await decodeCheckpoint(await store.read(LAST))).step).toBe(0);
    expect((await collect(tiny(reference(), { ...options, checkpoint: { store } }))).length).toBe(4);
  });

  it("does not overwrite a checkpoint that it cannot read", async () => {
    const store = memoryStore();
    await store.write(LAST, Uint8Array.of(1, 2, 3));
    await expect(collect(tiny(reference(), { ...options, checkpoint: { store } }))).rejects.toThrow(/holds last/);
    expect(await store.read(LAST)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("goes on from what was done, with its own key", async () => {
    const store = await trained();
    const more = { ...options, steps: 8, checkpoint: { store }, resume: "must" as const, key: [9, 9] as const };
    const training = tiny(reference(), more);
    const reports = await collect(training);
    expect(reports.map(({ step }) => step)).toEqual([5, 6, 7, 8]);
    const whole = tiny(reference(), { ...options, steps: 8 });
    await collect(whole);
    expect(distance((await training.snapshot()).params, (await whole.snapshot()).params)).toBe(0);
  });

  it("of a training that is done gives no reports, and its parameters", async () => {
    const store = await trained();
    const training = tiny(reference(), { ...options, checkpoint: { store }, resume: "auto" });
    expect(await collect(training)).toEqual([]);
    expect(
      distance(
        await training.snapshot().then((s) => s.params),
        (await decodeCheckpoint(await store.read(LAST))).params,
      ),
    ).toBe(0);
  });

  it('where there is nothing is an error with "must"', async () => {
    await expect(
      collect(tiny(reference(), { ...options, checkpoint: { store: memoryStore() }, resume: "must" })),
    ).rejects.toThrow(/no last.safetensors to resume from/);
  });

  const other: [string, RegExp, object][] = [
    [
      "another description",
      /of another model: its description differs at alphabet/,
      { describe: { H: 4, alphabet: "abd" } },
    ],
    [
      "another shape",
      /params.b is f32\[4\] in the checkpoint and f32\[5\]/,
      { params: { ...params(), b: ndarray([0, 0, 0, 0, 0]) } },
    ],
    ["a parameter more", /params.more is not in the checkpoint/, { params: { ...params(), more: ndarray([1]) } }],
    [
      "a parameter less",
      /params.b is in the checkpoint, and this training has no such tensor/,
      { params: { E: params().E, U: params().U, out: params().out } },
    ],
    ["another optimizer", /optimizer.E.m is in the checkpoint/, { optimizer: sgd({ learningRate: 1 }) }],
    [
      "another width",
      /carry.h is f32\[3, 4\] in the checkpoint and f32\[1, 4\]/,
      { carry: { h: ndarray([[0, 0, 0, 0]]) } },
    ],
  ];
  for (const [name, message, wrong] of other) {
    it(`with ${name} is a CheckpointError that names it`, async () => {
      const store = await trained();
      const training = tiny(reference(), { ...options, checkpoint: { store }, resume: "auto", ...wrong });
      await expect(collect(training)).rejects.toMatchObject({
        name: "CheckpointError",
        message: expect.stringMatching(message),
      });
      expect((await decodeCheckpoint(await store.read(LAST))).step).toBe(4);
    });
  }

  it("takes another schedule from then on", async () => {
    const store = await trained();
    const schedule = plateau({ factor: 0.5, patience: 0 });
    const more = { ...options, steps: 5, schedule, checkpoint: { store }, resume: "auto" as const };
    expect((await collect(tiny(reference(), more))).map(({ learningRate }) => learningRate)).toEqual([0.05]);
  });

  it("takes parameters in another order of keys", async () => {
    const store = await trained();
    const { E, U, b, out } = params();
    const training = tiny(reference(), {
      ...options,
      steps: 5,
      params: { out, b, U, E },
      checkpoint: { store },
      resume: "auto",
    });
    expect((await collect(training)).length).toBe(1);
  });

  it("of a damaged checkpoint is a CheckpointError", async () => {
    const store = await trained();
    const bytes = await store.read(LAST);
    bytes[bytes.length - 3]! ^= 1;
    await store.write(LAST, bytes);
    const training = tiny(reference(), { ...options, checkpoint: { store }, resume: "auto" });
    await expect(collect(training)).rejects.toMatchObject({ name: "CheckpointError" });
  });
});

it("a disk that is full ends the training with an error, and what was there is as it was", async () => {
  const inner = memoryStore();
  let writes = 0;
  const store: CheckpointStore = {
    ...inner,
    write: async (name, bytes) => {
      if (++writes > 2) throw Object.assign(new Error("no space left"), { name: "CheckpointError" });
      return inner.write(name, bytes);
    },
  };
  const backend = reference();
  const training = tiny(backend, { optimizer: adam(), steps: 9, checkpoint: { store, every: { steps: 2 } } });
  await expect(collect(training)).rejects.toThrow("no space left");
  expect((await decodeCheckpoint(await store.read(LAST))).step).toBe(2);
  // The parameters in memory are still good.
  expect((await training.snapshot()).step).toBe(4);
  expect(backend.liveArrays()).toBe(0);
});
