import { reference } from "@throughtime/backend-reference";
import type { NdArray } from "@throughtime/core";
import { loadLanguageModel } from "@throughtime/language-model";
import { languageModelTask } from "@throughtime/language-model/task";
import { packModel } from "@throughtime/task";
import { decodeCheckpoint, encodeCheckpoint, type Json } from "@throughtime/train";
import { beforeAll, describe, expect, test } from "vitest";
import { opened, RHYME, SMALL, said, trained } from "./train-task.js";

const backend = reference();
let bytes: Uint8Array;
beforeAll(async () => {
  ({ bytes } = await trained(backend, { ...SMALL, steps: 20, learningRate: 0.02 }));
});
const load = (content: Uint8Array | ArrayBuffer | Blob = bytes) => loadLanguageModel(content, { backend });
const all = async (pieces: AsyncIterable<string>): Promise<string> => {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
};
/** The model file with another description. */
const described = async (
  change: (description: Record<string, Json>) => Record<string, unknown>,
): Promise<Uint8Array> => {
  const checkpoint = await decodeCheckpoint(bytes);
  const description = change(checkpoint.description as Record<string, Json>) as Json;
  return encodeCheckpoint({ ...checkpoint, description });
};

describe("a loaded model", () => {
  test("writes what the command line writes, and measures what it measures", async () => {
    const saved = await opened(bytes);
    const model = await load();
    const [sample] = languageModelTask.uses;
    const given = { prime: "Row, ", length: 30, temperature: 0.8, topK: 9, topP: 0.9, seed: 4 };
    const { json } = await said(sample as never, backend, saved, given);
    expect(await all(model.write(given))).toBe(json.text);
    const { json: whole } = await said(languageModelTask.evaluate, backend, saved, { data: "rhyme.txt", part: "all" });
    expect(whole).toMatchObject(await model.evaluate(RHYME));
    expect(await model.evaluate([RHYME.slice(0, 100), RHYME.slice(100)])).toEqual(await model.evaluate(RHYME));
    model.release();
  });

  test("says what it is, and cuts texts into its tokens", async () => {
    const { description, tokens, release } = await load();
    expect(description).toMatchObject({ step: 20, model: { cell: "gru", hiddenSize: 8 }, data: { name: "rhyme.txt" } });
    expect([tokens.unit, tokens.size]).toEqual(["character", 24]);
    expect(tokens.encode("row").length).toBe(3);
    expect(tokens.decode(tokens.encode("merrily, dream"))).toBe("merrily, dream");
    expect(() => tokens.encode("röw")).toThrow(/^encode: the text: "ö" \(U\+00F6\) at character 1/);
    expect(() => tokens.decode([24])).toThrow("decode: the token");
    expect(() => tokens.encode(7 as never)).toThrow("encode: the text is the number 7; expected a string.");
    release();
  });

  test("comes from an ArrayBuffer and from a Blob too, and from packed files", async () => {
    const text = async (content: Uint8Array | ArrayBuffer | Blob) => {
      const model = await load(content);
      const written = await all(model.write({ length: 20, greedy: true }));
      model.release();
      return written;
    };
    const expected = await text(bytes);
    expect(await text(bytes.slice().buffer)).toBe(expected);
    expect(await text(new Blob([bytes.slice()]))).toBe(expected);
    for (const dtype of ["f32", "f16"] as const) {
      const packed = await packModel(await opened(bytes), { dtype });
      expect(packed.bytes.length).toBeLessThan(bytes.length / 2);
      expect(await text(packed.bytes)).toBe(expected);
    }
  });

  test("writes several texts at the same time, each as it would alone, until the caller stops", async () => {
    const model = await load();
    const alone = await Promise.all([1, 2, 3].map((seed) => all(model.write({ length: 15, seed }))));
    const texts = ["", "", ""];
    const writers = [1, 2, 3].map((seed) => model.write({ seed }));
    for (let i = 0; i < 15; i++) {
      for (const [k, writer] of writers.entries()) texts[k] = `${texts[k]}${(await writer.next()).value}`;
    }
    expect(texts).toEqual(alone);
    await writers[0]?.return();
    // The others were not ended: release frees what they hold.
    model.release();
    expect(backend.liveArrays()).toBe(0);
  });

  test("frees all that it put on the backend, at the end of a block with using too, and is of no use then", async () => {
    expect(backend.liveArrays()).toBe(0);
    const model = await load();
    const kept = backend.liveArrays();
    expect((await all(model.write({ length: 5 }))).length).toBe(5);
    for await (const _ of model.write()) break;
    await model.evaluate(RHYME);
    expect(backend.liveArrays()).toBe(kept);
    const writing = model.write();
    await writing.next();
    const running = writing.next();
    model.release();
    model.release();
    await expect(running).rejects.toMatchObject({ name: "ReleasedError" });
    expect(backend.liveArrays()).toBe(0);
    expect(() => model.write()).toThrow("write: this model was released. Load it again.");
    await expect(model.evaluate("row")).rejects.toThrow("evaluate: this model was released.");
    if (!Symbol.dispose) return;
    {
      using other = await load();
      expect(other.tokens.size).toBe(24);
    }
    expect(backend.liveArrays()).toBe(0);
  });

  test("stops where the signal is aborted, while it reads a long prime too", async () => {
    const model = await load();
    const abort = new AbortController();
    let text = "";
    const write = async () => {
      for await (const piece of model.write({ signal: abort.signal })) {
        text += piece;
        if (text.length === 3) abort.abort(new Error("enough"));
      }
    };
    await expect(write()).rejects.toThrow("enough");
    expect(text.length).toBe(3);
    const signal = AbortSignal.abort(new Error("no more"));
    await expect(all(model.write({ prime: RHYME.repeat(1000), length: 1, signal }))).rejects.toThrow("no more");
    await expect(model.evaluate(RHYME, { signal })).rejects.toThrow("no more");
    model.release();
    expect(backend.liveArrays()).toBe(0);
  });

  test("refuses options that are none or out of range before it writes", async () => {
    const model = await load();
    expect(() => model.write({ prime: "" })).toThrow("the prime has nothing to read: give at least one character");
    expect(() => model.write({ prime: "鯨" })).toThrow(/^write: the prime: "鯨" \(U\+9BE8\) at character 0/);
    expect(() => model.write({ topP: 2 })).toThrow(/topP/);
    expect(() => model.write({ greedy: true, topK: 2 })).toThrow("sampler: greedy always takes the likeliest");
    expect(() => model.write({ tempreature: 1 } as never)).toThrow(/tempreature/);
    await expect(all(model.write({ length: -1 }))).rejects.toThrow("length must be an integer ≥ 0");
    await expect(model.evaluate("a")).rejects.toMatchObject({ name: "DataError" });
    await expect(model.evaluate(RHYME, { batch: 0 })).rejects.toThrow("evaluate: batch must be a whole number from 1");
    const twice = model.write({ length: 1 });
    await all(twice);
    await expect(all(twice)).rejects.toThrow("a text is written once");
    model.release();
  });
});

