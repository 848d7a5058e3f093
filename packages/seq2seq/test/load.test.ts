import { readFileSync } from "node:fs";
import { cpu } from "@throughtime/backend-cpu";
import { reference } from "@throughtime/backend-reference";
import { loadTranslator, type TranslateTextOptions, type Translation } from "@throughtime/seq2seq";
import { openFile, packModel } from "@throughtime/task";
import { decodeCheckpoint, encodeCheckpoint } from "@throughtime/train";
import { beforeAll, describe, expect, test } from "vitest";
import { PAIRS, trained } from "./training.js";

const backend = await cpu();
const sentences = PAIRS.slice(0, 40);
const sources = sentences.map(([source]) => source);
let bytes: Uint8Array;

beforeAll(async () => {
  const { last } = await trained({ steps: 250, hidden: 32, learningRate: 0.02, validation: 0 }, { backend });
  bytes = last;
}, 120_000);

async function translated(
  texts: Iterable<string> | AsyncIterable<string>,
  options: TranslateTextOptions = {},
  file: Uint8Array | ArrayBuffer | Blob = bytes,
): Promise<Translation[]> {
  const translator = await loadTranslator(file, { backend });
  try {
    const all: Translation[] = [];
    for await (const translation of translator.translate(texts, options)) all.push(translation);
    return all;
  } finally {
    translator.release();
  }
}
const textsOf = (translations: readonly Translation[]) => translations.map(({ text }) => text);

