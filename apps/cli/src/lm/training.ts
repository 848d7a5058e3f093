import { DataError } from "@throughtime/core";
import { type CharModel, type CharModelDescription, charModel, charModelSize } from "@throughtime/language-model";
import { alphabet, type Lanes, lanes, splitTokens, type Vocabulary, type Window } from "@throughtime/text";
import { adamw, clipByNorm, type Loss, type Training, train } from "@throughtime/train";
import type { TextData } from "../text-data.js";
import {
  keysOf,
  type Length,
  parameterCount,
  requireAffordable,
  scheduleOf,
  type TrainingPlace,
} from "../training/settings.js";
import type { LmDescription, ModelSettings, TrainingSettings } from "./description.js";

/** A training that can be iterated over, with what is known before its first step. */
export interface LmTraining {
  readonly description: LmDescription;
  readonly vocabulary: Vocabulary;
  readonly model: CharModel;
  /** How many numbers the model learns. */
  readonly parameters: number;
  readonly characters: { readonly train: number; readonly validation: number; readonly test: number };
  readonly stepsPerEpoch: number;
  readonly training: Training<unknown>;
}

/**
 * A new training. Throws DataError for a text that is too short, OptionError for settings out of range and for a folder
 * that is not a training's own, that another process holds or that has a training already.
 */
export async function newTraining(
  data: TextData,
  model: ModelSettings,
  { length, ...settings }: Omit<TrainingSettings, "steps" | "epochs"> & { readonly length: Length },
  place: TrainingPlace,
): Promise<LmTraining> {
  const vocabulary = alphabet(data.text);
  const tokens = vocabulary.encode(data.text);
  const { stepsPerEpoch } = sourcesOf(tokens, settings).source;
  const [steps, epochs] =
    "steps" in length ? [length.steps, null] : [Math.round(length.epochs * stepsPerEpoch), length.epochs];
  const description: LmDescription = {
    task: "language-model",
    model: charModel(affordable({ ...model, vocabularySize: vocabulary.size })).description,
    training: { ...settings, steps, epochs },
    data: { name: data.name, sha256: data.sha256, characters: tokens.length },
    vocabulary: vocabulary.toJSON(),
  };
  return open(description, vocabulary, tokens, place, "never");
}

/** Goes on with a training where its last checkpoint stands. Throws DataError where the text is not the one it learned. */
export async function resumedTraining(
  { description, vocabulary }: { readonly description: LmDescription; readonly vocabulary: Vocabulary },
  data: TextData,
  place: TrainingPlace,
): Promise<LmTraining> {
  const { name, sha256, characters } = description.data;
  if (data.sha256 !== sha256) {
    throw new DataError(
      `resume: this training learns ${name} (${characters} characters, SHA-256 ${sha256.slice(0, 12)}…), but ${data.name} is another text (SHA-256 ${data.sha256.slice(0, 12)}…). Give the same text with --data.`,
      { expected: sha256, received: data.sha256 },
    );
  }
  return open(description, vocabulary, vocabulary.encode(data.text), place, "must");
}

async function open(
  description: LmDescription,
  vocabulary: Vocabulary,
  tokens: Int32Array,
  { backend, output, saveEverySeconds, signal }: TrainingPlace,
  resume: "never" | "must",
): Promise<LmTraining> {
  const settings = description.training;
  const model = charModel(description.model);
  const { source, validation, characters } = sourcesOf(tokens, settings);
  const keys = keysOf(settings.seed);
  const params = model.init(keys.parameters);
  const store = await output.claim(resume);
  // Its trees are the model's own business here, and too deep for the compiler to spell out.
  const training = train<unknown, Window>({
    backend,
    params,
    loss: model.loss as Loss<unknown, Window>,
    optimizer: adamw({
      learningRate: settings.learningRate,
      weightDecay: settings.weightDecay,
      // Biases are not to be drawn to zero.
      groups: [{ match: /\.(b|bn)$/, weightDecay: 0 }],
    }),
    source,
    steps: settings.steps,
    schedule: scheduleOf(settings),
    clip: settings.clip > 0 ? clipByNorm(settings.clip) : undefined,
    carry: model.initialState(settings.batch),
    dims: model.dims,
    noise: model.noise,
    key: keys.noise,
    validation: validation && {
      source: validation.source,
      every: settings.validateEvery,
      carry: model.initialState(validation.batch),
    },
    patience: validation && settings.patience > 0 ? settings.patience : undefined,
    checkpoint: { store, every: { seconds: saveEverySeconds }, keepBest: validation !== undefined },
    resume,
    describe: description,
    signal,
  });
  return {
    description,
    vocabulary,
    model,
    parameters: parameterCount(params),
    characters,
    stepsPerEpoch: source.stepsPerEpoch,
    training,
  };
}

type SourceSettings = Pick<TrainingSettings, "batch" | "time" | "validation" | "test">;

function sourcesOf(tokens: Int32Array, { batch, time, validation, test }: SourceSettings) {
  const parts = splitText(tokens, { validation, test });
  return {
    source: lanes(parts.train, { batch, time }),
    validation: parts.validation.length < 2 ? undefined : wholeText(parts.validation, { batch, time }),
    characters: {
      train: parts.train.length,
      validation: parts.validation.length,
      test: parts.test.length,
    },
  };
}

/** The three parts of a text, as they were at training. */
export const splitText = (tokens: Int32Array, { validation, test }: Pick<TrainingSettings, "validation" | "test">) =>
  splitTokens(tokens, { train: 1 - validation - test, validation, test });

/** One pass over a text, in as many of the lanes as are at least a window long. */
export function wholeText(
  tokens: Int32Array,
  { batch, time }: Pick<TrainingSettings, "batch" | "time">,
): { readonly source: Lanes; readonly batch: number } {
  const most = Math.max(1, Math.min(batch, Math.floor((tokens.length - 1) / time)));
  return { source: lanes(tokens, { batch: most, time, last: "keep", epochs: 1 }), batch: most };
}

/** The description of a model that this machine's memory can train. Throws OptionError for one that it cannot. */
function affordable(description: CharModelDescription): CharModelDescription {
  requireAffordable(charModelSize(description), "--hidden, --embedding or --layers");
  return description;
}