describe("a file that is not a language model's", () => {
  test.each([
    [
      "another task's",
      { task: "translation", loader: "loadTranslator of @throughtime/seq2seq" },
      /^model file: it is a model of the task "translation", not a language model, which is what loadLanguageModel opens\. loadTranslator of @throughtime\/seq2seq opens it\.$/,
    ],
    [
      "of a newer version",
      { format: 99, writer: "throughtime 9.0.0" },
      /written by throughtime 9\.0\.0, whose model files are of format 99/,
    ],
    ["with another cell", { model: { cell: "tcn" } }, /model\.cell is "tcn"; expected one of gru, lstm, rnn/],
    [
      "of a larger model than it holds",
      { model: { hiddenSize: 1e9 } },
      /describes a model of [\d,]+ parameters, but holds 824/,
    ],
    ["with a dropout that is none", { model: { dropout: 5 } }, /dropout must be in \[0, 1\)/],
    ["with a field that is none of a model's", { model: { heads: 5 } }, /heads/],
    ["without data", { data: null }, /data\.name is undefined; expected a text/],
    ["without shares", { options: { validation: "5%" } }, /options\.validation is "5%"; expected a number/],
    ["without tokens", { tokens: null }, /does not say how its text is cut into tokens/],
    [
      "with another vocabulary",
      { tokens: { settings: { kind: "characters" }, vocabulary: { symbols: ["a", "b"] } } },
      /its vocabulary has 2 tokens and its model 24/,
    ],
    [
      "with a vocabulary that is none",
      { tokens: { settings: { kind: "words", case: "mixed" }, vocabulary: 7 } },
      /^model file: its vocabulary cannot be read: the JSON is the number 7; expected \{ tokens: string\[\] \}\.$/,
    ],
    [
      "with characters that are none",
      { tokens: { settings: { kind: "characters" }, vocabulary: { symbols: ["ab"] } } },
      /^model file: its vocabulary cannot be read: symbol 0 must be one code point, received "ab"\.$/,
    ],
    [
      "with merges that are none",
      { tokens: { settings: { kind: "bpe", case: "mixed" }, vocabulary: { tokens: ["a"] } } },
      /^model file: its tokenizer cannot be read: bpe has no merges\.$/,
    ],
  ])("is refused: %s", async (_, change, message) => {
    const file = await described((own) =>
      Object.fromEntries(
        Object.entries({ ...own, ...change }).map(([name, value]) => [
          name,
          name === "model" ? { ...(own.model as object), ...(value as object) } : value,
        ]),
      ),
    );
    const error = await load(file).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: "CheckpointError", message: expect.stringMatching(message) });
    expect(backend.liveArrays()).toBe(0);
  });

  test("is refused where its tensors are of other shapes, other types or other names", async () => {
    const checkpoint = await decodeCheckpoint(bytes);
    type Params = { embedding: { table: NdArray }; cell: { W: NdArray }[]; output: { W: NdArray; b: NdArray } };
    const params = checkpoint.params as Params;
    const refused = async (changed: unknown) => {
      const file = await encodeCheckpoint({ ...checkpoint, params: changed as never });
      const error = await load(file).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ name: "CheckpointError", message: expect.stringMatching(/are no model: ./) });
      expect(backend.liveArrays()).toBe(0);
    };
    const { W } = params.output;
    await refused({ ...params, output: { ...params.output, W: { ...W, shape: [...W.shape].reverse() } } });
    await refused({
      ...params,
      output: { ...params.output, W: { ...W, data: Int32Array.from(W.data), dtype: "i32" } },
    });
    await refused({ ...params, output: { V: W, b: params.output.b } });
  });

  test("is named", async () => {
    await expect(loadLanguageModel(bytes.subarray(0, 99), { backend, name: "a.safetensors" })).rejects.toThrow(
      /^a\.safetensors: /,
    );
    await expect(load(new TextEncoder().encode("<!doctype html>"))).rejects.toThrow(/HTML page/);
    await expect(load("best.safetensors" as never)).rejects.toThrow("a model file is opened from its bytes");
  });
});

test("a file of an earlier version opens", async () => {
  const file = await described(({ model, data, tokens }) => ({
    ...{ task: "language-model", model, data, tokens },
    training: { batch: 2, time: 16, steps: 20, epochs: null, validation: 0.05, test: 0.05, seed: 1 },
  }));
  const model = await load(file);
  const now = await load();
  expect(await all(model.write({ length: 20 }))).toBe(await all(now.write({ length: 20 })));
  expect((await opened(file)).description.shares).toEqual({ validation: 0.05, test: 0.05 });
  model.release();
  now.release();
});
