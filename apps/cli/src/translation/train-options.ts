import { OptionError } from "@throughtime/core";
import type { BleuTokenizer } from "@throughtime/metrics";
import type { BackendChoice } from "../backend.js";
import { earlierTraining } from "../training/resume.js";
import { everySteps, type Length, requireMeasurable, saidSteps } from "../training/settings.js";
import type { VocabularySettings } from "./corpus.js";
import type { TrainingSettings } from "./description.js";
import { loadTranslator, type SavedTranslator } from "./load.js";
import type { NetworkSettings } from "./network.js";
import { pairsOf, requireOneStandardInput } from "./pairs.js";
import { presetOf } from "./tasks/presets.js";
import { TASKS, type TaskSettings, taskData, taskOf } from "./tasks/task.js";
import type { TokenSettings } from "./tokens.js";
import type { NewTraining, TrainingData } from "./training.js";

/** What `throughtime train translate` was called with. */
export interface TrainTranslateOptions
  extends BackendChoice,
    Omit<NetworkSettings, "embeddingSize" | "hiddenSize" | "readoutSize" | "outputDropout" | "masks">,
    Omit<TrainingSettings, "steps" | "epochs" | "batchTokens" | "validateEvery"> {
  readonly source?: string;
  readonly target?: string;
  readonly data?: string;
  readonly task?: TaskSettings["name"];
  readonly from?: string;
  readonly to?: string;
  readonly validationSource?: string;
  readonly validationTarget?: string;
  readonly validationData?: string;
  readonly encoding?: string;
  readonly out: string;
  readonly resume?: true;
  readonly saveEvery: number;
  readonly score: number;
  readonly bleuTokenizer?: BleuTokenizer;
  readonly json?: true;
  readonly tokens: TokenSettings["kind"];
  readonly sourceTokens?: TokenSettings["kind"];
  readonly targetTokens?: TokenSettings["kind"];
  readonly case: "mixed" | "lower";
  readonly minFrequency?: number;
  readonly maxVocabulary?: number;
  readonly merges: number;
  readonly embedding: number;
  readonly hidden: number;
  readonly readout?: number;
  readonly outputDropout: number;
  readonly dropoutMasks: NetworkSettings["masks"];
  readonly batchTokens?: number;
  readonly epochs?: number;
  readonly steps?: number;
  readonly validateEvery?: number;
}

const DEFAULT_EPOCHS = 10;

/** The options, with what a task is best learned with in place of defaults that nobody asked for. */
export function withPreset(
  options: TrainTranslateOptions,
  isGiven: (name: keyof TrainTranslateOptions) => boolean,
): TrainTranslateOptions {
  if (options.task === undefined) return options;
  const preset = Object.entries(presetOf(options.task)).filter(
    ([name]) => !isGiven(name as keyof TrainTranslateOptions),
  );
  return { ...options, ...Object.fromEntries(preset) };
}

/** The training to go on with, if there is one. Throws OptionError as `earlierTraining`. */
export const earlierTranslator = (
  options: TrainTranslateOptions,
  isGiven: (name: keyof TrainTranslateOptions) => boolean,
): Promise<SavedTranslator | undefined> =>
  earlierTraining(options, isGiven, loadTranslator, ({ description: { model, training, source, target } }) => {
    const [sourceTokens, targetTokens] = [source.tokens.kind, target.tokens.kind];
    const letters = [source.tokens, target.tokens].find((tokens) => "case" in tokens);
    return {
      ...training,
      ...{ validateEvery: saidSteps(training.validateEvery) },
      ...model,
      ...{ embedding: model.embeddingSize, hidden: model.hiddenSize, readout: model.readoutSize },
      ...{ dropoutMasks: model.masks, sourceTokens, targetTokens },
      tokens: sourceTokens === targetTokens ? sourceTokens : `${sourceTokens} and ${targetTokens}`,
      ...(letters && { case: letters.case }),
    };
  });

/** The pairs that the options name, or else those of the task that is gone on with. `input`: standard input. */
export function dataOf(
  options: TrainTranslateOptions,
  input: AsyncIterable<Uint8Array> | undefined,
  earlier?: TaskSettings | null,
): TrainingData {
  const pairs = pairsOf(options, input);
  const task = taskOf(options) ?? (pairs ? undefined : (earlier ?? undefined));
  if (task) {
    if (pairs) throw new OptionError(`--task ${task.name} makes its own pairs; leave out the files, or the task.`);
    return { pairs: taskData(task), task };
  }
  if (!pairs) {
    throw new OptionError(
      `train translate: what is it to learn? Give --source FILE and --target FILE, or --data FILE.tsv, or --task ${TASKS.join("|")}.`,
    );
  }
  const { validationSource: source, validationTarget: target, validationData: data, encoding } = options;
  requireOneStandardInput([options.source, options.target, options.data, source, target, data]);
  return { pairs, validation: pairsOf({ source, target, data, encoding }, input, "validation-") };
}

export function vocabularySettings(options: TrainTranslateOptions): {
  source: VocabularySettings;
  target: VocabularySettings;
} {
  const { tokens, case: letters, merges, maxVocabulary = Number.MAX_SAFE_INTEGER } = options;
  const side = (kind: TokenSettings["kind"]): VocabularySettings => ({
    ...{ kind, case: letters, merges, maxVocabulary },
    // Rare words are noise, and make large tables; every character and every piece is there for a reason.
    minFrequency: options.minFrequency ?? (kind === "words" ? 2 : 1),
  });
  return { source: side(options.sourceTokens ?? tokens), target: side(options.targetTokens ?? tokens) };
}

export function modelSettings(options: TrainTranslateOptions): NetworkSettings {
  const { cell, encoder, decoder, attention, layers, tied, dropout, outputDropout, labelSmoothing } = options;
  return {
    ...{ cell, encoder, decoder, attention, layers, tied, dropout, outputDropout, labelSmoothing },
    ...{ embeddingSize: options.embedding, hiddenSize: options.hidden, readoutSize: options.readout ?? null },
    masks: options.dropoutMasks,
  };
}

export function trainingSettings(options: TrainTranslateOptions, data: TrainingData): NewTraining {
  const {
    batch,
    batchTokens = null,
    maxLength,
    optimizer,
    learningRate,
    schedule,
    warmUp,
    weightDecay,
    clip,
    seed,
  } = options;
  const { test, validateEvery, patience, steps, epochs = DEFAULT_EPOCHS } = options;
  requireMeasurable(options, data.validation !== undefined || data.task !== undefined);
  const length: Length = steps === undefined ? { epochs } : { steps };
  return {
    ...{ batch, batchTokens, maxLength, optimizer, learningRate, schedule, warmUp, weightDecay, clip, seed },
    ...{
      validation: data.validation ? 0 : options.validation,
      test,
      validateEvery: everySteps(validateEvery),
      patience,
      length,
    },
  };
}
