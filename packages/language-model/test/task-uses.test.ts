import { createRequire } from "node:module";
import { cpu } from "@throughtime/backend-cpu";
import { reference } from "@throughtime/backend-reference";
import { bitsFromNats } from "@throughtime/language-model";
import { languageModelTask } from "@throughtime/language-model/task";
import { inspectModel, type OnnxRuntime } from "@throughtime/onnx";
import type { SavedModel } from "@throughtime/task";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesWith, RHYME, SMALL, said, trained } from "./train-task.js";

// The package that has ONNX Runtime among its own.
const require = createRequire(new URL("../../backend-ort/package.json", import.meta.url));
const runtime: OnnxRuntime = require("onnxruntime-node");

type Given = Readonly<Record<string, string | number | boolean>>;

const { evaluate, uses } = languageModelTask;
const sample = uses[0] as (typeof uses)[number];
const backend = await cpu();
let saved: SavedModel<ReturnType<typeof languageModelTask.read>>;
beforeAll(async () => {
  ({ saved } = await trained(backend, { ...SMALL, steps: 30, learningRate: 0.02 }));
});
afterAll(() => backend.close());

describe("eval", () => {
  const of = (
    given: Given,
    files = filesWith({ "other.txt": RHYME.slice(0, 300), "short.txt": "a", "none.txt": "" }),
  ) => said(evaluate, backend, saved, given, { files });

  test("agrees with the loss that training measured", async () => {
    const { json } = await of({ data: "rhyme.txt", part: "validation" });
    // It was measured in lanes of another length.
    expect(json.nats).toBeCloseTo(saved.checkpoint.stopping.best as number, 1);
    expect(json.bits).toBe(bitsFromNats(json.nats as number));
    expect(json.perplexity).toBe(Math.exp(json.nats as number));
    expect(json).toMatchObject({ checkpoint: "last.safetensors", step: 30, data: "rhyme.txt", part: "validation" });
  });

  test("takes the test part of the text that was learned, and all of another", async () => {
    const own = await of({ data: "rhyme.txt" });
    expect(own.json).toMatchObject({ part: "test", kind: "characters", characters: 63 });
    expect(own.text).toMatch(
      /^last\.safetensors, step 30, on the test part of rhyme\.txt: \d\.\d{4} nats per character \(\d\.\d{3} bits, perplexity \d+\.\d\d\) over 63 characters\n$/,
    );
    expect((await of({ data: "other.txt" })).json).toMatchObject({ part: "all", characters: 297 });
    await expect(of({ data: "other.txt", part: "test" })).rejects.toThrow(
      "--part test is of rhyme.txt, which the model learned from; other.txt has other text, and is measured as a whole.",
    );
  });

  test("is the same on the reference backend", async () => {
    const other = await said(evaluate, reference(), saved, { data: "rhyme.txt" });
    expect(other.json.nats).toBeCloseTo((await of({ data: "rhyme.txt" })).json.nats as number, 5);
  });

  test("says which text is missing, or too short", async () => {
    await expect(of({})).rejects.toThrow("last.safetensors learned rhyme.txt. Say which text to measure it on: --data");
    await expect(of({ data: "short.txt" })).rejects.toThrow("short.txt has 1 character; at least 2 are needed");
    await expect(of({ data: "none.txt" })).rejects.toThrow("none.txt has no characters; at least 2 are needed");
    const without = await trained(backend, { ...SMALL, steps: 1, test: 0 });
    await expect(said(evaluate, backend, without.saved, { data: "rhyme.txt" })).rejects.toThrow(
      "the test part of rhyme.txt has no characters, since the model was trained with --test 0. Choose another --part",
    );
  });
});

