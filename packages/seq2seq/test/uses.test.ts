import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpu } from "@throughtime/backend-cpu";
import { inspectModel, type OnnxRuntime } from "@throughtime/onnx";
import { type Exported, type Files, memoryFiles } from "@throughtime/task";
import { beforeAll, describe, expect, test } from "vitest";
import { translationTask } from "../src/task.js";
import { opened, PAIRS, TSV, trained, used } from "./training.js";

const backend = await cpu();
const { evaluate, uses } = translationTask;
const [translate] = uses as [(typeof uses)[number]];
const pairs = memoryFiles({ "pairs.tsv": TSV });
let model: Uint8Array;

beforeAll(async () => {
  const given = { steps: 250, hidden: 32, learningRate: 0.02, validation: 0, test: 0.2, patience: undefined };
  model = (await trained(given, { backend })).last;
}, 120_000);

const said = (input: string | Uint8Array, given: object = {}) =>
  used(translate, model, given as Record<string, unknown>, { backend, files: memoryFiles({ "-": input }) });

describe("translate", () => {
  test("gives a line for each line, and keeps empty ones", async () => {
    const { text, problems } = await said("one two three\r\n\n   \nthree two one");
    expect(text).toBe("drei zwei eins\n\n\neins zwei drei\n");
    expect(problems).toEqual([]);
    expect((await said("")).text).toBe("");
    expect((await said("\ufeffone two three\n")).text).toBe("drei zwei eins\n");
  });

  test("gives the n best as Moses does, and as JSON", async () => {
    const { text, json } = await said("one two three\n\n", { beam: 4, nBest: 3 });
    const lines = text.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^1 \|\|\| drei zwei eins \|\|\| -\d+\.\d{4}$/);
    expect(lines[3]).toBe("2 |||  ||| 0.0000");
    expect(json[0]).toMatchObject({ line: 1, source: "one two three" });
    const { translations } = json[0] as { translations: { text: string; tokens: string[] }[] };
    expect(translations).toHaveLength(3);
    expect(translations[0]).toMatchObject({ text: "drei zwei eins", tokens: ["drei", "zwei", "eins"] });
    await expect(said("one", { beam: 2, nBest: 3 })).rejects.toThrow("--n-best 3 is more than --beam 2 finds");
  });

  test("draws where it attended to", async () => {
    const { files } = await said("one two three\n\none <b> \u0001two\n", { attention: "pictures" });
    expect(Object.keys(files)).toEqual(["000001.svg", "000003.svg"]);
    const svg = (name: string) => new TextDecoder().decode(files[name]);
    for (const token of ["one", "two", "three", "drei", "zwei", "eins", "&lt;/s&gt;"]) {
      expect(svg("000001.svg")).toMatch(new RegExp(`<text[^>]*>${token}</text>`));
    }
    expect(svg("000003.svg")).toContain(">&lt;</text>");
    const { last } = await trained({ steps: 1, attention: "none" }, { backend });
    await expect(used(translate, last, { attention: "pictures" }, { backend })).rejects.toThrow(
      "--attention: the model in out/last.safetensors has none",
    );
  });

  test("reports a line that is too long, and translates the others", async () => {
    const { text, problems } = await said(`one two three\n${"one ".repeat(2000)}\nthree two one\n`);
    expect(problems).toEqual([
      "line 2 has 2,000 tokens; at most 1,000 are translated (--longest). Its translation is left empty.",
    ]);
    expect(text).toBe("drei zwei eins\n\neins zwei drei\n");
  });

  test("gives what came before bytes that are not UTF-8, and names them with the option that mends it", async () => {
    const latin1 = Uint8Array.of(...new TextEncoder().encode("one two three\n"), 0xfc, 10);
    await expect(said(latin1)).rejects.toThrow(/line 2 of standard input is not UTF-8.*--encoding windows-1252/);
    expect((await said(latin1, { encoding: "windows-1252" })).text).toMatch(/^drei zwei eins\n.*\n$/);
  });

  test("ends quietly when it is stopped", async () => {
    const stop = new AbortController();
    const never = {
      async *open() {
        await new Promise(() => {});
      },
    };
    const files: Files = { ...memoryFiles({}), ...never } as unknown as Files;
    setTimeout(() => stop.abort(), 20);
    const { text } = await used(translate, model, {}, { backend, files, signal: stop.signal });
    expect(text).toBe("");
  });
});

