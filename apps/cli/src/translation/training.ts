import { DataError, foldIn } from "@throughtime/core";
import { type PairBatch, type PairBatches, pairBatches, type TextPair } from "@throughtime/text";
import { clipByNorm, type Loss, type Source, type Training, train } from "@throughtime/train";
import { count } from "../format.js";
import { optimizerOf } from "../training/optimizer.js";
import { lengthNow, type ResumeOptions, redescribe } from "../training/resume.js";
import {
  keysOf,
  type Length,
  parameterCount,
  requireAffordable,
  scheduleOf,
  stepsOf,
  type TrainingPlace,
} from "../training/settings.js";
import { type Corpus, counting, idPair, survey, trainingPairs, type VocabularySettings } from "./corpus.js";
import { type LeftOut, type Side, sideOf, type TrainingSettings, type TranslatorDescription } from "./description.js";
import type { SavedTranslator } from "./load.js";
import { type Network, type NetworkSettings, network, networkSize } from "./network.js";
import type { Pairs } from "./pairs.js";
import type { TaskSettings } from "./tasks/task.js";

/** The pairs that a training reads. */
export interface TrainingData {
  readonly pairs: Pairs;
  /** Pairs to measure on, where they are not a share of the others. */
  readonly validation?: Pairs | undefined;
  readonly task?: TaskSettings | undefined;
}

/** A training that can be iterated over, with what is known before its first step. */
export interface TranslatorTraining {
  readonly description: TranslatorDescription;
  readonly model: Network;
  readonly source: Side;
  readonly target: Side;
  readonly parameters: number;
  readonly validation: readonly TextPair[];
  readonly validationLeftOut: LeftOut;
  readonly test: readonly TextPair[];
  readonly training: Training<unknown>;
}

export type NewTraining = Omit<TrainingSettings, "steps" | "epochs"> & { readonly length: Length };

/**
 * A new training: reads the pairs once for vocabularies, and once to count batches. Throws DataError for pairs that cannot
 * be learned from, OptionError for settings out of range and for a folder that is not a training's own, that another
 * process holds or that has a training already.
 */
export async function newTraining(
  data: TrainingData,
  vocabularies: { readonly source: VocabularySettings; readonly target: VocabularySettings },
  model: NetworkSettings,
  { length, ...settings }: NewTraining,
  place: TrainingPlace,
): Promise<TranslatorTraining> {
  const [sources, targets] = [counting(vocabularies.source), counting(vocabularies.target)];
  let blank = 0;
  const corpus = await survey(data.pairs, settings, data.validation, (pair) => {
    const [read, said] = [sources.cut(pair.source), targets.cut(pair.target)];
    if (read.length === 0 || said.length === 0) blank++;
    else {
      sources.see(read);
      targets.see(said);
    }
  });
  const [source, target] = [sources.side(), targets.side()];
  const none = ({ cause, tooLong }: { cause?: unknown; tooLong: number }) => {
    const why = leftOutText({ blank, tooLong }, settings.maxLength);
    return new DataError(`${data.pairs.name} has no pair to train on. ${why}.`, { blank, tooLong }, { cause });
  };
  if (blank === corpus.trained) throw none({ tooLong: 0 });
  const batches = batchesOf(data.pairs, settings, sideOf(source), sideOf(target), 1);
  const epoch = await measure(batches).catch((cause: unknown) => {
    const { long } = (cause as { details?: { long?: number } }).details ?? {};
    throw long === undefined ? cause : none({ cause, tooLong: long });
  });
  const { steps, epochs } = stepsOf(length, epoch.steps);
  const description: TranslatorDescription = {
    task: "translation",
    model: {
      ...model,
      sourceVocabularySize: sideOf(source).vocabulary.size,
      targetVocabularySize: sideOf(target).vocabulary.size,
    },
    training: { ...settings, steps, epochs },
    data: {
      ...{
        name: data.pairs.name,
        task: data.task ?? null,
        sha256: corpus.sha256,
        pairs: epoch.pairs,
        leftOut: { blank, tooLong: corpus.trained - blank - epoch.pairs },
      },
      ...{ stepsPerEpoch: epoch.steps, padding: epoch.padding },
    },
    source,
    target,
  };
  return open(description, data, corpus, place, "never");
}

/**
 * Goes on with a training where its last checkpoint stands; longer, where the options say so. Throws DataError where the pairs are
 * not those it learned.
 */
export async function resumedTraining(
  { description, checkpoint }: SavedTranslator,
  data: TrainingData,
  options: ResumeOptions,
  place: TrainingPlace,
): Promise<TranslatorTraining> {
  const corpus = await survey(data.pairs, description.training, data.validation);
  const { name, sha256, pairs } = description.data;
  if (corpus.sha256 !== sha256) {
    throw new DataError(
      `resume: this training learns ${name} (${pairs} pairs, SHA-256 ${sha256.slice(0, 12)}…), but ${data.pairs.name} has other pairs (SHA-256 ${corpus.sha256.slice(0, 12)}…). Give the same files, for validation too.`,
      { expected: sha256, received: corpus.sha256 },
    );
  }
  const { stepsPerEpoch } = description.data;
  const length = lengthNow(description.training, options, { made: checkpoint.step, stepsPerEpoch });
  return open({ ...description, training: { ...description.training, ...length } }, data, corpus, place, "must");
}

