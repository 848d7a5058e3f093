import { readFileSync } from "node:fs";
import { deflateRawSync, gzipSync } from "node:zlib";
import { type Tensor, tanh, trace, type } from "@throughtime/core";
import { toOnnx } from "@throughtime/onnx";
import { openFile, requireFields, requireSize, requireTask } from "@throughtime/task";
import { decodeCheckpoint, encodeCheckpoint, type Json } from "@throughtime/train";
import { beforeAll, expect, test } from "vitest";
import { LINE, lineTask } from "./support/line.js";
import { trained } from "./support/training.js";

const goldens = JSON.parse(readFileSync(new URL("./goldens/files.json", import.meta.url), "utf8")) as Record<
  string,
  string
>;
const golden = (name: string) => Uint8Array.from(Buffer.from(goldens[name] as string, "base64"));
const bytes = (text: string) => new TextEncoder().encode(text);

let model: Uint8Array;
beforeAll(async () => {
  model = await (await trained(lineTask, { steps: 3 }, LINE)).last();
});

const opening = (content: Uint8Array, name = "model.safetensors") => openFile(content, { name });
const described = async (change: (description: Record<string, Json>) => Json) => {
  const checkpoint = await decodeCheckpoint(model);
  return encodeCheckpoint({ ...checkpoint, description: change(checkpoint.description as Record<string, Json>) });
};

test("a model file opens from bytes, a buffer and a Blob", async () => {
  const saved = await opening(model);
  expect(saved.path).toBe("model.safetensors");
  expect(await openFile(new Blob([model.slice()]))).toEqual({ ...saved, path: "model file" });
  expect(await openFile(model.slice().buffer)).toEqual({ ...saved, path: "model file" });
  await expect(openFile("out/lm" as never)).rejects.toThrow(
    'a model file is opened from its bytes: a Uint8Array, an ArrayBuffer or a Blob; received "out/lm". Read the file first',
  );
});

test.each([
  ["nothing", () => new Uint8Array(), "it is empty."],
  ["a gzipped model", () => gzipSync(model), "it is gzipped. Unzip it first."],
  [
    "what PyTorch saves",
    () => golden("torch.pt"),
    "it is a zip archive, as PyTorch's .pt and Keras' .keras files are.",
  ],
  ["what older PyTorch saves", () => golden("old-torch.pt"), "it is a pickle of Python, as older .pt files"],
  ["Keras' weights", () => golden("weights.h5"), "it is an HDF5 file"],
  ["weights alone", () => golden("weights.safetensors"), "it is a safetensors file of weights alone"],
  ["a model of PyTorch's exporter", () => golden("model.onnx"), "it is an ONNX model."],
  ["an ONNX model that nobody signed", () => golden("nobody.onnx"), "it is an ONNX model."],
  ["an ONNX model of ours", () => onnxModel(), "it is an ONNX model."],
  ["a server's page", () => bytes("\n<!doctype html><title>Not found</title>"), "it is an HTML page or XML"],
  ["a history", () => bytes('{"event":"start","from":0}\n'), "it is JSON, not a model file."],
  ["a list", () => bytes("[1, 2]"), "it is JSON, not a model file."],
  [
    "a pointer of Git LFS",
    () => bytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
    "it is a pointer of Git LFS",
  ],
  ["a text", () => bytes("Call me Ishmael. Some years ago, never mind how long precisely"), "no SHA-256"],
  ["other bytes", () => deflateRawSync(model), "it is damaged, or not a checkpoint that train wrote"],
  ["a part of a model", () => model.subarray(0, model.length - 1), `the file is truncated: it has`],
  ["the first bytes of a model", () => model.subarray(0, 100), "the file is truncated: it has 100 bytes and says"],
  ["a damaged model", () => flipped(model), "the file is damaged: its SHA-256 is"],
])("%s is refused, and said to be what it is", async (_, content, message) => {
  await expect(opening(content(), "cat.safetensors")).rejects.toThrow(new RegExp(`^cat\\.safetensors: .*${message}`));
  await expect(opening(content())).rejects.toMatchObject({ name: "CheckpointError" });
});

