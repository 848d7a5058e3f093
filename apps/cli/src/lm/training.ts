import { DataError } from "@throughtime/core";
import { type CharModel, type CharModelDescription, charModel, charModelSize } from "@throughtime/language-model";
import { type Lanes, lanes, splitTokens, type Window } from "@throughtime/text";
import { clipByNorm, type Loss, type Training, train } from "@throughtime/train";
import type { TextData } from "../text-data.js";
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
import type { LmDescription, ModelSettings, TrainingSettings } from "./description.js";
import type { SavedModel } from "./load.js";
import { hashed, type LearnSettings, learn } from "./tokens/learn.js";
import { type Encoded, encode, type LmTokens } from "./tokens/tokens.js";

/** How many of something each part of a text has. */
export interface Parts {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** A training that can be iterated over, with what is known before its first step. */
export interface LmTraining {
  readonly description: LmDescription;
  readonly tokens: LmTokens;
  readonly model: CharModel;
  /** How many numbers the model learns. */
  readonly parameters: number;
  /** Tokens and characters of the text. */
  readonly parts: { readonly tokens: Parts; readonly characters: Parts };
  readonly stepsPerEpoch: number;
  readonly training: Training<unknown>;
}

export type NewTraining = Omit<TrainingSettings, "steps" | "epochs"> & { readonly length: Length };

/** A trained model to begin with, in place of a new one. */
export interface Beginning {
  readonly tokens: LmTokens;
  readonly params: unknown;
}

/**
 * A new training. Throws DataError for a text that is too short, OptionError for settings out of range and for a folder
 * that is not a training's own, that another process holds or that has a training already. With a model to begin with, the
 * text is read with its tokens: DataError for what it does not know.
 */
export async function newTraining(
  data: TextData,
  model: ModelSettings,
  learning: Omit<LearnSettings, "trained">,
  { length, ...settings }: NewTraining,
  place: TrainingPlace,
  from?: Beginning,
): Promise<LmTraining> {
  const read = hashed(data);
  const trained = 1 - settings.validation - settings.test;
  const { tokens, text } = from
    ? { tokens: from.tokens, text: await encode(from.tokens, read.name, read.pieces) }
    : await learn(read, { ...learning, trained });
  const { stepsPerEpoch } = sourcesOf(text, settings).source;
  const { steps, epochs } = stepsOf(length, stepsPerEpoch);
  const { ids } = text;
  const description: LmDescription = {
    task: "language-model",
    model: charModel(affordable({ ...model, vocabularySize: tokens.size })).description,
    training: { ...settings, steps, epochs },
    data: { name: data.name, sha256: read.sha256(), characters: text.characters(0, ids.length), tokens: ids.length },
    tokens: tokens.json,
  };
  return open(description, tokens, text, place, { resume: "never", params: from?.params });
}

/**
 * Goes on with a training where its last checkpoint stands; longer, where the options say so. Throws DataError where the text is not
 * the one it learned.
 */
export async function resumedTraining(
  { description, tokens, checkpoint }: SavedModel,
  data: TextData,
  options: ResumeOptions,
  place: TrainingPlace,
): Promise<LmTraining> {
  const { name, sha256, characters } = description.data;
  const other = (why: string) =>
    new DataError(
      `resume: this training learns ${name} (${characters} characters, SHA-256 ${sha256.slice(0, 12)}…), but ${data.name} is another text (${why}). Give the same text with --data.`,
      { expected: sha256 },
    );
  const read = hashed(data);
  const text = await encode(tokens, read.name, read.pieces).catch((error: Error) => {
    throw "position" in ((error as DataError).details ?? {})
      ? other("it has characters that the model does not know")
      : error;
  });
  if (read.sha256() !== sha256) throw other(`SHA-256 ${read.sha256().slice(0, 12)}…`);
  const { stepsPerEpoch } = sourcesOf(text, description.training).source;
  const length = lengthNow(description.training, options, { made: checkpoint.step, stepsPerEpoch });
  const longer = { ...description, training: { ...description.training, ...length } };
  return open(longer, tokens, text, place, { resume: "must" });
}

async function open(
  description: LmDescription,
  tokens: LmTokens,
  text: Encoded,
  { backend, output, saveEverySeconds, signal }: TrainingPlace,
  { resume, params: given }: { readonly resume: "never" | "must"; readonly params?: unknown },
): Promise<LmTraining> {
  const settings = description.training;
  const model = charModel(affordable(description.model));
  const { source, validation, parts } = sourcesOf(text, settings);
  const keys = keysOf(settings.seed);
  const params = given ?? model.init(keys.parameters);
  const store = await output.claim(resume);
  if (resume === "must") await redescribe(store, description);
  // Its trees are the model's own business here, and too deep for the compiler to spell out.
  const training = train<unknown, Window>({
    backend,
    params,
    loss: model.loss as Loss<unknown, Window>,
    optimizer: optimizerOf(settings),
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
  const parameters = parameterCount(params);
  return { description, tokens, model, parameters, parts, stepsPerEpoch: source.stepsPerEpoch, training };
}

type SourceSettings = Pick<TrainingSettings, "batch" | "time" | "validation" | "test">;

function sourcesOf(text: Encoded, { batch, time, validation, test }: SourceSettings) {
  const ids = splitText(text.ids, { validation, test });
  const least = batch * time + 1;
  if (ids.train.length < least) {
    const [have, need] = [ids.train.length, least].map((n) => n.toLocaleString("en"));
    throw new DataError(
      `the part of the text to train on has ${have} tokens; ${batch} lanes (--batch) of ${time} (--time) need ${need}. Choose smaller ones, or give more text.`,
      { tokens: ids.train.length, needed: least },
    );
  }
  const [first, second] = [ids.train.length, ids.train.length + ids.validation.length];
  return {
    source: lanes(ids.train, { batch, time }),
    validation: ids.validation.length < 2 ? undefined : wholeText(ids.validation, { batch, time }),
    parts: {
      tokens: { train: first, validation: ids.validation.length, test: ids.test.length },
      characters: {
        train: text.characters(0, first),
        validation: text.characters(first, second),
        test: text.characters(second, text.ids.length),
      },
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
function affordable<D extends CharModelDescription>(description: D): D {
  requireAffordable(charModelSize(description), "--hidden, --embedding or --layers");
  return description;
}
