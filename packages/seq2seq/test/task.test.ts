import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { cpu } from "@throughtime/backend-cpu";
import { flattenTree, isNdArray } from "@throughtime/core";
import { memoryFiles } from "@throughtime/task";
import { decodeCheckpoint, memoryStore } from "@throughtime/train";
import { describe, expect, test } from "vitest";
import { translationTask } from "../src/task.js";
import { begun, PAIRS, SMALL, TSV, trained, type Values } from "./training.js";

const paramsOf = async (file: Uint8Array) => (await decodeCheckpoint(file)).params;
const backend = await cpu();

describe("training a translator", () => {
  test("learns, and says how well by loss and by BLEU of what it translates", async () => {
    const { prepared, started } = await begun(
      { data: "pairs.tsv", ...SMALL, hidden: 32, learningRate: 0.02, steps: 300, validateEvery: 150 },
      { backend },
    );
    expect(prepared.introduction.join("\n")).toMatch(
      /^pairs\.tsv: trains on \d+ pairs, validates on \d+, keeps 0 for eval; vocabularies of 10 and 10; \d+\.\d % of a batch is padding\nbidirectional encoder, gru, 1 layer of 32, embeddings of 8, additive attention, bahdanau's decoder$/,
    );
    const found: object[] = [];
    for await (const { validation } of started.training) if (validation) found.push(await started.validated());
    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({
      notes: [
        expect.stringMatching(/^BLEU \d/),
        expect.stringMatching(/\|tok:13a\|.*; each word the likeliest$/),
        ...Array(3).fill(expect.stringMatching(/ → /)),
      ],
    });
    const { fields, notes } = found[1] as { fields: { scores: { bleu: number } }; notes: string[] };
    expect(fields).toMatchObject({
      examples: Array(3).fill({ input: expect.any(String), output: expect.any(String), expected: expect.any(String) }),
      sections: [{ kind: "svg", title: "Attention", pictures: Array(3).fill({ svg: expect.stringMatching(/^<svg/) }) }],
    });
    expect(fields.scores.bleu).toBeGreaterThan(60);
    // How BLEU is computed is said once.
    expect(notes).toHaveLength(4);
  });

  test("writes what it is trained with, and what the model is built from", async () => {
    const { last } = await trained({ steps: 2, test: 0.1, encoding: "utf-8" });
    const { description } = await decodeCheckpoint(last);
    expect(description).toMatchObject({
      ...{
        task: "translation",
        format: 1,
        writer: "throughtime test",
        loader: "loadTranslator of @throughtime/seq2seq",
      },
      ...{ length: { steps: 2, epochs: null }, options: { ...SMALL, test: 0.1, tokens: "words", learningRate: 1e-3 } },
      model: { cell: "gru", hiddenSize: 16, embeddingSize: 8, sourceVocabularySize: 10 },
      data: { name: "pairs.tsv", task: null, leftOut: { blank: 0, tooLong: 0 } },
      source: { tokens: { kind: "words", case: "mixed" }, vocabulary: { tokens: expect.arrayContaining(["one"]) } },
    });
    // Where data stand and what is shown is not a matter of the model.
    expect(Object.keys((description as { options: object }).options)).not.toEqual(
      expect.arrayContaining(["data", "score", "encoding"]),
    );
  });

  test("reads two files, one of them gzipped and one with CRLF, as it reads one with tabs", async () => {
    const files = memoryFiles({
      "source.gz": gzipSync(PAIRS.map(([source]) => source).join("\n")),
      "target.txt": PAIRS.map(([, target]) => target).join("\r\n"),
    });
    const two = await trained({ data: undefined, source: "source.gz", target: "target.txt", steps: 2 }, { files });
    const one = await trained({ steps: 2 });
    expect(await paramsOf(two.last)).toEqual(await paramsOf(one.last));
  });

  test("that is stopped and goes on ends with the very bytes of an unbroken one", async () => {
    const given = { steps: 12, dropout: 0.2 };
    const whole = await trained(given);
    const [store, stop] = [memoryStore(), new AbortController()];
    await trained(given, { store, signal: stop.signal, onReport: ({ step }) => step === 5 && stop.abort() });
    expect((await decodeCheckpoint(await store.read("last.safetensors"))).step).toBeLessThan(12);
    const { last } = await trained({ steps: 12 }, { store, resume: true });
    expect(last).toEqual(whole.last);
  });

  test("goes on for longer, as if that had been asked for at first", async () => {
    const store = memoryStore();
    await trained({ epochs: 1, schedule: "constant" }, { store });
    const { last, started } = await trained({ epochs: 2 }, { store, resume: true });
    const whole = await trained({ epochs: 2, schedule: "constant" });
    expect([started.from, started.steps]).toEqual([started.steps / 2, whole.started.steps]);
    expect(await paramsOf(last)).toEqual(await paramsOf(whole.last));
  });

  test("comes to the weights that an earlier version came to", async () => {
    const earlier = (name: string) => readFileSync(new URL(`earlier/${name}`, import.meta.url));
    const files = memoryFiles({ "pairs.tsv": earlier("pairs.tsv") });
    const given = { hidden: 8, embedding: 4, batch: 16, steps: 150, learningRate: 0.03, test: 0.1 };
    const { best } = await trained(given, { files, backend });
    const [now, then] = [best as Uint8Array, earlier("translator.safetensors")];
    const leaves = async (file: Uint8Array) => flattenTree(await paramsOf(file), isNdArray).leaves;
    const [own, expected] = [await leaves(now), await leaves(then)];
    expect((await decodeCheckpoint(now)).step).toBe((await decodeCheckpoint(then)).step);
    expect(own.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
    own.forEach(({ data }, k) => {
      const other = expected[k]?.data ?? [];
      data.forEach((value, i) => {
        expect(Math.abs(value - (other[i] as number))).toBeLessThan(1e-3);
      });
    });
  });

  test("goes on only with the pairs that it learned", async () => {
    const store = memoryStore();
    await trained({ steps: 2 }, { store });
    const files = memoryFiles({ "pairs.tsv": `${TSV}\none\teins` });
    await expect(trained({ steps: 4 }, { store, files, resume: true })).rejects.toThrow(
      /resume: this training learns pairs\.tsv \(\d+ pairs, SHA-256 [0-9a-f]{12}…\), but pairs\.tsv has other pairs/,
    );
    await expect(trained({ steps: 4, hidden: 32 }, { store, resume: true })).rejects.toThrow(
      /--hidden 32: the training in out has 16, and --resume goes on with its settings/,
    );
  });

  test("validates on pairs of its own, in place of a share, and says so in the file", async () => {
    const files = memoryFiles({ "pairs.tsv": TSV, "valid.tsv": "one two\tzwei eins\none\t\n" });
    const given = { data: "pairs.tsv", validationData: "valid.tsv", hidden: 8, embedding: 4, steps: 1, score: 0 };
    const { prepared } = await begun(given, { files });
    expect(prepared.facts).toMatchObject({ validation: 1, data: { pairs: 400 } });
    expect(prepared.introduction[1]).toBe("1 validation pair left out: a side is blank");
    const store = memoryStore();
    const { last } = await trained({ ...given, validation: undefined }, { files, store });
    expect((await decodeCheckpoint(last)).description).toMatchObject({ options: { validation: 0 } });
    const again = await trained(
      { ...given, ...{ hidden: undefined }, steps: 2, validation: undefined },
      { files, store, resume: true },
    );
    expect(again.reports.at(-1)?.step).toBe(2);
  });

  test.each<Values>([
    { attention: "none", encoder: "backwards", cell: "lstm" },
    { attention: "general", decoder: "luong", cell: "lstm", layers: 2, dropout: 0.1 },
    { attention: "dot", encoder: "forwards", cell: "rnn", tied: "output", embedding: 16, readout: 16 },
    { attention: "concat", optimizer: "sgd", labelSmoothing: 0.1, dropoutMasks: "sequence", outputDropout: 0.2 },
    { attention: "scaled-dot", layers: 2, tokens: "bpe", merges: 20, case: "lower", batchTokens: 60 },
  ])("trains with %o", async (given) => {
    const { last, reports } = await trained({ steps: 2, validateEvery: 2, ...given }, { backend });
    expect(Number.isFinite(reports.at(-1)?.validation?.loss)).toBe(true);
    expect((await decodeCheckpoint(last)).step).toBe(2);
  });
});

describe("a data set that needs no file", () => {
  const emoji = (name: (i: number) => string) =>
    JSON.stringify(
      Array.from({ length: 60 }, (_, i) => ({
        hexcode: `1F${600 + i}`,
        label: name(i),
        skins: [{ hexcode: `1F${600 + i}-A`, label: `${name(i)}: dark` }],
      })),
    );
  const files = memoryFiles({
    "npm:emojibase-data/en/data.json": emoji((i) => `thing ${i}`),
    "npm:emojibase-data/de/data.json": emoji((i) => `Ding ${i}`),
  });
  const given = {
    data: undefined,
    validation: undefined,
    hidden: 8,
    embedding: 8,
    batch: 32,
    steps: 1,
    epochs: undefined,
  };

  test("has its preset, which what is given takes the place of", () => {
    const { preset, options } = translationTask.train;
    expect(preset?.({ task: "emoji-names" } as never)).toMatchObject({ tokens: "bpe", merges: 400, epochs: 20 });
    for (const task of options.task.enum) {
      expect(Object.keys(preset?.({ task } as never) ?? {}).filter((name) => !(name in options))).toEqual([]);
    }
    expect(preset?.({} as never)).toEqual({});
  });

  test("is learned, and gone on with without its name", async () => {
    const store = memoryStore();
    await trained({ ...given, task: "emoji-names", to: "de", hidden: 8 }, { files, store });
    const { started } = await trained(
      { ...given, hidden: undefined, embedding: undefined, batch: undefined, steps: 2 },
      { files, store, resume: true },
    );
    expect(started.description.data).toMatchObject({
      name: "emoji names, en → de",
      task: { name: "emoji-names", from: "en", to: "de" },
    });
    expect(started.steps).toBe(2);
  });

  test("says what is missing", async () => {
    await expect(begun({ task: "emoji-names" })).rejects.toThrow("--task emoji-names needs --to, one of bn, da");
    await expect(begun({ task: "emoji-names", to: "la" })).rejects.toThrow('no names in "la", only in bn');
    await expect(begun({ task: "emoji-names", to: "de" })).rejects.toThrow("npm install emojibase-data");
    await expect(begun({ task: "reverse", to: "de" })).rejects.toThrow(
      "--from and --to are the languages of --task emoji-names",
    );
    await expect(begun({ task: "reverse", data: "pairs.tsv" })).rejects.toThrow("--task reverse makes its own pairs");
    const broken = memoryFiles({ "npm:emojibase-data/en/data.json": "{}", "npm:emojibase-data/de/data.json": "[1]" });
    await expect(begun({ task: "emoji-names", to: "de" }, { files: broken })).rejects.toThrow("is no list of emoji");
  });
});

describe("what cannot be trained is refused", () => {
  test.each<[object, RegExp]>([
    [{ data: undefined }, /what is it to learn\? Give --source FILE and --target FILE/],
    [{ source: "pairs.tsv" }, /--data is one file with both sides; leave out --source and --target/],
    [{ data: undefined, source: "pairs.tsv" }, /--source needs --target/],
    [{ validationTarget: "pairs.tsv" }, /--validation-target needs --validation-source/],
    [{ data: undefined, source: "-", target: "-" }, /Standard input can be only one of the files/],
    [{ merges: 10 }, /--merges is for --tokens bpe; it does nothing for words/],
    [{ dropoutMasks: "sequence" }, /--dropout-masks does nothing without dropout/],
    [{ decoder: "luong", attention: "none" }, /--decoder says where attention stands/],
    [{ attention: "dot" }, /--attention dot multiplies the decoder's state \(16\) by the encoder's \(32/],
    [
      { tied: "output" },
      /--tied: the output is tied to embeddings of size 8, but what it reads has size 56. Give --readout 8/,
    ],
    [{ tied: "all", sourceTokens: "characters", readout: 8 }, /--tied all: one table for source and target/],
    [{ validation: 0, patience: 2 }, /--patience 2: there is no validation/],
    [{ maxLength: 1 }, /has no pair to train on\. \d+ pairs left out: a side has more than 1 tokens \(--max-length\)/],
  ])("%o", async (given, message) => {
    await expect(begun({ data: "pairs.tsv", ...SMALL, ...given })).rejects.toThrow(message);
  });

  test.each<[string, RegExp]>([
    ["", /bad\.tsv has no pairs to train on/],
    ["\tx\na\t\n\t\n", /bad\.tsv has no pair to train on\. 3 pairs left out: a side is blank\.$/],
    ["a\tx\nb\n", /line 2 of bad\.tsv has no tab/],
  ])("pairs such as %j", async (text, message) => {
    await expect(
      begun({ data: "bad.tsv", validation: 0 }, { files: memoryFiles({ "bad.tsv": text }) }),
    ).rejects.toThrow(message);
  });
});