describe("sample", () => {
  const of = (given: Given, how: { files?: ReturnType<typeof filesWith>; signal?: AbortSignal } = {}) =>
    said(sample, backend, saved, given, how);

  test("writes as many characters as were asked for, after the prime", async () => {
    const { text, json } = await of({ prime: "Row, ", length: 40, seed: 3 });
    expect(text).toMatch(/^Row, [\s\S]{40}\n?$/);
    expect(json).toMatchObject({ checkpoint: "last.safetensors", step: 30, seed: 3, prime: "Row, " });
    expect((json.text as string).length).toBe(40);
    expect(text.startsWith(`Row, ${json.text}`)).toBe(true);
    expect((await of({ length: 0 })).text).toBe("\n");
  });

  test("gives the same text for the same seed, and on another backend", async () => {
    const text = async (given: Given) => (await of({ length: 60, ...given })).text;
    expect(await text({ seed: 3 })).toBe(await text({ seed: 3 }));
    expect(await text({ seed: 3 })).not.toBe(await text({ seed: 4 }));
    expect((await said(sample, reference(), saved, { length: 60, seed: 3 })).text).toBe(await text({ seed: 3 }));
    expect(await text({ greedy: true, seed: 1 })).toBe(await text({ temperature: 0, seed: 2 }));
  });

  test("reads a prime of any length from a file or from standard input", async () => {
    const long = RHYME.repeat(4);
    const files = filesWith({
      "prime.txt": long,
      "-": long,
      "latin1.txt": Buffer.from("é", "latin1"),
      "empty.txt": "",
    });
    const { text } = await of({ prime: long, length: 5 });
    expect(text.startsWith(long)).toBe(true);
    expect((await of({ primeFile: "prime.txt", length: 5 }, { files })).text).toBe(text);
    expect((await of({ primeFile: "-", length: 5 }, { files })).text).toBe(text);
    const failing = (given: Given) => expect(of(given, { files })).rejects;
    await failing({ primeFile: "none.txt" }).toThrow("cannot read none.txt: there is no such file");
    await failing({ primeFile: "empty.txt" }).toThrow("--prime-file has nothing to read");
    await failing({ primeFile: "latin1.txt", encoding: "latin1" }).toThrow('--prime-file: "é" (U+00E9) at character 0');
    await failing({ prime: "" }).toThrow("--prime has nothing to read: the model must read at least one character.");
    await failing({ prime: `${long}é` }).toThrow(`--prime: "é" (U+00E9) at character ${long.length}`);
    await failing({ prime: "a", encoding: "latin1" }).toThrow("--encoding is of --prime-file.");
    await failing({ encoding: "latin1" }).toThrow("--encoding is of --prime-file.");
  });

  test("ends where the user wants no more, with all that was written", async () => {
    const abort = new AbortController();
    abort.abort();
    const { json } = await of({ length: 40 }, { signal: abort.signal });
    expect((json.text as string).length).toBe(1);
  });
});

describe.each(["characters", "words"] as const)("export of a model of %s", (tokens) => {
  test("gives both files, which agree with the model and say what it is", async () => {
    const { saved: model } = await trained(backend, { ...SMALL, tokens, time: 8, steps: 3, cell: "lstm", layers: 2 });
    const exported = await languageModelTask.export?.write(model, { backend, runtime, writer: "a test" });
    expect(Object.keys(exported?.files ?? {})).toEqual(["sequence.onnx", "step.onnx"]);
    expect(exported?.values).toBeGreaterThan(1000);
    expect(exported?.largest).toBeLessThanOrEqual(exported?.tolerance as number);
    const file = exported?.files["step.onnx"] as Uint8Array;
    const source = { size: file.length, read: (at: number, length: number) => file.subarray(at, at + length) };
    const { metadata } = inspectModel(source);
    expect(metadata).toMatchObject({ task: "language-model", step: "3", writer: "a test" });
    expect(JSON.parse(metadata.model as string)).toEqual(model.description.model);
    expect(JSON.parse(metadata.tokens as string).kind).toBe(tokens);
    expect(JSON.parse(metadata.vocabulary as string)).toEqual(model.description.tokens.json.vocabulary);
  });
});
