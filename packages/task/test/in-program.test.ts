import { reference } from "@throughtime/backend-reference";
import { openModel, trainTask, useModel } from "@throughtime/task";
import { LAST, memoryStore } from "@throughtime/train";
import { describe, expect, test } from "vitest";
import { LINE, lineTask } from "./support/line.js";

const backend = reference();
const place = (store = memoryStore()) => ({ backend, store, files: LINE.files });

async function finished(given: Parameters<typeof trainTask<object, typeof lineTask.train.options>>[1], how = place()) {
  const begun = await trainTask(lineTask, given, how);
  for await (const _ of begun.training);
  return begun;
}

describe("a task in a program", () => {
  test("is trained, gone on with, opened and used", async () => {
    const store = memoryStore();
    const { description } = await finished({ steps: 4, patience: undefined }, place(store));
    expect(description).toMatchObject({ writer: "throughtime", options: { batch: 4, patience: 0 } });
    const { from, steps } = await finished({ steps: 9 }, { ...place(store), resume: true } as never);
    expect([from, steps]).toEqual([4, 9]);
    const model = await openModel(lineTask, await store.read(LAST));
    expect(model.description).toEqual({ slope: 0 });
    const said: object[] = [];
    for await (const one of useModel(lineTask.evaluate, model, {}, place())) said.push(one);
    expect(said).toEqual([{ text: expect.stringMatching(/^\d/), json: { slope: expect.any(Number) } }]);
  });

  test("never takes the place of a training that is there", async () => {
    const how = place();
    await finished({ steps: 1 }, how);
    await expect(finished({ steps: 1 }, how)).rejects.toThrow("resume");
    await expect(trainTask(lineTask, {}, { ...place(), resume: true })).rejects.toThrow(
      "the store has no last.safetensors",
    );
  });

  test("has what its preset says, but for what is given", async () => {
    const optionsOf = async (given: Parameters<typeof finished>[0]) => (await finished(given)).description.options;
    expect(await optionsOf({ shape: "level", steps: 1 })).toMatchObject({ batch: 2, learningRate: 0.05 });
    expect(await optionsOf({ shape: "level", steps: 1, batch: 3 })).toMatchObject({ batch: 3, learningRate: 0.05 });
  });

  test("refuses options that there are not, and values that are none of theirs", async () => {
    const wrong = (given: object) => expect(finished(given)).rejects;
    await wrong({ hiden: 3 }).toThrow(
      /^trainTask: there is no option "hiden"; there are data, batch, start, .*seed\.$/,
    );
    await wrong({ toString: 3 }).toThrow('there is no option "toString"');
    await wrong({ batch: "8" }).toThrow('trainTask: batch is "8"; expected a whole number from 1.');
    await wrong({ batch: 0 }).toThrow("batch is 0; expected a whole number from 1.");
    await wrong({ batch: 1.5 }).toThrow("batch is 1.5; expected a whole number from 1.");
    await wrong({ start: Number.NaN }).toThrow("start is NaN; expected a number");
    await wrong({ epochs: 0 }).toThrow("epochs is 0; expected a number above 0.");
    await wrong({ test: 1 }).toThrow("test is 1; expected a number from 0 up to 0.9.");
    await wrong({ shape: "round" }).toThrow('shape is "round"; expected one of line, level.');
    await wrong({ data: 7 }).toThrow("data is 7; expected the path of a file or a folder.");
    await wrong({ epochs: 1, steps: 2 }).toThrow(
      "trainTask: epochs and steps cannot be given together. Leave one out.",
    );
    const model = await openModel(lineTask, await finishedBytes());
    const reading = useModel(lineTask.evaluate, model, { data: "x" } as object, place());
    await expect(reading.next()).rejects.toThrow('eval: there is no option "data"; there are none.');
  });
});

async function finishedBytes(): Promise<Uint8Array> {
  const how = place();
  await finished({ steps: 1 }, how);
  return how.store.read(LAST);
}
