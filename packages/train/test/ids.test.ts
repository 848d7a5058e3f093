import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import type { Backend, NdArray } from "@throughtime/core";
import { describe, expect, it } from "vitest";
import { adam, memoryStore, sourceOf } from "../src/index.js";
import { collect, numbers, tiny } from "./support/collect.js";
import { type Chunk, chunk, V } from "./support/tiny.js";

/** Batches of which the third has another id at its end. */
const withBadId = (key: keyof Chunk, id: number) =>
  sourceOf({
    stepsPerEpoch: 4,
    batchAt: (index): Chunk => {
      const batch = chunk(index);
      const data = Int32Array.from(batch[key].data);
      if (index === 2) data[data.length - 1] = id;
      return { ...batch, [key]: { ...batch[key], data } as NdArray };
    },
    units: ({ x }) => x.data.length,
  });

const BACKENDS: readonly (readonly [string, () => Promise<Backend>])[] = [
  ["reference", async () => reference()],
  ["cpu", () => cpu()],
  ["cpu, 2 threads", () => cpu({ threads: 2 })],
  ["ort", () => ort({ threads: 1 })],
];

describe.each(BACKENDS)("an id that the vocabulary does not have, on %s", (_, make) => {
  const optimizer = adam({ learningRate: 0.05 });

  it.each([
    ["x", -1, `gather: index -1 is out of range; expected 0 … ${V - 1}.`],
    ["x", V, `gather: index ${V} is out of range; expected 0 … ${V - 1}.`],
    ["y", -1, `crossEntropy: target -1 is out of range; expected 0 … ${V - 1}.`],
    ["y", V, `crossEntropy: target ${V} is out of range; expected 0 … ${V - 1}.`],
  ] as const)("%s: %i ends the training at its step, and has trained nothing", async (key, id, message) => {
    const backend = await make();
    const before = tiny(backend, { optimizer, steps: 2 });
    await collect(before);
    const store = memoryStore();
    const training = tiny(backend, { optimizer, steps: 4, source: withBadId(key, id), checkpoint: { store } });
    await expect(collect(training)).rejects.toMatchObject({
      name: "DataError",
      message: expect.stringContaining(message),
    });
    const { step, params } = await training.snapshot();
    expect(step).toBe(2);
    expect(numbers(params)).toEqual(numbers((await before.snapshot()).params));
    await backend.close();
  });
});
