import { mean, mul, ndarray, sub, type Tensor } from "@throughtime/core";
import {
  type AnyTask,
  memoryFiles,
  openFile,
  type Prepared,
  resumedValues,
  trainingOptions,
  valuesOf,
} from "@throughtime/task";
import { decodeCheckpoint, encodeCheckpoint, type Json, memoryStore, sourceOf } from "@throughtime/train";
import { expect, test } from "vitest";
import { trained } from "./support/training.js";

const DEFAULTS = { epochs: 2, optimizer: "sgd", learningRate: 0.1, validation: 0, test: 0, unit: "points" } as const;

/** y = 3x, of four points a batch, ten batches in a pass. */
const slope: AnyTask = {
  ...{ name: "slope", kind: "slope", noun: "slope", loader: "loadSlope of slope" },
  train: {
    ...{ summary: "", description: "", epochs: DEFAULTS.epochs, examples: [] },
    options: {
      size: { type: "integer", minimum: 1, default: 1, description: "" },
      shown: { type: "integer", default: 0, description: "", free: true },
      ...trainingOptions(DEFAULTS),
    },
    async prepare(values, { earlier }): Promise<Prepared> {
      const size = values.size as number;
      return {
        ...{ description: { size }, size, sizeOptions: "--size", stepsPerEpoch: 10 },
        // Of one that goes on, nothing is read: it keeps what it began with.
        options: { size: earlier ? 99 : size },
        init: () => ({ w: ndarray(0) }),
        loss: (params, { batch }) => {
          const [{ w }, { x }] = [params, batch] as unknown as [{ w: Tensor }, { x: Tensor }];
          const error = sub(mul(w, x), mul(3, x));
          return { loss: mean(mul(error, error)) };
        },
        source: sourceOf({ stepsPerEpoch: 10, batchAt: (i) => ({ x: ndarray([i / 10, 1, 0.5, -1]) }) }),
        ...{ unit: "points", introduction: [], facts: {}, lossText: String },
      };
    },
  },
  read: ({ checkpoint }) => checkpoint.description,
  evaluate: undefined as never,
  uses: [],
};

const files = memoryFiles({});
const go = (given: Readonly<Record<string, string | number>>, store = memoryStore(), memory = Infinity) =>
  trained(slope, given, { files, store, memory });
const slopeOf = (params: unknown) => (params as { w: { data: Float32Array } }).w.data[0] as number;
const stored = async (store: ReturnType<typeof memoryStore>) => decodeCheckpoint(await store.read("last.safetensors"));

test("a training is as long as its epochs or steps say, and the file keeps what is not free", async () => {
  const store = memoryStore();
  const { started, reports } = await go({ shown: 5 }, store);
  expect([started.steps, started.from, started.parameters, reports.length]).toEqual([20, 0, 1, 20]);
  const { description, params } = await stored(store);
  expect(description).toMatchObject({
    ...{ task: "slope", format: 1, writer: "a test 1.0.0", loader: "loadSlope of slope" },
    length: { steps: 20, epochs: 2 },
    options: { size: 1, seed: 1, optimizer: "sgd", learningRate: 0.1, clip: 1 },
  });
  expect(Object.keys((description as { options: object }).options)).not.toContain("shown");
  // Every gradient is longer than 1 and is clipped to it: w is the sum of the cosine's learning rates.
  expect(slopeOf(params)).toBeCloseTo(1.05, 5);
  const free = memoryStore();
  await go({ clip: 0, schedule: "constant" }, free);
  expect(slopeOf((await stored(free)).params)).toBeGreaterThan(2.5);
  expect((await go({ epochs: 0.01 })).started.steps).toBe(1);
  expect((await go({ steps: 0 })).started.steps).toBe(0);
  await expect(go({ epochs: 1e300 })).rejects.toThrow("--epochs 1e+300: that are more steps than can be counted.");
});

test("one that goes on is as it was, or longer, and never shorter than it is", async () => {
  const store = memoryStore();
  await go({ steps: 6, learningRate: 0.05 }, store);
  expect((await go({ learningRate: 0.05, shown: 3 }, store)).started).toMatchObject({ steps: 6, from: 6 });
  expect((await go({ epochs: 1 }, store)).started).toMatchObject({ steps: 10, from: 6 });
  expect((await stored(store)).description).toMatchObject({
    ...{ length: { steps: 10, epochs: 1 }, options: { size: 1, learningRate: 0.05 } },
  });
  await expect(go({ steps: 9 }, store)).rejects.toThrow("--steps 9: the training in memory has made 10 already.");
  await expect(go({ epochs: 0.5 }, store)).rejects.toThrow(
    "--epochs 0.5 is 5 steps: the training in memory has made 10",
  );
  await expect(go({ size: 2 }, store)).rejects.toThrow(
    "--size 2: the training in memory has 1, and --resume goes on with its settings. Leave it out, or train anew",
  );
  await expect(go({ weightDecay: 0.5 }, store)).rejects.toThrow("--weight-decay 0.5: the training in memory has none");
});

test("a model that is too large for the memory is refused before it is made", async () => {
  await expect(go({ size: 1e12, steps: 1 }, memoryStore(), 2 ** 30)).rejects.toThrow(
    "a model of 1,000,000,000,000 parameters needs 14,901.2 GiB to train; this machine has 1 GiB. Choose a smaller --size.",
  );
  // Parameters, their gradients and Adam's two moments.
  await go({ size: 2 ** 26, steps: 1 }, memoryStore(), 2 ** 30);
  await expect(go({ size: 2 ** 26 + 1, steps: 1 }, memoryStore(), 2 ** 30)).rejects.toThrow("Choose a smaller --size.");
});

test("files that cannot be gone on with say why", async () => {
  const store = memoryStore();
  await go({ steps: 1 }, store);
  const whole = await stored(store);
  const resume = async (change: Readonly<Record<string, unknown>>) => {
    const description = { ...(whole.description as object), ...change } as unknown as Json;
    const file = await openFile(await encodeCheckpoint({ ...whole, description }), { name: "w" });
    return resumedValues(slope, valuesOf(slope.train.options), () => false, file, "out");
  };
  const options = (whole.description as { options: Readonly<Record<string, Json>> }).options;
  expect(await resume({})).toEqual({ ...options, shown: 0 });
  await expect(resume({ options: undefined })).rejects.toThrow("w: an earlier version of this library wrote it");
  await expect(resume({ packed: "f16" })).rejects.toThrow("w: it is a packed model, without the state of its training");
  for (const [name, value] of [
    ["size", "big"],
    ["size", 0],
    ["size", 1.5],
    ["optimizer", "magic"],
    ["learningRate", 0],
    ["validation", 2],
    ["seed", null],
  ] as const) {
    await expect(resume({ options: { ...options, [name]: value } })).rejects.toThrow(
      new RegExp(`^w: its description is not of this version: options\\.${name} is .*; expected .*\\.$`),
    );
  }
  for (const [length, field] of [
    [null, "steps"],
    ["long", "steps"],
    [{ steps: 1.5, epochs: null }, "steps"],
    [{ steps: 1, epochs: "1" }, "epochs"],
  ] as const) {
    await expect(resume({ length })).rejects.toThrow(`w: its description is not of this version: length.${field} is `);
  }
  await expect(resume({ options: [] })).rejects.toThrow("options.size is undefined");
});