describe("loadTranslator", () => {
  test("translates in the order of the texts, whatever their lengths and the batch", async () => {
    const found = await translated(sources, { batch: 7 });
    const right = found.filter(({ text }, i) => text === sentences[i]?.[1]).length;
    expect(found).toHaveLength(40);
    expect(right).toBeGreaterThan(30);
    expect(textsOf(await translated(sources, { batch: 1 }))).toEqual(textsOf(found));
  });

  test("opens a Uint8Array that stands somewhere in its buffer, an ArrayBuffer and a Blob alike", async () => {
    const shifted = new Uint8Array(bytes.length + 5);
    shifted.set(bytes, 5);
    const buffer = bytes.slice().buffer;
    const expected = textsOf(await translated(sources.slice(0, 3)));
    for (const file of [shifted.subarray(5), buffer, new Blob([buffer])]) {
      expect(textsOf(await translated(sources.slice(0, 3), {}, file))).toEqual(expected);
    }
  });

  test("opens a packed model, which is a third of the size, and one of f16, a sixth", async () => {
    const found = await translated(sources);
    const saved = await openFile(bytes);
    const [f32, f16] = [await packModel(saved), await packModel(saved, { dtype: "f16" })];
    expect(await translated(sources, {}, f32.bytes)).toEqual(found);
    const half = await translated(sources, {}, f16.bytes);
    expect(half.filter(({ text }, i) => text === found[i]?.text).length).toBeGreaterThan(35);
    expect(bytes.length / f32.bytes.length).toBeGreaterThan(2);
  });

  test("says where it attended to, and translates alike on another backend", async () => {
    const [found] = await translated(["one two three"]);
    expect(found?.sourceTokens).toEqual(["one", "two", "three"]);
    expect(found?.targetTokens).toEqual(["drei", "zwei", "eins"]);
    const attention = found?.attention ?? [];
    expect(attention).toHaveLength(4);
    for (const row of attention) expect(Array.from(row).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    // The first word of the target is the last one's.
    expect(attention[0]?.[2]).toBeGreaterThan(0.5);
    const slow = await loadTranslator(bytes, { backend: reference() });
    for await (const { text, score } of slow.translate(["one two three"])) {
      expect(text).toBe("drei zwei eins");
      expect(score).toBeCloseTo(found?.score as number, 4);
    }
  });

  test("gives the n best, the best first", async () => {
    const [found] = await translated(["one two three four"], { beam: 4, nBest: 3 });
    const scores = [found as Translation, ...(found?.alternatives ?? [])].map(({ score }) => score);
    expect(scores).toHaveLength(3);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect((await translated(["one"], { beam: 4 }))[0]?.alternatives).toEqual([]);
  });

  test("has an empty translation for a text without tokens, and for one that is too long, and says which it is", async () => {
    const texts = ["", "one two three four five", " \n", "one two"];
    const found = await translated(texts, { longest: 4 });
    expect(found.map(({ text, tooLong, sourceTokens }) => [text === "", tooLong, sourceTokens.length])).toEqual([
      [true, false, 0],
      [true, true, 5],
      [true, false, 0],
      [false, false, 2],
    ]);
  });

  test("replaces an unknown word by the source's, unless it is told not to", async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `Zürich${i} one two`);
    const replaced = textsOf(await translated(texts, { beam: 1 })).join("\n");
    expect(replaced).not.toContain("<unk>");
    const kept = await translated(texts, { beam: 1, unknown: "keep" });
    expect(textsOf(kept).every((text, i) => text === replaced.split("\n")[i] || text.includes("<unk>"))).toBe(true);
  });

  test("translates what is there before more texts come", async () => {
    const seen: string[] = [];
    async function* slowly() {
      yield "one two three";
      while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      yield "three two one";
    }
    const translator = await loadTranslator(bytes, { backend });
    for await (const { text } of translator.translate(slowly())) seen.push(text);
    translator.release();
    expect(seen).toEqual(["drei zwei eins", "eins zwei drei"]);
  });

  test("gives what came before an error, and then throws it", async () => {
    async function* failing() {
      yield "one two three";
      throw new Error("the wire is cut");
    }
    const seen: string[] = [];
    const translator = await loadTranslator(bytes, { backend });
    const all = async () => {
      for await (const { text } of translator.translate(failing())) seen.push(text);
    };
    await expect(all()).rejects.toThrow("the wire is cut");
    translator.release();
    expect(seen).toEqual(["drei zwei eins"]);
  });

  test("stops when its signal is aborted, also while it waits for texts, and lets go of them", async () => {
    const stop = new AbortController();
    let closed = false;
    const texts: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next() {
          setTimeout(() => stop.abort(new Error("enough")), 5);
          return new Promise<never>(() => {});
        },
        return: async () => {
          closed = true;
          return { done: true, value: undefined };
        },
      }),
    };
    await expect(translated(texts, { signal: stop.signal })).rejects.toThrow("enough");
    expect(closed).toBe(true);
    await expect(translated(["one"], { signal: AbortSignal.abort(new Error("no more")) })).rejects.toThrow("no more");
  });

  test("takes no text for many, and says which is none", async () => {
    const translator = await loadTranslator(bytes, { backend });
    expect(() => translator.translate("one two")).toThrow(
      'translate: the texts are the string "one two"; expected a list of texts, or another iterable of them. One text is [text].',
    );
    expect(() => translator.translate(undefined as never)).toThrow("translate: the texts are undefined");
    await expect(translated(["one", 2 as never])).rejects.toThrow(
      "translate: text 1 is the number 2; expected a string",
    );
    const [once] = [translator.translate(["one"])];
    for await (const _ of once);
    await expect(async () => {
      for await (const _ of once);
    }).rejects.toThrow("this was iterated over before");
    translator.release();
    expect(() => translator.translate(["one"])).toThrow("translate: this translator was released. Load it again.");
  });

  test("says what it learned, and asks for a backend", async () => {
    const { description, release } = await loadTranslator(bytes, { backend });
    release();
    expect(description).toMatchObject({ step: 250, data: { name: "pairs.tsv" }, model: { hiddenSize: 32 } });
    await expect(loadTranslator(bytes, {} as never)).rejects.toThrow("loadTranslator: the backend is undefined");
    await expect(loadTranslator(bytes, { backend, beam: 3 } as never)).rejects.toThrow('the options have "beam"');
  });

  test("frees what it put on the backend, by release or by using", async () => {
    const own = reference();
    const translator = await loadTranslator(bytes, { backend: own });
    expect(own.liveArrays()).toBeGreaterThan(5);
    for await (const { text, source } of translator.translate(["one two"], { beam: 2 })) {
      expect([text.split(" ").length, source]).toEqual([2, "one two"]);
    }
    translator.release();
    translator.release();
    expect(own.liveArrays()).toBe(0);
    const { dispose } = Symbol as { readonly dispose?: symbol };
    if (dispose) expect(typeof (translator as unknown as Record<symbol, unknown>)[dispose]).toBe("function");
  });

  test.each<[TranslateTextOptions, RegExp]>([
    [{ beam: 0 }, /translate: beam must be a whole number from 1, received 0/],
    [{ nBest: 6 }, /translate: nBest 6 is more than a beam of 5 finds/],
    [{ batch: 1.5 }, /translate: batch must be/],
    [{ lengthPenalty: -1 }, /alpha|length/],
    [{ beams: 3 } as TranslateTextOptions, /beams/],
    [{ unknown: "drop" } as unknown as TranslateTextOptions, /unknown/],
  ])("refuses %o", async (options, message) => {
    await expect(translated(["one"], options)).rejects.toThrow(message);
  });
});

