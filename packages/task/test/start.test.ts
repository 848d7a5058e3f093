import { isNdArray, key, mapTree, type NdArray } from "@throughtime/core";
import { type Given, type Options, openModel as open } from "@throughtime/task";
import { decodeCheckpoint, encodeCheckpoint, LAST, memoryStore } from "@throughtime/train";
import { describe, expect, test } from "vitest";
import { LINE, lineTask } from "./support/line.js";
import { openModel, trained } from "./support/training.js";

const run = (given: Given<Options>, more = {}) => trained(lineTask, given, { ...LINE, ...more });
const described = async (bytes: Uint8Array) => (await decodeCheckpoint(bytes)).description as Record<string, unknown>;

describe("a new training", () => {
  test("fits, and its file says all that it is", async () => {
    const { started, reports, validations, last } = await run({ epochs: 4, seed: 5, clip: 0 });
    // 32 of 40 points are trained on, four in a step.
    expect([started.steps, started.from, started.parameters, reports.length]).toEqual([32, 0, 2, 32]);
    expect(reports.at(-1)?.validation?.loss).toBeLessThan((reports[7]?.validation?.loss as number) / 4);
    expect(validations).toHaveLength(4);
    expect(await described(await last())).toEqual({
      ...{ task: "line", format: 1, writer: "a test 1.0.0", loader: "loadLine of a-package" },
      options: {
        // `data` and how long it is may be others next time; `shape` is as the data said.
        ...{ batch: 4, start: 0, shape: "level", parameters: 2 },
        ...{ optimizer: "sgd", learningRate: 0.1, schedule: "cosine", warmUp: 0, clip: 0 },
        ...{ validation: 0.2, test: 0, patience: 0, seed: 5 },
      },
      length: { steps: 32, epochs: 4 },
      ...{ model: { slope: 0 }, data: { points: 40 } },
    });
    expect(started.description).toEqual(await described(await last()));
  });

  test("has the length that steps or epochs say, or the task's own", async () => {
    const lengths = async (given: object) => {
      const { started, last } = await run({ ...given });
      return [started.steps, ((await described(await last())).length as { epochs: number }).epochs];
    };
    expect(await lengths({})).toEqual([16, 2]);
    expect(await lengths({ epochs: 0.5 })).toEqual([4, 0.5]);
    expect(await lengths({ epochs: 0.001 })).toEqual([1, 0.001]);
    expect(await lengths({ steps: 3 })).toEqual([3, null]);
    await expect(run({ epochs: 1e300 })).rejects.toThrow("--epochs 1e+300: that are more steps than can be counted.");
  });

  test("says what the task found after a validation, of the newest parameters and with randomness of that step", async () => {
    const { validations, last, started } = await run({ epochs: 2 });
    const { a } = (await decodeCheckpoint(await last())).params as { a: NdArray };
    const fields = validations.map((one) => (one as { fields: { step: number; slope: number; drawn: number } }).fields);
    expect(fields.map(({ step }) => step)).toEqual([8, 16]);
    expect(fields[1]?.slope).toBe(a.data[0]);
    expect(fields[0]?.drawn).not.toBe(fields[1]?.drawn);
    expect(started.keyAt(3)).not.toEqual(started.keyAt(4));
    expect((await run({ epochs: 2 })).validations).toEqual(validations);
    expect((await run({ epochs: 2, validation: 0 })).validations).toEqual([]);
  });

  test("puts what belongs beside its model there, once, and a model that is opened finds it", async () => {
    const own = (text: string): typeof lineTask => ({
      ...lineTask,
      train: {
        ...lineTask.train,
        prepare: async (...given) => ({
          ...(await lineTask.train.prepare(...given)),
          files: { "table.txt": new TextEncoder().encode(text) },
        }),
      },
    });
    const store = memoryStore();
    await trained(own("first"), { steps: 2 }, { ...LINE, store });
    await trained(own("another"), { steps: 4 }, { ...LINE, store });
    expect(new TextDecoder().decode(await store.read("table.txt"))).toBe("first");
    const beside = async (name: string) => (name === "table.txt" ? store.read(name) : undefined);
    const saved = await open(lineTask, await store.read(LAST), { beside });
    expect(await saved.beside?.("table.txt")).toEqual(new TextEncoder().encode("first"));
    expect(await saved.beside?.("other.txt")).toBeUndefined();
  });

  test("of a model that needs more memory than there is does not begin", async () => {
    const store = memoryStore();
    await expect(run({ parameters: 1e9 }, { store, memory: 8 * 2 ** 30 })).rejects.toThrow(
      "a model of 1,000,000,000 parameters needs 14.9 GiB to train; this machine has 8 GiB. Choose a smaller --parameters.",
    );
    expect(await store.list()).toEqual([]);
  });

  test("of options that do nothing, or leave nothing, does not begin", async () => {
    await expect(run({ validation: 0.5, test: 0.5 })).rejects.toThrow("leave nothing to train on. Make them smaller.");
    await expect(run({ validation: 0, patience: 2 })).rejects.toThrow("--patience 2: there is no validation");
    await expect(run({ validation: 0, validateEvery: 2 })).rejects.toThrow(
      "--validate-every 2: there is no validation",
    );
    await expect(run({ data: "words.tsv" })).rejects.toThrow('"one\ttwo" is not x, tab, y.');
  });
});