const onnxModel = () => toOnnx(trace((x: Tensor) => tanh(x), [type([2])]).program);

function flipped(file: Uint8Array): Uint8Array {
  const copy = file.slice();
  copy[copy.length - 1] = (copy[copy.length - 1] as number) ^ 1;
  return copy;
}

test("a file of a newer version says which one wrote it", async () => {
  const newer = await described((description) => ({ ...description, format: 2, writer: "throughtime 3.1.0" }));
  await expect(opening(newer)).rejects.toThrow(
    "model.safetensors: it was written by throughtime 3.1.0, whose model files are of format 2; this version reads up to 1. Install a newer one.",
  );
  const nameless = await described((description) => ({ ...description, format: 7, writer: null }));
  await expect(opening(nameless)).rejects.toThrow(
    "it was written by a newer version, whose model files are of format 7",
  );
});

test("a model of another task says what it is, and what opens it", async () => {
  const saved = await opening(model);
  requireTask(saved, lineTask);
  const other = { kind: "translation", noun: "translator", loader: "loadTranslator of @throughtime/seq2seq" };
  expect(() => requireTask(saved, other)).toThrow(
    'model.safetensors: it is a model of the task "line", not a translator, which is what loadTranslator opens. loadLine of a-package opens it.',
  );
  const bare = await opening(await described(() => null));
  expect(() => requireTask(bare, lineTask)).toThrow(
    "model.safetensors: it is a checkpoint without a description of its model, not a line, which is what loadLine opens.",
  );
  const hostile = await opening(
    await described(() => ({ task: "\u001b[2J".repeat(100), loader: "\n\u0007".repeat(500) })),
  );
  const { message } = (() => {
    try {
      requireTask(hostile, lineTask);
    } catch (error) {
      return error as Error;
    }
    throw new Error("it was not refused.");
  })();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be in it.
  expect(message).not.toMatch(/[\u0000-\u001f]/);
  expect(message.length).toBeLessThan(1000);
});

test("a field of a description is of its kind, or is named", () => {
  const given = { n: 0, x: 0.5, text: "a", texts: ["a"], cell: "gru", none: null };
  requireFields("a file", "model", given, {
    ...{ n: "whole", x: "number", text: "text", texts: "texts", cell: ["gru", "lstm"], none: { orNull: "count" } },
  });
  const wrong = (kinds: Parameters<typeof requireFields>[3]) => () => requireFields("a file", "model", given, kinds);
  const says = (field: string, value: string, expected: string) =>
    `a file: its description is not of this version: model.${field} is ${value}; expected ${expected}.`;
  expect(wrong({ n: "count" })).toThrow(says("n", "0", "a whole number from 1"));
  expect(wrong({ x: "whole" })).toThrow(says("x", "0.5", "a whole number from 0"));
  expect(wrong({ text: "number" })).toThrow(says("text", '"a"', "a number"));
  expect(wrong({ n: "text" })).toThrow(says("n", "0", "a text"));
  expect(wrong({ text: "texts" })).toThrow(says("text", '"a"', "a list of texts"));
  expect(wrong({ cell: ["lstm", "rnn"] })).toThrow(says("cell", '"gru"', "one of lstm, rnn"));
  expect(wrong({ x: { orNull: "count" } })).toThrow(says("x", "0.5", "a whole number from 1 or null"));
  expect(wrong({ missing: "text" })).toThrow(says("missing", "undefined", "a text"));
  expect(() => requireFields("a file", "model", null, { n: "count" })).toThrow(
    says("n", "undefined", "a whole number from 1"),
  );
});

test("a model is as large as its description says", async () => {
  const { checkpoint } = await opening(model);
  requireSize("a file", checkpoint.params, 2);
  requireSize("a file", checkpoint.params, 1, 3);
  expect(() => requireSize("a file", checkpoint.params, 5000)).toThrow(
    "a file: it describes a model of 5,000 parameters, but holds 2; the description is another model's.",
  );
  expect(() => requireSize("a file", checkpoint.params, 3, 9)).toThrow("a model of about 3 parameters, but holds 2");
});