describe("a file that is no translator's", () => {
  test("says what it is, and which loader opens it", async () => {
    const checkpoint = await decodeCheckpoint(bytes);
    const description = {
      ...(checkpoint.description as object),
      task: "language-model",
      loader: "loadLanguageModel of @throughtime/language-model",
    };
    const other = await encodeCheckpoint({ ...checkpoint, description });
    await expect(loadTranslator(other, { backend, name: "lm.safetensors" })).rejects.toThrow(
      'lm.safetensors: it is a model of the task "language-model", not a translator, which is what loadTranslator opens. loadLanguageModel of @throughtime/language-model opens it.',
    );
    const newer = await encodeCheckpoint({
      ...checkpoint,
      description: { ...description, format: 99, writer: "throughtime 9.0.0" },
    });
    await expect(loadTranslator(newer, { backend })).rejects.toThrow(
      "model file: it was written by throughtime 9.0.0, whose model files are of format 99",
    );
  });

  test("cut, or with a byte that is another, is refused", async () => {
    await expect(loadTranslator(bytes.subarray(0, bytes.length - 10), { backend })).rejects.toThrow(/bytes/);
    const changed = bytes.slice();
    changed[bytes.length - 3] = (changed[bytes.length - 3] as number) ^ 1;
    await expect(loadTranslator(changed, { backend })).rejects.toThrow(/digest|SHA-256|damaged/);
    await expect(loadTranslator(new TextEncoder().encode("<!doctype html>"), { backend })).rejects.toThrow("HTML");
    await expect(loadTranslator("out/best.safetensors" as never, { backend })).rejects.toThrow(/from its bytes/);
  });

  type Path = readonly string[];
  const BIG = "x".repeat(10_000);
  test.each<[Path, unknown, RegExp]>([
    [["model"], null, /model\.cell is undefined; expected one of gru, lstm, rnn/],
    [["model", "cell"], "transformer", /model\.cell is "transformer"/],
    [["model", "cell"], BIG, /model\.cell is "xxx.{0,200}expected one of/],
    [["model", "hiddenSize"], 1e9, /it describes a model of about [\d,]+ parameters, but holds/],
    [["model", "layers"], 1e15, /it describes a model of about/],
    [["model", "hiddenSize"], -1, /hiddenSize is -1; expected a whole number from 1/],
    [["model", "dropout"], null, /model\.dropout is null; expected a number/],
    [["model", "masks"], "sometimes", /model\.masks/],
    [
      ["model", "attention"],
      "dot",
      /its model cannot be read: a query of size 32 has no product with a memory of size 64/,
    ],
    [["model", "sourceVocabularySize"], 11, /its source vocabulary has 10 tokens and its model 11/],
    [["source"], null, /source\.tokens\.kind is undefined/],
    [["source", "tokens"], { kind: "morse" }, /its source cannot be read: .*"morse"/],
    [["source", "tokens"], { kind: "bpe", case: "mixed", merges: [["a"]] }, /its source cannot be read: merge 0 /],
    [["source", "tokens"], { kind: "words", case: 7 }, /its source cannot be read/],
    [["target", "vocabulary"], { tokens: 7 }, /its target cannot be read/],
    [["target", "vocabulary", "tokens"], ["eins", "eins", "a", "b", "c", "d"], /its target cannot be read: .*twice/],
    [["data"], 7, /data\.name is undefined/],
    [["data", "leftOut"], undefined, /data\.leftOut\.blank is undefined/],
    [["data", "task"], { name: "../../etc/passwd" }, /data\.task\.name is/],
    [["data", "task"], { name: "emoji-names", from: 1, to: "de" }, /data\.task\.from is 1; expected a text/],
    [["options", "batch"], "many", /options\.batch is "many"/],
    [["options"], 7, /options\.batch is undefined/],
  ])("whose %s is not what it must be is refused (%#)", async (path, value, message) => {
    const checkpoint = await decodeCheckpoint(bytes);
    const description = structuredClone(checkpoint.description) as Record<string, unknown>;
    const last = path.at(-1) as string;
    const at = path.slice(0, -1).reduce((node, name) => node[name] as Record<string, unknown>, description);
    if (value === undefined) delete at[last];
    else at[last] = value;
    const file = await encodeCheckpoint({ ...checkpoint, description: description as never });
    const loaded = loadTranslator(file, { backend, name: "bad.safetensors" });
    await expect(loaded).rejects.toMatchObject({ name: "CheckpointError", message: expect.stringMatching(message) });
    await expect(loaded).rejects.toMatchObject({ message: expect.stringMatching(/^bad\.safetensors: .{1,500}$/s) });
  });
});

test("a file that an earlier version wrote still translates as it did", async () => {
  const file = readFileSync(new URL("earlier/translator.safetensors", import.meta.url));
  const found = await translated(["one two three", "six five"], {}, file);
  expect(textsOf(found)).toEqual(["sechs fünf drei", "fünf"]);
  expect(found[0]?.score).toBeCloseTo(-1.5837519367535908, 4);
});
