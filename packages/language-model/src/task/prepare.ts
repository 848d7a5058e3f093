import { DataError, printable } from "@throughtime/core";
import { sampler } from "@throughtime/decode";
import {
  type Moment,
  type PrepareContext,
  type Prepared,
  requireMeasurable,
  requireRead,
  type SavedModel,
} from "@throughtime/task";
import type { Window } from "@throughtime/text";
import type { Loss } from "@throughtime/train";
import { type CharModel, charModel, charModelSize } from "../char-model.js";
import type { LmData, LmDescription } from "../model-file.js";
import { placeModel } from "../placed-model.js";
import { type Encoded, encode, type LmTokens, startOf } from "../tokens/tokens.js";
import { learn } from "./learn.js";
import { learnSettings, modelSettings, modelToBeginWith, optionsOfModel } from "./model-options.js";
import type { LmTrainValues } from "./options.js";
import { sourcesOf } from "./parts.js";
import { type HashedText, openText } from "./text-data.js";
import { count, lossText } from "./units.js";

/** A text that was read, and what is to learn it. */
interface Read {
  readonly tokens: LmTokens;
  readonly text: Encoded;
  readonly data: LmData;
  readonly model: LmDescription["model"];
  /** The model that it begins with. */
  readonly from?: SavedModel<LmDescription> | undefined;
}

/**
 * What `throughtime train lm` trains. Throws DataError for a text that is too short, or another one than a training that goes on has
 * learned, OptionError for options that do not go together. With a model to begin with, the text is read with its tokens: DataError for what
 * it does not know.
 */
export async function prepare(values: LmTrainValues, context: PrepareContext<LmDescription>): Promise<Prepared> {
  const { earlier } = context;
  const text = openText(context.files, values.data, values.encoding);
  return prepared(values, earlier ? await readAgain(earlier, text) : await readNew(values, text, context));
}

async function readNew(
  values: LmTrainValues,
  data: HashedText,
  { isGiven, model }: PrepareContext<LmDescription>,
): Promise<Read> {
  const from = await modelToBeginWith(values, isGiven, model);
  if (!from) requireRead({ merges: ["bpe"], case: ["words", "bpe"] }, "tokens", [values.tokens], isGiven);
  requireMeasurable(values);
  const { tokens, text } = from
    ? { tokens: from.description.tokens, text: await encode(from.description.tokens, data.name, data.pieces) }
    : await learn(data, learnSettings(values));
  const { ids } = text;
  return {
    ...{ tokens, text, from },
    data: { name: data.name, sha256: data.sha256(), characters: text.characters(0, ids.length), tokens: ids.length },
    model: { ...modelSettings(values, from), vocabularySize: tokens.size },
  };
}

async function readAgain({ description }: SavedModel<LmDescription>, given: HashedText): Promise<Read> {
  const { data, tokens, model } = description;
  const other = (why: string) =>
    new DataError(
      `resume: this training learns ${printable(data.name)} (${data.characters} characters, SHA-256 ${printable(data.sha256, 12)}), but ${given.name} is another text (${why}). Give the same text with --data.`,
      { expected: data.sha256 },
    );
  const text = await encode(tokens, given.name, given.pieces).catch((error: Error) => {
    throw "position" in ((error as DataError).details ?? {})
      ? other("it has characters that the model does not know")
      : error;
  });
  if (given.sha256() !== data.sha256) throw other(`SHA-256 ${given.sha256().slice(0, 12)}…`);
  return { data, tokens, model, text };
}

function prepared(values: LmTrainValues, { tokens, text, data, model: description, from }: Read): Prepared {
  const { batch, time } = values;
  const { source, validation, parts } = sourcesOf(text, values);
  const size = charModelSize(description);
  // A model and its states are made when they are asked for: when they are known to fit into memory.
  let made: CharModel | undefined;
  const model = (): CharModel => {
    made ??= charModel(description);
    return made;
  };
  return {
    description: { model: description, data, tokens: tokens.json as never },
    options: from ? optionsOfModel(from) : { embedding: description.embeddingSize },
    ...{ size, sizeOptions: "--hidden, --embedding or --layers" },
    init: (key) => from?.checkpoint.params ?? model().init(key),
    // Its trees are the model's own business here, and too deep for the compiler to spell out.
    loss: (params, inputs) => (model().loss as Loss<unknown, unknown>)(params, inputs),
    ...{ source, stepsPerEpoch: source.stepsPerEpoch },
    get carry() {
      return model().initialState(batch);
    },
    get dims() {
      return model().dims;
    },
    noise: (key, window) => model().noise(key, window as Window),
    validation: validation && {
      source: validation.source,
      get carry() {
        return model().initialState(validation.batch);
      },
    },
    unit: `${tokens.unit}s`,
    introduction: introduction(description, data, tokens, parts.tokens, `${batch} × ${time}`),
    facts: { ...parts, model: description, data },
    lossText: (nats) => lossText(nats, tokens.unit, parts.characters.validation / parts.tokens.validation),
    ...(values.sample > 0 && { validated: (now: Moment) => sampled(now, description, tokens, values.sample) }),
  };
}

/** What is to be known before a training begins: text, model, step. */
function introduction(
  { cell, hiddenSize, layers, vocabularySize }: LmDescription["model"],
  data: LmData,
  { unit }: LmTokens,
  parts: { readonly train: number; readonly validation: number; readonly test: number },
  step: string,
): readonly string[] {
  const units = unit === "character" ? "" : ` in ${count(data.tokens)} ${unit}s`;
  return [
    `${printable(data.name)}: ${count(data.characters)} characters${units}, ${count(vocabularySize)} of them different; trains on ${count(parts.train)}, validates on ${count(parts.validation)}, keeps ${count(parts.test)} for eval`,
    `${cell}, ${layers} layer${layers === 1 ? "" : "s"} of ${hiddenSize}; a step reads ${step} ${unit}s`,
  ];
}

/** What the newest parameters write. */
async function sampled(
  { backend, params, key }: Moment,
  description: LmDescription["model"],
  tokens: LmTokens,
  length: number,
) {
  const model = await placeModel(backend, description, params, tokens);
  try {
    let sample = "";
    const how = { prime: startOf(tokens), length, sampler: sampler({ temperature: 0.8 }), key };
    for await (const part of model.write(how)) sample += part;
    return { fields: { sample }, notes: [sample] };
  } finally {
    model.release();
  }
}