describe("export", () => {
  // The package that has ONNX Runtime among its own.
  const require = createRequire(new URL("../../backend-ort/package.json", import.meta.url));
  const runtime: OnnxRuntime = require("onnxruntime-node");
  const written = async (file: Uint8Array) =>
    translationTask.export?.write(await opened(file), {
      backend,
      runtime,
      writer: "throughtime test",
    }) as Promise<Exported>;

  test("gives encoder.onnx and step.onnx, which agree with the model, and how text becomes ids", async () => {
    const { files, values, largest, tolerance } = await written(model);
    expect(Object.keys(files)).toEqual(["encoder.onnx", "step.onnx", "tokens.json"]);
    expect(values).toBeGreaterThan(100);
    expect(largest).toBeLessThan(tolerance);
    const encoder = files["encoder.onnx"] as Uint8Array;
    const read = (at: number, size: number) => encoder.subarray(at, at + size);
    const { inputs, metadata } = inspectModel({ size: encoder.length, read });
    expect(inputs.map(({ name }) => name)).toEqual(["source", "lengths"]);
    expect(metadata).toMatchObject({ task: "translation", step: "250", writer: "throughtime test" });
    const { source } = JSON.parse(new TextDecoder().decode(files["tokens.json"]));
    expect(source).toMatchObject({
      kind: "words",
      case: "mixed",
      tokens: ["<pad>", "<unk>", "<s>", "</s>", ...source.tokens.slice(4)],
    });
    expect(source.tokens).toHaveLength(10);
  });
});

describe("eval", () => {
  const measured = (given: object, files = pairs) =>
    used(evaluate, model, given as Record<string, unknown>, { backend, files });

  test("measures what was kept apart, with the score's signature and the first examples as they are", async () => {
    const { text, json } = await measured({ data: "pairs.tsv", examples: 2 });
    expect(text).toMatch(
      /^out\/last\.safetensors, step 250, on the test part of pairs\.tsv, beam 5:\nBLEU \d+\.\d\d, chrF \d+\.\d\d, exact \d+\.\d % of \d+; perplexity \d+\.\d\d\nBLEU is nrefs:1\|case:mixed\|eff:no\|tok:13a\|smooth:exp; targets are normalized as/,
    );
    expect(text.match(/^ {2}\w.* → /gm)).toHaveLength(2);
    const [{ bleu, sentences }] = json as [{ bleu: number; sentences: number }];
    expect(bleu).toBeGreaterThan(60);
    expect([sentences > 50, sentences < 110]).toEqual([true, true]);
    const [all] = (await measured({ data: "pairs.tsv", part: "all" })).json;
    expect(all).toMatchObject({ part: "all", sentences: 400 });
  });

  test("measures other pairs as a whole, less those with a blank side", async () => {
    const files = memoryFiles({ "other.tsv": "one two three\tdrei zwei eins\n\tx\n" });
    const { text, json } = await measured({ data: "other.tsv", beam: 2 }, files);
    expect(json[0]).toMatchObject({ part: "all", sentences: 1, beam: 2, blank: 1, exact: 1, bleu: expect.any(Number) });
    expect(text).toContain("1 pair left out: a side is blank");
    await expect(measured({ data: "other.tsv", part: "test" }, files)).rejects.toThrow(
      "--part test is of pairs.tsv, which the model learned from; other.tsv has other pairs",
    );
  });

  test("of two files is that of one", async () => {
    const files = memoryFiles({
      "s.txt": PAIRS.map(([source]) => source).join("\n"),
      "t.txt": PAIRS.map(([, target]) => target).join("\n"),
    });
    const two = await measured({ source: "s.txt", target: "t.txt" }, files);
    const one = await measured({ data: "pairs.tsv" });
    expect(two.json[0]).toEqual({ ...one.json[0], data: "s.txt → t.txt" });
  });

  test("says what is missing", async () => {
    await expect(measured({})).rejects.toThrow(
      "out/last.safetensors learned pairs.tsv. Say which pairs to measure it on",
    );
    await expect(measured({ data: "pairs.tsv", part: "validation" })).rejects.toThrow(
      "the validation part of pairs.tsv has no pairs, since the model was trained with --validation 0",
    );
    await expect(measured({ data: "e.tsv" }, memoryFiles({ "e.tsv": "" }))).rejects.toThrow("e.tsv has no pairs.");
    await expect(measured({ data: "e.tsv" }, memoryFiles({ "e.tsv": "\tx\n" }))).rejects.toThrow(
      "every pair in the all part of e.tsv has a blank side",
    );
  });

  test("of a file that an earlier version wrote finds the same numbers on the same part", async () => {
    const earlier = (name: string) => readFileSync(new URL(`earlier/${name}`, import.meta.url));
    const files = memoryFiles({ "pairs.tsv": earlier("pairs.tsv") });
    const { json } = await used(evaluate, earlier("translator.safetensors"), { data: "pairs.tsv" }, { backend, files });
    expect(json[0]).toMatchObject({ step: 108, part: "test", sentences: 5, exact: 0.6 });
    const { bleu, chrf, nats } = json[0] as { bleu: number; chrf: number; nats: number };
    expect(bleu).toBeCloseTo(83.11734353958616, 8);
    expect(chrf).toBeCloseTo(96.33486401114222, 8);
    expect(nats).toBeCloseTo(0.23894822597503662, 4);
  });
});