/** A store with a training that was stopped. */
async function stopped(given: object, at: number) {
  const [store, stop] = [memoryStore(), new AbortController()];
  const onReport = ({ step }: { step: number }) => step === at && stop.abort();
  await run({ ...given }, { store, onReport, signal: stop.signal });
  return store;
}

describe("a training that goes on", () => {
  const whole = { steps: 40, validateEvery: 7, optimizer: "adam", warmUp: 5, patience: 30, weightDecay: 0.1 };

  test("comes to the very bytes of an unbroken one", async () => {
    const { last } = await run(whole);
    const { reports, started, last: after } = await run({}, { store: await stopped(whole, 11) });
    expect(started.from).toBeGreaterThanOrEqual(11);
    expect(reports[0]?.step).toBe(started.from + 1);
    expect(await after()).toEqual(await last());
  });

  test("is as long as it was where nothing else is said, or longer", async () => {
    const store = await stopped({ epochs: 3 }, 100);
    expect((await run({}, { store })).reports).toEqual([]);
    expect((await run({ epochs: 3 }, { store })).reports).toEqual([]);
    const longer = await run({ epochs: 5 }, { store });
    expect([longer.started.from, longer.started.steps, longer.reports.length]).toEqual([24, 40, 16]);
    expect(await described(await longer.last())).toMatchObject({ length: { steps: 40, epochs: 5 } });
    expect((await run({ steps: 43 }, { store })).reports.map(({ step }) => step)).toEqual([41, 42, 43]);
    await expect(run({ epochs: 2 }, { store })).rejects.toThrow(
      "--epochs 2 is 16 steps: the training in memory has made 43 already. Give more, or leave it out.",
    );
    await expect(run({ steps: 42 }, { store })).rejects.toThrow(
      "--steps 42: the training in memory has made 43 already.",
    );
  });

  test("that is longer has patience anew", async () => {
    const store = await stopped({ steps: 30, validateEvery: 1, patience: 4, learningRate: 1.2, clip: 0 }, 100);
    const before = await decodeCheckpoint(await store.read(LAST));
    expect(before.step).toBeLessThan(30);
    expect(before.stopping.since).toBe(4);
    const { reports } = await run({ steps: 60 }, { store });
    expect(reports.length).toBeGreaterThanOrEqual(4);
  });

  test("keeps its own options, and refuses others", async () => {
    const store = await stopped({ steps: 8, learningRate: 0.02, batch: 2 }, 3);
    const { started } = await run({ batch: 2, data: "points.tsv" }, { store });
    expect(started.description.options).toMatchObject({ learningRate: 0.02, batch: 2, shape: "level" });
    const refused = (given: object) => expect(run({ ...given }, { store })).rejects;
    const rule = "and --resume goes on with its settings. Leave it out, or train anew in another folder.";
    await refused({ learningRate: 0.1 }).toThrow(`--learning-rate 0.1: the training in memory has 0.02, ${rule}`);
    await refused({ weightDecay: 0.5 }).toThrow(`--weight-decay 0.5: the training in memory has none, ${rule}`);
    await refused({ shape: "line" }).toThrow(`--shape line: the training in memory has level, ${rule}`);
  });

  test("is not one that was packed, or that an earlier version wrote", async () => {
    const store = await stopped({ steps: 2 }, 100);
    const saved = await decodeCheckpoint(await store.read(LAST));
    const change = async (more: object) => {
      const description = { ...(saved.description as object), ...more };
      await store.write(LAST, await encodeCheckpoint({ ...saved, description }));
    };
    await change({ options: undefined });
    await expect(run({}, { store })).rejects.toThrow(
      "last.safetensors: an earlier version of this library wrote it, and this one cannot go on with its training.",
    );
    await change({ packed: "f16" });
    await expect(run({}, { store })).rejects.toThrow("last.safetensors: it is a packed model");
  });
});

test("a model is read with all that is beside it", async () => {
  const { last } = await run({ steps: 1, start: 0.5 });
  const { description, checkpoint } = await openModel(lineTask, await last());
  expect(description).toEqual({ slope: 0.5 });
  expect(mapTree(checkpoint.params, isNdArray, ({ shape }) => shape)).toEqual({ a: [], b: [] });
  expect(checkpoint.key).not.toEqual(key(1));
});
