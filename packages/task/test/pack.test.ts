import { key, normal } from "@throughtime/core";
import { adam, type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "@throughtime/train";
import { describe, expect, test } from "vitest";
import { openFile, packModel, readOf, requireFields } from "../src/index.js";

const params = { W: normal(key(1), [200, 100]), b: normal(key(2), [100], 0, 1e-3) };

const saved = async (): Promise<Checkpoint> => ({
  ...{ step: 7, epoch: 0, cursor: 0, key: key(3), schedule: null, stopping: { best: 1.5, bestStep: 6, since: 1 } },
  ...{ description: { task: "waves", format: 1 }, params },
  optimizer: adam({ learningRate: 1e-3 }).init(params) as Checkpoint["optimizer"],
  carry: {},
});

const bytesOf = async () => encodeCheckpoint(await saved());

describe("a packed model", () => {
  test("is a third of a checkpoint of Adam, with f16 a sixth", async () => {
    const bytes = await bytesOf();
    const whole = await packModel(await openFile(bytes));
    const half = await packModel(await openFile(bytes), { dtype: "f16" });
    expect(whole.bytes.length / bytes.length).toBeLessThan(0.35);
    expect(half.bytes.length / bytes.length).toBeLessThan(0.18);
    expect(whole.rounding).toBe(0);
    expect(half.rounding).toBeGreaterThan(0);
    expect(half.rounding).toBeLessThan(2 ** -11);
  });

  test("opens as the file that it was made of, but for the state of the training", async () => {
    const { bytes } = await packModel(await openFile(await bytesOf()));
    const { checkpoint } = await openFile(bytes, { name: "packed" });
    expect(checkpoint.params).toEqual(params);
    expect([checkpoint.step, checkpoint.optimizer, checkpoint.carry]).toEqual([7, {}, {}]);
    expect(checkpoint.description).toEqual({ task: "waves", format: 1, packed: "f32" });
  });

  test("of f16 is read as f32, near what it was, and is still sealed", async () => {
    const { bytes } = await packModel(await openFile(await bytesOf()), { dtype: "f16" });
    const { W } = (await decodeCheckpoint(bytes)).params as typeof params;
    expect(W.dtype).toBe("f32");
    const [before, after] = [params.W.data, W.data];
    for (let i = 0; i < before.length; i++) {
      const [value, stored] = [before[i] as number, after[i] as number];
      expect(Math.abs(value - stored)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -11 + 2 ** -25);
    }
    const damaged = bytes.slice();
    damaged[damaged.length - 3] = (damaged[damaged.length - 3] as number) ^ 1;
    await expect(openFile(damaged, { name: "m.safetensors" })).rejects.toThrow(/m\.safetensors: .*damaged/);
  });

  test("of what says nothing of its model is refused", async () => {
    const bytes = await encodeCheckpoint({ ...(await saved()), description: null });
    await expect(packModel(await openFile(bytes, { name: "bare" }))).rejects.toThrow(
      /bare: it does not say what its model is/,
    );
  });
});

test("a file whose description is not of this version says which version wrote it", async () => {
  const description = { task: "waves", format: 1, writer: "throughtime 0.0.1", model: { hidden: 8 } };
  const file = await openFile(await encodeCheckpoint({ ...(await saved()), description }), { name: "w.safetensors" });
  const read = () => requireFields(file.path, "model", description.model, { hiddenSize: "count" });
  expect(() => readOf(file, read)).toThrow(
    "w.safetensors: its description is not of this version: model.hiddenSize is undefined; expected a whole number from 1. It was written by throughtime 0.0.1: open it with that version, or train anew.",
  );
  expect(readOf(file, ({ path }) => path)).toBe("w.safetensors");
});
