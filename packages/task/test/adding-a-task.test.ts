import { reference } from "@throughtime/backend-reference";
import { memoryFiles, type Said } from "@throughtime/task";
import { decodeCheckpoint, encodeCheckpoint, type Json, memoryStore } from "@throughtime/train";
import { beforeAll, expect, test } from "vitest";
import { type DocumentedTask, documentedTask, SENTENCES } from "./support/documented.js";
import { openModel, type Trained, textOf, trained, used } from "./support/training.js";

const OPTIONS = { data: "sentences.tsv", hidden: 16, embedding: 8, batch: 16, learningRate: 0.02 };
const files = memoryFiles({
  "sentences.tsv": SENTENCES,
  "others.tsv": "en\tmy child wants my dog\nde\tein Mann sieht ein Haus\n",
  "numbers.tsv": "one\t1\ntwo\t2\n",
  "-": "mein Vogel findet mein Haus\nle cheval\n\n",
});

let page: DocumentedTask;
let whole: Trained;
beforeAll(async () => {
  page = await documentedTask();
  whole = await trained(page.classifyTask, { ...OPTIONS, steps: 60 }, { files });
}, 60_000);

test("it learns, and says of texts that it did not see which label they have", async () => {
  const { classifyTask } = page;
  const [first, last] = [whole.reports[0], whole.reports.at(-1)];
  expect(last?.loss).toBeLessThan((first?.loss as number) / 4);
  const saved = await openModel(classifyTask, await whole.last());
  const [said] = await used(classifyTask.evaluate, saved, { data: "sentences.tsv" }, { files });
  const { accuracy, texts } = (said as Said).json as { accuracy: number; texts: number };
  expect(accuracy).toBeGreaterThan(0.95);
  // A tenth of 432, by their hashes.
  expect(texts).toBeGreaterThan(25);
  expect(texts).toBeLessThan(65);
  expect(textOf(await used(classifyTask.evaluate, saved, { data: "others.tsv" }, { files }))).toMatch(/% of 2 texts/);
});

test("lines of standard input are labelled as they come, and in a program by the loader", async () => {
  const { classifyTask, loadClassifier } = page;
  const bytes = await whole.last();
  const [use] = classifyTask.uses;
  if (!use) throw new Error("the task has no use.");
  const saved = await openModel(classifyTask, bytes);
  const said = await used(use, saved, {}, { files });
  expect(textOf(said)).toMatch(
    /^de\t0\.\d{3}\tmein Vogel findet mein Haus\nfr\t0\.\d{3}\tle cheval\n\w\w\t0\.\d{3}\t\n$/,
  );
  const classifier = await loadClassifier(bytes, { backend: reference() });
  for (const { json } of said) {
    const { text, labels } = json as { text: string; labels: { label: string; probability: number }[] };
    const [best] = await classifier.classify(text);
    expect(best?.label).toBe(labels[0]?.label);
    expect(best?.probability).toBeCloseTo(labels[0]?.probability as number, 5);
    expect(labels.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
  }
  classifier.release();
  expect(textOf(await used(use, saved, {}, { files, inputs: ["others.tsv"] })).split("\n")).toHaveLength(3);
});

test("a training that was stopped goes on to the very bytes of an unbroken one", async () => {
  const { classifyTask } = page;
  const options = { ...OPTIONS, steps: 30, validateEvery: 10 };
  const unbroken = await trained(classifyTask, options, { files });
  const store = memoryStore();
  const stop = new AbortController();
  const onReport = ({ step }: { step: number }) => step === 12 && stop.abort();
  const { reports } = await trained(classifyTask, options, { files, store, onReport, signal: stop.signal });
  expect(reports.at(-1)?.step).toBeLessThan(30);
  const { last } = await trained(classifyTask, { data: "sentences.tsv" }, { files, store });
  expect(await last()).toEqual(await unbroken.last());

  const other = trained(classifyTask, { data: "others.tsv" }, { files, store });
  await expect(other).rejects.toThrow("resume: this training learned other texts than those of others.tsv.");
  const wider = trained(classifyTask, { data: "sentences.tsv", hidden: 32 }, { files, store });
  await expect(wider).rejects.toThrow(
    "--hidden 32: the training in memory has 16, and --resume goes on with its settings.",
  );
});

test("what is wrong with data is said before anything is trained", async () => {
  const { classifyTask } = page;
  const wrong = (given: Readonly<Record<string, unknown>>) =>
    trained(classifyTask, { ...OPTIONS, ...given }, { files });
  await expect(wrong({ data: undefined })).rejects.toThrow("--data FILE is needed");
  await expect(wrong({ data: "-" })).rejects.toThrow("line 1 of standard input has no tab");
  await expect(wrong({ data: "others.tsv", test: 0.9, validation: 0.09 })).rejects.toThrow("no text to train on");
  const saved = await openModel(classifyTask, await whole.last());
  const numbers = used(classifyTask.evaluate, saved, { data: "numbers.tsv" }, { files });
  await expect(numbers).rejects.toThrow('"one" is none of the model\'s labels: de, en, fr.');
});

test("a file whose description is hostile is refused, with what is wrong in it", async () => {
  const { classifyTask } = page;
  const checkpoint = await decodeCheckpoint(await whole.last());
  const description = checkpoint.description as Record<string, Json>;
  const reading = async (change: Record<string, Json>) =>
    openModel(classifyTask, await encodeCheckpoint({ ...checkpoint, description: { ...description, ...change } }));
  for (const [change, message] of [
    [{ model: { embedding: 8, hidden: 1e9 } }, "it describes a model of 3,000,"],
    [{ model: { embedding: 8, hidden: -1 } }, "model.hidden is -1; expected a whole number from 1"],
    [{ labels: ["de", 7] }, "description.labels is"],
    [
      { characters: { symbols: ["ab"] } },
      'its characters cannot be read: symbol 0 must be one code point, received "ab".',
    ],
    [{ options: {} }, "options.validation is undefined"],
    [{ data: null }, "data.sha256 is undefined"],
    [{ task: "language-model", loader: "loadLanguageModel of it" }, "loadLanguageModel of it opens it."],
  ] as [Record<string, Json>, string][]) {
    await expect(reading(change)).rejects.toThrow(message);
    await expect(reading(change)).rejects.toThrow(/^model\.safetensors: /);
  }
});