async function open(
  description: TranslatorDescription,
  data: TrainingData,
  corpus: Corpus,
  { backend, output, saveEverySeconds, signal }: TrainingPlace,
  resume: "never" | "must",
): Promise<TranslatorTraining> {
  const settings = description.training;
  const [source, target] = [sideOf(description.source), sideOf(description.target)];
  const { found: validation, leftOut } = measurable(corpus.validation, settings, source, target);
  requireAffordable(networkSize(description.model), "--hidden, --embedding, --layers or --readout");
  const model = network(description.model);
  const keys = keysOf(settings.seed);
  const params = model.init(keys.parameters);
  const store = await output.claim(resume);
  if (resume === "must") await redescribe(store, description);
  const measured = validation.length > 0 ? validationBatches(validation, settings, source, target) : undefined;
  const training = train<unknown, PairBatch["batch"]>({
    backend,
    params,
    loss: model.loss as Loss<unknown, PairBatch["batch"]>,
    optimizer: optimizerOf(settings),
    source: batchesOf(data.pairs, settings, source, target) as Source<PairBatch["batch"]>,
    steps: settings.steps,
    schedule: scheduleOf(settings),
    clip: settings.clip > 0 ? clipByNorm(settings.clip) : undefined,
    dims: model.dims,
    noise: model.noise,
    key: keys.noise,
    validation: measured && {
      source: measured as Source<PairBatch["batch"]>,
      every: settings.validateEvery,
      loss: model.evaluation as Loss<unknown, PairBatch["batch"]>,
    },
    patience: measured && settings.patience > 0 ? settings.patience : undefined,
    checkpoint: { store, every: { seconds: saveEverySeconds }, keepBest: measured !== undefined },
    resume,
    describe: description,
    signal,
  });
  const parameters = parameterCount(params);
  const parts = { validation, validationLeftOut: leftOut, test: corpus.test };
  return { description, model, source, target, parameters, ...parts, training };
}

type BatchSettings = Pick<TrainingSettings, "batch" | "batchTokens" | "maxLength" | "seed" | "validation" | "test">;

const limits = ({ batch, batchTokens }: BatchSettings) => ({
  batch,
  ...(batchTokens === null ? {} : { batchTokens }),
});

function batchesOf(pairs: Pairs, settings: BatchSettings, source: Side, target: Side, epochs?: number): PairBatches {
  return pairBatches({
    open: trainingPairs(pairs, settings, source, target),
    ...{ ids: target.vocabulary, padSource: source.vocabulary.pad, maxLength: settings.maxLength },
    ...limits(settings),
    key: foldIn(keysOf(settings.seed).samples, 0),
    ...(epochs === undefined ? {} : { epochs }),
  });
}

/** The pairs that can be measured on, and how many cannot. Throws DataError where there are some, but none of these. */
function measurable(pairs: readonly TextPair[], { maxLength }: BatchSettings, source: Side, target: Side) {
  const leftOut = { blank: 0, tooLong: 0 };
  const found = pairs.filter((pair) => {
    const ids = idPair(pair, source, target);
    const lengths = [ids.source.length, ids.target.length];
    if (lengths.includes(0)) leftOut.blank++;
    else if (lengths.some((length) => length > maxLength)) leftOut.tooLong++;
    else return true;
    return false;
  });
  if (found.length > 0 || pairs.length === 0) return { found, leftOut };
  throw new DataError(
    `train translate: there is no validation pair to measure on. ${leftOutText(leftOut, maxLength)}.`,
    {
      pairs: pairs.length,
      ...leftOut,
    },
  );
}

/** How many pairs were left out, and why. */
export function leftOutText({ blank, tooLong }: LeftOut, maxLength: number, what = "pair"): string {
  const left = (number: number, why: string) =>
    number === 0 ? [] : [`${count(number)} ${what}${number === 1 ? "" : "s"} left out: ${why}`];
  const long = `a side has more than ${count(maxLength)} tokens (--max-length)`;
  return [...left(blank, "a side is blank"), ...left(tooLong, long)].join("; ");
}

/** One pass over the validation pairs; those with an empty side or too long ones cannot be measured on. */
export function validationBatches(
  pairs: readonly TextPair[],
  settings: BatchSettings,
  source: Side,
  target: Side,
): PairBatches {
  const ids = pairs.map((pair) => idPair(pair, source, target));
  return pairBatches({
    open: () => ids,
    ...{ ids: target.vocabulary, padSource: source.vocabulary.pad, maxLength: settings.maxLength, epochs: 1 },
    ...limits(settings),
  });
}

/** What an epoch is made of. */
async function measure(batches: PairBatches) {
  let [steps, pairs, places, padded] = [0, 0, 0, 0];
  for (let next = await batches.next(batches.start); next; next = await batches.next(next.cursor)) {
    const size = next.batch.source.data.length + next.batch.output.data.length;
    steps++;
    pairs += next.batch.lengths.data.length;
    places += size;
    padded += next.padding * size;
  }
  return { steps, pairs, padding: padded / places };
}
