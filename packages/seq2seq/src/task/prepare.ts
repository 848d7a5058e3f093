import { DataError, foldIn, OptionError, printable } from "@throughtime/core";
import { perplexity } from "@throughtime/metrics";
import {
  keptTokens,
  keysOf,
  type PrepareContext,
  type Prepared,
  requireMeasurable,
  requireRead,
} from "@throughtime/task";
import { codecLearner, type LearnCodecOptions, type PairBatch, type TextCodec, textCodec } from "@throughtime/text";
import type {
  BatchLimits,
  DatasetSettings,
  Shares,
  TranslatorDescription,
  TranslatorJson,
} from "../translation/description.js";
import { networkSize } from "../translation/network.js";
import type { NetworkSettings } from "../translation/settings.js";
import { askedNetwork } from "./asked-network.js";
import { batchesOf, type Corpus, count, idPair, leftOutText, measurable, measure, survey } from "./corpus.js";
import { DATASETS, datasetOf, datasetOptions, datasetPairs } from "./datasets/dataset.js";
import type { TrainValues } from "./options.js";
import { type Pairs, pairsOf, partsOf } from "./pairs.js";
import { validating } from "./validate.js";

type Context = PrepareContext<TranslatorDescription>;
type Batch = PairBatch["batch"];

/** The pairs that a training reads. */
interface TrainingData {
  readonly pairs: Pairs;
  /** Pairs to validate on, where they are not a share of the others. */
  readonly validation?: Pairs | undefined;
  readonly dataset?: DatasetSettings | undefined;
}

/** What is known of a training's pairs when all were read. */
interface Read {
  readonly json: TranslatorJson;
  readonly source: TextCodec;
  readonly target: TextCodec;
  readonly corpus: Corpus;
}

/**
 * Reads the pairs, and says what is to be trained. Throws OptionError for options that do not go together, DataError for pairs that
 * cannot be learned from, or for others than a training that goes on has learned.
 */
export async function prepare(given: TrainValues, context: Context): Promise<Prepared<Batch>> {
  if (!context.earlier) requireUsed(given, context.isGiven);
  const data = await dataOf(given, context);
  // Pairs of their own to validate on take the place of a share of the others.
  const values = data.validation ? { ...given, validation: 0 } : given;
  const { json, source, target, corpus } = context.earlier
    ? await readAgain(data, context.earlier.description)
    : await readNew(data, values);
  const { maxLength } = values;
  const { found, leftOut } = measurable(corpus.validation, maxLength, source, target);
  if (found.length === 0 && corpus.validation.length > 0) {
    const why = leftOutText(leftOut, maxLength);
    throw new DataError(`train translate: there is no validation pair to measure on. ${why}.`, { ...leftOut });
  }
  const model = askedNetwork(json.model);
  const limits = limitsOf(values);
  return {
    description: json,
    options: { validation: values.validation, ...(data.dataset ? datasetOptions(data.dataset) : {}) },
    ...{ size: networkSize(json.model), sizeOptions: "--hidden, --embedding, --layers or --readout" },
    init: model.init,
    loss: model.loss,
    noise: model.noise,
    dims: model.dims,
    source: trainingBatches(data.pairs, values, source, target),
    stepsPerEpoch: json.data.stepsPerEpoch,
    ...(found.length > 0 && {
      validation: {
        source: batchesOf(() => found.map(({ ids }) => ids), limits, source, target, { maxLength, epochs: 1 }),
        loss: model.evaluation,
      },
      validated: validating(
        { model, source, target },
        found.map(({ pair }) => pair),
        values,
      ),
    }),
    unit: "words",
    introduction: introduction(json, corpus, found.length, [
      leftOutText(json.data.leftOut, maxLength),
      leftOutText(leftOut, maxLength, "validation pair"),
    ]),
    facts: { data: json.data, model: json.model, validation: found.length, test: corpus.test.length },
    lossText: (nats) => `${nats.toFixed(4)} nats per word (perplexity ${perplexity(nats).toFixed(2)})`,
  };
}

/** The pairs that the options name, or else those of the data set that is gone on with. */
async function dataOf(values: TrainValues, { files, earlier }: Context): Promise<TrainingData> {
  const pairs = pairsOf(files, values);
  const dataset = datasetOf(values) ?? (pairs ? undefined : (earlier?.description.data.task ?? undefined));
  if (dataset) {
    if (pairs) throw new OptionError(`--task ${dataset.name} makes its own pairs; leave out the files, or the task.`);
    requireMeasurable(values, true);
    return { pairs: await datasetPairs(dataset, files), dataset };
  }
  if (!pairs) {
    throw new OptionError(
      `train translate: what is it to learn? Give --source FILE and --target FILE, or --data FILE.tsv, or --task ${DATASETS.join("|")}.`,
    );
  }
  const { validationSource: source, validationTarget: target, validationData, encoding } = values;
  files.requireOneInput([values.source, values.target, values.data, source, target, validationData]);
  const validation = pairsOf(files, { source, target, data: validationData, encoding }, "validation-");
  requireMeasurable(values, validation !== undefined);
  return { pairs, validation };
}

