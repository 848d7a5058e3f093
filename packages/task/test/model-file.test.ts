import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { ndarray, type Tensor, tanh, trace, type } from "@throughtime/core";
import { encodeSafetensors } from "@throughtime/interop";
import { toOnnx } from "@throughtime/onnx";
import { openFile, requireFields, requireSize, requireTask } from "@throughtime/task";
import { encodeCheckpoint, type Json } from "@throughtime/train";
import { describe, expect, test } from "vitest";

const params = { W: ndarray([1, 2, 3], { shape: [3] }) };
const file = (description: Json): Promise<Uint8Array> =>
  encodeCheckpoint({
    ...{
      step: 3,
      epoch: 0,
      cursor: 0,
      key: [1, 2],
      schedule: null,
      stopping: { best: null, bestStep: null, since: 0 },
    },
    ...{ description, params, optimizer: {}, carry: {} },
  } as never);
const goldens = JSON.parse(readFileSync(new URL("./goldens/files.json", import.meta.url), "utf8")) as Readonly<
  Record<string, string>
>;
const golden = (name: string) => new Uint8Array(Buffer.from(goldens[name] as string, "base64"));
const ascii = (text: string) => new TextEncoder().encode(text);
const WAVES = { kind: "waves", noun: "model of waves", loader: "loadWaves of waves" };

describe("openFile", () => {
  test.each([
    ["nothing", () => new Uint8Array(), "it is empty."],
    ["a gzipped file", () => gzipSync("a"), "it is gzipped. Unzip it first."],
    ["what PyTorch saves", () => golden("torch.pt"), "it is a zip archive, as PyTorch's .pt and Keras'"],
    ["what older PyTorch saves", () => golden("old-torch.pt"), "it is a pickle of Python, as older .pt files"],
    ["Keras' weights", () => golden("weights.h5"), "it is an HDF5 file"],
    ["weights alone", () => golden("weights.safetensors"), "it is a safetensors file of weights alone"],
    ["a model of PyTorch's exporter", () => golden("model.onnx"), "it is an ONNX model."],
    ["an ONNX model that nobody signed", () => golden("nobody.onnx"), "it is an ONNX model."],
    ["an ONNX model of ours", () => toOnnx(trace((x: Tensor) => tanh(x), [type([2])]).program), "it is an ONNX model."],
    ["what a server sent", () => ascii("\n<!doctype html><title>404</title>"), "it is an HTML page or XML"],
    ["a recipe", () => ascii('  {"train":"lm"}'), "it is JSON, not a model file."],
    ["a list", () => ascii("[1, 2]"), "it is JSON, not a model file."],
    [
      "a pointer",
      () => ascii("version https://git-lfs.github.com/spec/v1\noid sha256:…"),
      "it is a pointer of Git LFS",
    ],
    ["a text", () => ascii("Call me Ishmael. Some years ago, never mind how long"), "checkpoint: "],
    ["noise", () => Uint8Array.from({ length: 99 }, (_, i) => (i * 37) % 251), "checkpoint: "],
  ])("says what it is instead of a model: %s", async (_, bytes, message) => {
    const error = await openFile(bytes(), { name: "m\u001b[31m" }).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: "CheckpointError" });
    // A control character of a file's name reaches no terminal.
    expect((error as Error).message).not.toContain("\u001b");
    expect((error as Error).message).toContain(`: ${message}`);
  });

  test("refuses safetensors that are no checkpoint, one that is cut and one that was changed, at every place", async () => {
    await expect(openFile(encodeSafetensors({ W: params.W }), { name: "w" })).rejects.toThrow(
      /^w: .*decodeSafetensors/,
    );
    const bytes = await file({ task: "waves", format: 1 });
    for (const length of [1, 7, 8, 9, 100, bytes.length - 1]) {
      await expect(openFile(bytes.subarray(0, length), { name: "w" })).rejects.toThrow(/^w: /);
    }
    for (let at = 0; at < bytes.length; at += 13) {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ 4;
      await expect(openFile(changed)).rejects.toMatchObject({ name: "CheckpointError" });
    }
  });

  test("refuses a newer format, with who wrote it, and what is no content", async () => {
    const newer = await file({ task: "waves", format: 2, writer: "throughtime 9.1.0" });
    await expect(openFile(newer, { name: "w" })).rejects.toThrow(
      "w: it was written by throughtime 9.1.0, whose model files are of format 2; this version reads up to 1. Install a newer one.",
    );
    await expect(openFile(await file({ format: 2, writer: 7 }))).rejects.toThrow("it was written by a newer version");
    await expect(openFile("w.safetensors" as never)).rejects.toThrow(
      'a model file is opened from its bytes: a Uint8Array, an ArrayBuffer or a Blob; received "w.safetensors".',
    );
  });

  test("names what opens a file of another task", async () => {
    const open = async (description: Json) => requireTask(await openFile(await file(description)), WAVES);
    await open({ task: "waves" });
    await expect(open({ task: "tides", loader: "loadTides of tides" })).rejects.toThrow(
      'model file: it is a model of the task "tides", not a model of waves, which is what loadWaves opens. loadTides of tides opens it.',
    );
    await expect(open({ task: "tides" })).rejects.toThrow(/loadWaves opens\.$/);
    for (const description of [null, [1], "waves", { task: 7 }] as Json[]) {
      await expect(open(description)).rejects.toThrow("it is a checkpoint without a description of its model");
    }
  });
});

test("a field of a description is of its kind, or named", () => {
  const kinds = {
    n: "count",
    from: "whole",
    x: "number",
    name: "text",
    names: "texts",
    how: ["a", "b"],
    p: { orNull: "count" },
  } as const;
  const right = { n: 1, from: 0, x: -0.5, name: "", names: ["a"], how: "b", p: null };
  requireFields("file", "model", right, kinds);
  requireFields("file", "model", { ...right, p: 4 }, kinds);
  for (const [name, value, expected] of [
    ["n", 0, "a whole number from 1"],
    ["n", 1.5, "a whole number from 1"],
    ["n", "1", "a whole number from 1"],
    ["from", -1, "a whole number from 0"],
    ["x", Number.NaN, "a number"],
    ["name", 7, "a text"],
    ["names", "a", "a list of texts"],
    ["names", [7], "a list of texts"],
    ["how", "c", "one of a, b"],
    ["p", 0, "a whole number from 1 or null"],
  ] as const) {
    expect(() => requireFields("file", "model", { ...right, [name]: value }, kinds)).toThrow(
      new RegExp(`^file: its description is not of this version: model\\.${name} is .*; expected ${expected}\\.$`),
    );
  }
  for (const value of [undefined, null, 7, "model"]) {
    expect(() => requireFields("file", "model", value, kinds)).toThrow("model.n is undefined");
  }
});

test("a description's model is as large as its tensors", () => {
  requireSize("file", params, 3);
  requireSize("file", params, 2, 4);
  expect(() => requireSize("file", params, 4)).toThrow(
    "file: it describes a model of 4 parameters, but holds 3; the description is another model's.",
  );
  expect(() => requireSize("file", params, 1, 2)).toThrow("describes a model of about 1 parameters, but holds 3");
});
