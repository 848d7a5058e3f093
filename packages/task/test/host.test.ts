import { cpu } from "@throughtime/backend-cpu";
import { ndarray } from "@throughtime/core";
import { bytesOf, type Host, memoryFiles, memoryHost, noHost, trainTask, type Use, useModel } from "@throughtime/task";
import { memoryStore } from "@throughtime/train";
import { type DecodedImage, preprocessing } from "@throughtime/vision";
import { expect, test } from "vitest";
import { LINE, lineTask } from "./support/line.js";

const gray = preprocessing({ size: [1, 1], channels: "gray", scale: 1 });
const files = memoryFiles({ "a.bin": Uint8Array.of(10), "b.bin": Uint8Array.of(20), "bad.bin": new Uint8Array() });

/** A picture is one byte, its shade; others are none. */
const decode = async (bytes: Uint8Array, _: unknown, name: string) => {
  if (bytes.length !== 1) throw new Error(`${name} is no picture`);
  return ndarray([[[bytes[0] as number]]]);
};

const all = async (results: AsyncIterable<DecodedImage>) => {
  const seen: unknown[] = [];
  for await (const { source, array, error } of results) seen.push([source.name, array?.data[0] ?? error?.message]);
  return seen;
};

test("pictures come in order: of files, of bytes and of pixels; one that cannot be read is an error among them", async () => {
  const host = memoryHost({ files, decode });
  const white = { data: new Uint8Array(4).fill(255), width: 1, height: 1 };
  const sources = [
    { name: "a", path: "a.bin" },
    { name: "none", path: "none.bin" },
    { name: "bad", path: "bad.bin" },
    { name: "white", pixels: white },
    { name: "own", bytes: Uint8Array.of(3) },
  ];
  expect(await all(host.images(sources, gray))).toEqual([
    ["a", 10],
    ["none", "cannot read none.bin: there is no such file."],
    ["bad", "bad is no picture"],
    ["white", 255],
    ["own", 3],
  ]);
});

test("a host without a decoder, outside of a page, says so for each picture; without ONNX Runtime when it is asked for", async () => {
  const host = memoryHost({ files });
  expect(await all(host.images([{ name: "a", path: "a.bin" }], gray))).toEqual([
    ["a", expect.stringMatching(/^imageFromBlob: there is no createImageBitmap here/)],
  ]);
  await expect(host.onnx()).rejects.toThrow("memoryHost: there is no ONNX Runtime. Give it as `onnx`");
});

test("rows of the same thing are found again, others are not", async () => {
  const host = memoryHost({ files });
  const rows = await host.rows({ of: { model: "a", taps: ["x"] }, width: 1 });
  await rows.write("k", Float32Array.of(1));
  expect(await (await host.rows({ of: { model: "a", taps: ["x"] }, width: 1 })).has("k")).toBe(true);
  expect(await (await host.rows({ of: { model: "b", taps: ["x"] }, width: 1 })).has("k")).toBe(false);
  expect(await (await host.rows({ of: { model: "a", taps: ["x"] }, width: 1, dtype: "f32" })).has("k")).toBe(false);
});

test("a training's preparation gets the host of its caller", async () => {
  const host = memoryHost({ files, decode });
  const asking: typeof lineTask = {
    ...lineTask,
    train: {
      ...lineTask.train,
      async prepare(values, context) {
        const seen = await all(context.host.images([{ name: "a", path: "a.bin" }], gray));
        return { ...(await lineTask.train.prepare(values, context)), facts: { seen } };
      },
    },
  };
  const backend = await cpu();
  const how = { backend, files: LINE.files, store: memoryStore() };
  const { prepared } = await trainTask(asking, {}, { ...how, host });
  expect(prepared.facts).toEqual({ seen: [["a", 10]] });
  await expect(trainTask(asking, {}, how)).rejects.toThrow(
    "trainTask: the task asks for pictures as arrays, and there",
  );
  await backend.close();
});

const asking = (ask: (host: Host) => unknown): Use => ({
  ...{ name: "ask", summary: "", description: "", options: {}, examples: [] },
  async *run(_, __, { host, files: own }) {
    await bytesOf(own, "a.bin", { most: 10 });
    yield { json: { answer: await ask(host) } };
  },
});

test("a use gets the host of its caller; without one, what it asks for is an error that says how to give one", async () => {
  const run = async (ask: (host: Host) => unknown, host?: Host) => {
    const how = { backend: undefined as never, files, ...(host && { host }) };
    for await (const { json } of useModel(asking(ask), undefined as never, {}, how)) return json;
  };
  expect(await run(() => 1)).toEqual({ answer: 1 });
  expect(
    await run((host) => all(host.images([{ name: "a", path: "a.bin" }], gray)), memoryHost({ files, decode })),
  ).toEqual({ answer: [["a", 10]] });
  await expect(run((host) => host.images([], gray))).rejects.toThrow(
    "useModel: the task asks for pictures as arrays, and there is no host. Give one: useModel(…, { …, host: memoryHost({ files }) }).",
  );
  await expect(run((host) => host.onnx())).rejects.toThrow("useModel: the task asks for ONNX Runtime");
  await expect(run((host) => host.rows({ of: {}, width: 1 }))).rejects.toThrow("asks for a store of rows");
  expect(await run((host) => host.progress({ what: "x", done: 1 }))).toEqual({ answer: undefined });
  expect(() => noHost("trainTask").images([], gray)).toThrow("trainTask: the task asks for");
});
