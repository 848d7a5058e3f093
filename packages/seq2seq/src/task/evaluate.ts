import { DataError } from "@throughtime/core";
import { perplexity } from "@throughtime/metrics";
import {
  dataNeeded,
  ENCODING,
  evaluatedPart,
  type Files,
  type OptionValues,
  options,
  partError,
  partOption,
  type Said,
  type SavedModel,
  textHash,
  type Use,
  type UseContext,
} from "@throughtime/task";
import { evaluate } from "@throughtime/train";
import type { TranslatorDescription } from "../translation/description.js";
import { textTranslator } from "../translation/text-translator.js";
import { batchesOf, count, leftOutText, measurable, notePair } from "./corpus.js";
import { datasetPairs } from "./datasets/dataset.js";
import { bleuTokenizer } from "./options.js";
import { type PartedPair, pairsOf, partOf } from "./pairs.js";
import { scorePairs, scoreText, signatureText } from "./scores.js";

const OPTIONS = options({
  data: { type: "string", format: "path", placeholder: "file", description: "source, tab, target on each line" },
  source: {
    type: "string",
    format: "path",
    placeholder: "file",
    description: "instead: a file with a sentence on each line",
  },
  target: { type: "string", format: "path", placeholder: "file", description: "and its translation on the same line" },
  encoding: ENCODING,
  ...partOption("pairs"),
  beam: { type: "integer", minimum: 1, default: 5, placeholder: "n", description: "beam size" },
  bleuTokenizer,
  examples: {
    ...{ type: "integer", minimum: 0, default: 0, placeholder: "n" },
    description: "translations to show, the first ones",
  },
});

type Values = OptionValues<typeof OPTIONS>;
type Saved = SavedModel<TranslatorDescription>;

/** Tokens of a sentence that is measured, at most. */
const LONGEST = 1000;

/** Measures a translator: BLEU, chrF and exact matches of what it says, and how likely it finds the right words. */
async function* run(saved: Saved, values: Values, { files, backend: open, signal }: UseContext): AsyncGenerator<Said> {
  const { checkpoint, description, path } = saved;
  const { network: model, source, target, training } = description;
  const { name, part, read } = await measured(saved, values, files);
  const { found, leftOut } = measurable(read, Infinity, source, target);
  if (found.length === 0) throw new DataError(`eval: every pair in the ${part} part of ${name} has a blank side.`);
  const [pairs, ids] = [found.map(({ pair }) => pair), found.map((one) => one.ids)];
  const backend = await open();
  const translator = await textTranslator(backend, { model, source, target }, checkpoint.params);
  try {
    const how = { beam: values.beam, longest: LONGEST, signal };
    const { scores, hypotheses, references } = await scorePairs(translator, pairs, target, how, values.bleuTokenizer);
    const { loss: nats } = await evaluate({
      ...{ backend, params: checkpoint.params, dims: model.dims, loss: model.evaluation },
      source: batchesOf(() => ids, training, source, target, { maxLength: LONGEST, epochs: 1 }),
    });
    const tooLong = ids.filter(({ source: { length } }) => length > LONGEST).length;
    const examples = pairs.slice(0, values.examples).map((pair, i) => ({ ...pair, said: hypotheses[i] as string }));
    const what = part === "all" ? "all" : `the ${part} part`;
    const shown = examples.map(({ source: text, said }, i) => {
      const right = references[i] as string;
      return said === right ? `  ${text} → ${said}` : `  ${text} → ${said}  (right: ${right})`;
    });
    const lines = [
      `${path}, step ${count(checkpoint.step)}, on ${what} of ${name}, beam ${values.beam}:`,
      `${scoreText(scores)}; perplexity ${perplexity(nats).toFixed(2)}`,
      signatureText(scores, values.bleuTokenizer),
      ...(leftOut.blank > 0 ? [leftOutText(leftOut, LONGEST)] : []),
      ...(tooLong > 0
        ? [
            `${count(tooLong)} of the sources have more than ${count(LONGEST)} tokens; their translations are left empty`,
          ]
        : []),
      ...shown,
    ];
    yield {
      text: lines.map((line) => `${line}\n`).join(""),
      json: {
        ...{ checkpoint: path, step: checkpoint.step, data: name, part },
        ...{ ...scores, nats, perplexity: perplexity(nats), beam: values.beam },
        ...{ blank: leftOut.blank, tooLong, examples },
      },
    };
  } finally {
    translator.release();
  }
}

/** The pairs to measure on: of files, or of the data set that was learned. */
async function measured({ description, path }: Saved, values: Values, files: Files) {
  const { data, training } = description;
  const learner = { path, learned: data.name, noun: "pairs" };
  const given = pairsOf(files, values);
  if (!given && !data.task) {
    throw dataNeeded(learner, "--source FILE --target FILE, or --data FILE.tsv");
  }
  const pairs = given ?? (await datasetPairs(data.task as NonNullable<typeof data.task>, files));
  const hash = textHash();
  const all: PartedPair[] = [];
  for await (const pair of pairs.read({ once: true })) {
    notePair(hash, pair);
    all.push(pair);
  }
  const own = !given || hash.digest() === data.sha256;
  const part = evaluatedPart(learner, { data: pairs.name, own, part: values.part });
  const read = part === "all" ? all : all.filter((pair) => partOf(pair, training) === part);
  if (read.length > 0) return { name: pairs.name, part, read };
  throw partError(part, { data: pairs.name, has: "no pairs", noun: "pairs", shares: training });
}

export const evaluateUse: Use<TranslatorDescription, typeof OPTIONS> = {
  name: "eval",
  summary: "measure how well a model translates",
  description:
    "Measures a translator: BLEU, chrF, exact matches and perplexity. The pairs of its training are split as they were in the training.",
  options: OPTIONS,
  examples: [
    ["throughtime eval out/translate --source test.de --target test.en", "a translator"],
    ["throughtime eval out/translate --part validation --examples 10", "with its first ten translations"],
  ],
  run,
};