/** Reads pairs twice: for vocabularies, and to count batches. */
async function readNew(data: TrainingData, values: TrainValues): Promise<Read> {
  const { pairs, validation, dataset } = data;
  const [sources, targets] = [
    codecLearner(vocabularyOf(values, "source")),
    codecLearner(vocabularyOf(values, "target")),
  ];
  let blank = 0;
  const corpus = await survey(pairs, values, validation, (pair) => {
    const [read, said] = [sources.cut(pair.source), targets.cut(pair.target)];
    if (read.length === 0 || said.length === 0) blank++;
    else {
      sources.see(read);
      targets.see(said);
    }
  });
  const [source, target] = [textCodec(sources.learned()), textCodec(targets.learned())];
  const none = (tooLong: number, cause?: unknown) => {
    const why = leftOutText({ blank, tooLong }, values.maxLength);
    return new DataError(`${pairs.name} has no pair to train on. ${why}.`, { blank, tooLong }, { cause });
  };
  if (blank === corpus.trained) throw none(0);
  const epoch = await measure(trainingBatches(pairs, values, source, target, 1)).catch((cause: unknown) => {
    const { long } = (cause as { details?: { long?: number } }).details ?? {};
    throw long === undefined ? cause : none(long, cause);
  });
  const json: TranslatorJson = {
    model: {
      ...modelOf(values),
      sourceVocabularySize: source.vocabulary.size,
      targetVocabularySize: target.vocabulary.size,
    },
    data: {
      ...{ name: pairs.name, task: dataset ?? null, sha256: corpus.sha256, pairs: epoch.pairs },
      leftOut: { blank, tooLong: corpus.trained - blank - epoch.pairs },
      ...{ stepsPerEpoch: epoch.steps, padding: epoch.padding },
    },
    source: source.settings,
    target: target.settings,
  };
  return { json, source, target, corpus };
}

/** Reads the pairs of a training that goes on. Throws DataError where they are not those it learned. */
async function readAgain({ pairs, validation }: TrainingData, earlier: TranslatorDescription): Promise<Read> {
  const { model, data, source, target } = earlier;
  const corpus = await survey(pairs, earlier.training, validation);
  if (corpus.sha256 !== data.sha256) {
    throw new DataError(
      `resume: this training learns ${printable(data.name)} (${data.pairs} pairs, SHA-256 ${printable(data.sha256, 12)}), but ${pairs.name} has other pairs (SHA-256 ${corpus.sha256.slice(0, 12)}…). Give the same files, for validation too.`,
      { expected: data.sha256, received: corpus.sha256 },
    );
  }
  return { json: { model, data, source: source.settings, target: target.settings }, source, target, corpus };
}

const limitsOf = ({ batch, batchTokens }: TrainValues): BatchLimits => ({ batch, batchTokens: batchTokens ?? null });

/** The training pairs in batches, read anew in each epoch. */
const trainingBatches = (pairs: Pairs, values: TrainValues, source: TextCodec, target: TextCodec, epochs?: number) =>
  batchesOf(() => idPairs(pairs, values, source, target), limitsOf(values), source, target, {
    ...{ maxLength: values.maxLength, key: foldIn(keysOf(values.seed).samples, 0) },
    ...(epochs === undefined ? {} : { epochs }),
  });

async function* idPairs(pairs: Pairs, shares: Shares, source: TextCodec, target: TextCodec) {
  for await (const pair of partsOf(pairs.read(), "train", shares)) yield idPair(pair, source, target);
}

function vocabularyOf(values: TrainValues, side: "source" | "target"): LearnCodecOptions {
  const kind = values[`${side}Tokens`] ?? values.tokens;
  return {
    ...{ kind, case: values.case, merges: values.merges },
    ...keptTokens(kind, values),
  };
}

const modelOf = (values: TrainValues): NetworkSettings => {
  const { cell, encoder, decoder, attention, layers, tied, dropout, outputDropout, labelSmoothing } = values;
  return {
    ...{ cell, encoder, decoder, attention, layers, tied, dropout, outputDropout, labelSmoothing },
    ...{ embeddingSize: values.embedding, hiddenSize: values.hidden, readoutSize: values.readout ?? null },
    masks: values.dropoutMasks,
  };
};

/** Throws OptionError for options that others leave without effect. */
function requireUsed(values: TrainValues, isGiven: Context["isGiven"]): void {
  const { attention, dropout, outputDropout } = values;
  const kinds = [values.sourceTokens ?? values.tokens, values.targetTokens ?? values.tokens];
  requireRead({ merges: ["bpe"] }, "tokens", kinds, isGiven);
  if (isGiven("dropoutMasks") && dropout === 0 && outputDropout === 0) {
    throw new OptionError(
      "--dropout-masks does nothing without dropout. Give --dropout or --output-dropout, or leave it out.",
    );
  }
  if (isGiven("decoder") && attention === "none") {
    throw new OptionError(
      "--decoder says where attention stands; it does nothing with --attention none. Leave one out.",
    );
  }
}

function introduction(
  { model, data }: TranslatorJson,
  { test }: Corpus,
  validation: number,
  left: readonly string[],
): string[] {
  const { cell, hiddenSize, layers, embeddingSize, attention, decoder } = model;
  const attends = attention === "none" ? "no attention" : `${attention} attention, ${decoder}'s decoder`;
  return [
    `${printable(data.name)}: trains on ${count(data.pairs)} pairs, validates on ${count(validation)}, keeps ${count(test.length)} for eval; vocabularies of ${count(model.sourceVocabularySize)} and ${count(model.targetVocabularySize)}; ${(100 * data.padding).toFixed(1)} % of a batch is padding`,
    ...left.filter((text) => text !== ""),
    `${model.encoder} encoder, ${cell}, ${layers} layer${layers === 1 ? "" : "s"} of ${hiddenSize}, embeddings of ${embeddingSize}, ${attends}`,
  ];
}
