import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { reference } from "@throughtime/backend-reference";
import { decodeSafetensors } from "@throughtime/interop";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { translationTable } from "../src/commands/translate.js";
import { type CorpusOptions, pairsOf, readCorpus, writeCorpus } from "../src/translate/corpus.js";
import { translatorOf } from "../src/translate/network.js";
import { pathsOf } from "../src/translate/paths.js";
import { initialParams, networkOptions, RECIPES } from "../src/translate/recipe.js";
import { scoresOf } from "../src/translate/scores.js";
import { openTranslatorTraining } from "../src/translate/training.js";
import type { TranslationTask } from "../src/translate/training-protocol.js";

let folder: string;
let options: CorpusOptions;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughtime-bench-test-"));
  options = { data: folder, source: "de", target: "en", test: "test" };
  const lines = {
    "train.de": "Ein Hund.\nEin Mann.\nEin Hund rennt.\nEin Mann rennt.\n",
    "train.en": "A dog.\nA man.\nA dog runs.\nA man runs.\n",
    "val.de": "Ein Hund rennt.\n",
    "val.en": "A dog runs.\n",
    "test.en": "A MAN runs.\nA cat.\n",
  };
  for (const [name, text] of Object.entries(lines)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, "test.de.gz"), gzipSync("Ein Mann rennt.\nEine Katze.\n"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function taskIn(name: string): Promise<TranslationTask> {
  const recipe = { ...RECIPES.tutorial, learningRate: 0.02, tokens: 24 };
  const corpus = await readCorpus(options);
  const sizes = { Vs: corpus.sourceVocabulary.size, Vt: corpus.targetVocabulary.size, E: 6, H: 8 };
  // Without attention there is less to compile.
  const attention = "none";
  const params = initialParams(translatorOf({ ...sizes, ...networkOptions(recipe), attention }), recipe, 1);
  const own = join(folder, name);
  mkdirSync(own);
  const file = writeCorpus(join(folder, "out"), corpus, pathsOf("params", params));
  return { ...recipe, attention, epochs: 2, seed: 1, corpus: file, folder: own };
}

describe("a corpus", () => {
  test("is read from plain and gzipped files, lower-cased, with words that are there twice", async () => {
    const corpus = await readCorpus(options);
    expect(corpus.sourceVocabulary.tokens.slice(4).sort()).toEqual(["ein", "hund", "mann", "rennt", "￭."]);
    expect(corpus.references).toEqual(["a man runs.", "a cat."]);
    const [man, cat] = corpus.parts.test.map(({ target }) => corpus.decode(Array.from(target)));
    expect([man, cat]).toEqual(["a man runs.", "a <unk>."]);
  });

  test("comes back from the file that all peers read", async () => {
    const corpus = await readCorpus(options);
    const { tensors } = decodeSafetensors(readFileSync(writeCorpus(join(folder, "out"), corpus, {})));
    for (const part of ["train", "val", "test"] as const) expect(pairsOf(part, tensors)).toEqual(corpus.parts[part]);
  });
});

describe("a translator's training by epochs", () => {
  test("one that was left after an epoch goes on as if it had not been, and translates the same", async () => {
    const whole = await openTranslatorTraining(reference(), await taskIn("whole"));
    const [first, second] = [await whole.epoch(() => {}), await whole.epoch(() => {})];
    expect(second.validation).toBeLessThan(first.validation);

    const task = await taskIn("parts");
    const begun = await openTranslatorTraining(reference(), task);
    expect((await begun.epoch(() => {})).trainLoss).toBe(first.trainLoss);
    await begun.leave();
    const resumed = await openTranslatorTraining(reference(), task);
    expect(resumed.epochs).toBe(1);
    expect((await resumed.epoch(() => {})).validation).toBe(second.validation);
    const { hypotheses } = await resumed.translate(2, 5);
    expect(hypotheses).toEqual((await whole.translate(2, 5)).hypotheses);
    expect(hypotheses).toHaveLength(2);
  }, 120_000);
});

describe("scores", () => {
  const references = ["a man runs fast today", "a dog sleeps on the grass"];

  test("do not mind case, and stand by the source's length", () => {
    const { bleu, groups, signature } = scoresOf(["A man runs fast today", "something else"], references, [5, 30]);
    expect(bleu).toBeGreaterThan(0);
    expect(groups.map(({ words, sentences }) => [words, sentences])).toEqual([
      ["1–8", 1],
      ["9–10", 0],
      ["11–12", 0],
      ["13–15", 0],
      ["16–20", 0],
      ["21–", 1],
    ]);
    expect(groups[0]?.bleu).toBeCloseTo(100);
    expect(groups[5]?.bleu).toBe(0);
    expect(signature).toContain("case:lc");
  });

  test("of peers stand side by side, and one that was not measured says why", () => {
    const epoch = { epoch: 1, trainLoss: 3, validation: 2.5, seconds: 60, validationSeconds: 1 };
    const ours = {
      ...{ peer: "ort", device: "here", epochs: [epoch], perMinute: 800 },
      scores: scoresOf(references, references, [5, 30]),
    };
    const table = translationTable([ours, { peer: "pytorch", notMeasured: "no interpreter" }]);
    expect(table).toMatch(/ort +100\.00 +1 +2\.5000 +60 +800/);
    expect(table).toMatch(/pytorch +not measured: no interpreter/);
    expect(table).toMatch(/21– +1 +100\.00/);
  });
});
