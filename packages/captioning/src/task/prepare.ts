import { DataError, foldIn, printable } from "@throughtime/core";
import { perplexity } from "@throughtime/metrics";
import { keptTokens, keysOf, type PrepareContext, type Prepared } from "@throughtime/task";
import { codecLearner, idsOf, type TextCodec, textCodec } from "@throughtime/text";
import type { Json } from "@throughtime/train";
import type { CaptionerDescription, CaptionerJson } from "../file/description.js";
import { captionNetwork, captionNetworkSize } from "../file/network.js";
import type { CaptionerModel } from "../file/settings.js";
import { captionBatches, type Example, type HostBatch } from "./captions.js";
import { criticalOf } from "./critical.js";
import type { CaptionData, Pictures } from "./data.js";
import { dataOf, dataOptions } from "./data-of.js";
import { type Encoding, encodingOf, picturesOf } from "./encoding.js";
import { requireUsed, type TrainValues } from "./options.js";
import type { Reader } from "./read-pixels.js";
import { count, leftOutText } from "./texts.js";
import { validating } from "./validate.js";

type Context = PrepareContext<CaptionerDescription>;

/**
 * Reads pictures and captions, and says what is to be trained. Throws OptionError for options that do not go together, DataError for
 * data that cannot be learned from, or for others than a training that goes on has learned.
 */
export async function prepare(values: TrainValues, context: Context): Promise<Prepared<HostBatch>> {
  const { earlier, isGiven } = context;
  if (!earlier) requireUsed(values, isGiven);
  const encoding = await encodingOf(values, context);
  const isFresh = encoding.settings.kind === "cnn";
  const data = await dataOf(values, { size: encoding.preprocessing.size[0], isFresh }, context);
  if (earlier) requireSameData(data, earlier.description);
  const reader = await encoding.reader(picturesOf(data, ["train", "validation"]));
  await encoding.release();
  const codec = earlier?.description.codec ?? textCodec(learnCodec(data, values, reader));
  const [train, validation] = [
    examplesOf(data, "train", codec, values, reader),
    examplesOf(data, "validation", codec, values, reader),
  ];
  if (earlier && train.found.length !== earlier.description.data.captions)
    throw otherPictures(earlier.description, train);
  if (train.found.length === 0) throw nothing(data, train, values);
  const json = earlier ? jsonOf(earlier.description) : describing(values, data, encoding, codec, train);
  const network = captionNetwork(json.model);
  const batches = (pictures: Pictures, examples: readonly Example[], more: object = {}) =>
    captionBatches({ pictures, examples, codec, read: reader.read, batch: values.batch, ...more });
  const { selfCritical: knownFrom } = values;
  const key = foldIn(keysOf(values.seed).samples, 0);
  const source = batches(data.parts.train, train.found, { key, knownFrom });
  const critical =
    knownFrom === undefined
      ? undefined
      : criticalOf({
          ...{ network, codec, pictures: data.parts.train, examples: train.found, fresh: data.fresh },
          from: knownFrom * source.stepsPerEpoch,
        });
  return {
    description: json as unknown as Readonly<Record<string, Json>>,
    options: dataOptions(data),
    ...{ size: captionNetworkSize(json.model), sizeOptions: "--hidden, --embedding, --widths or --attention-size" },
    ...{ init: network.init, loss: network.loss, noise: network.noise, dims: network.dims, carry: network.carry },
    ...{ source, stepsPerEpoch: source.stepsPerEpoch },
    ...(validation.found.length > 0 && {
      validation: {
        source: batches(data.parts.validation, validation.found),
        loss: network.evaluation,
        carry: network.carry,
        dims: { batch: network.dims.batch },
      },
      validated: validating(
        { model: json.model, network, codec },
        data.parts.validation,
        validation.pictures,
        reader,
        encoding,
        values,
      ),
    }),
    ...(encoding.files && { files: encoding.files }),
    ...(critical && { rollout: critical.rollout, factor: critical.factor }),
    async release() {
      critical?.release();
      await reader.release();
    },
    unit: "words",
    introduction: introduction(json, data, network.encoder, { train, validation }, reader),
    facts: { data: json.data, model: json.model, validation: validation.found.length },
    lossText: (nats) => `${nats.toFixed(4)} nats per word (perplexity ${perplexity(nats).toFixed(2)})`,
  };
}

/** Captions of one part that can be learned from or measured, and how many cannot. */
export interface Examples {
  readonly found: readonly Example[];
  /** The pictures of them. */
  readonly pictures: readonly number[];
  readonly blank: number;
  readonly tooLong: number;
}

/** Captions of pictures that can be read, each with its picture. */
export function examplesOf(
  { parts, fresh }: CaptionData,
  part: "train" | "validation" | "test",
  codec: TextCodec,
  { maxLength }: Pick<TrainValues, "maxLength">,
  { failed }: Pick<Reader, "failed">,
): Examples {
  const pictures = parts[part];
  const found: Example[] = [];
  let [blank, tooLong] = [0, 0];
  for (let picture = 0; picture < pictures.length; picture++) {
    // What is made anew in each pass is as its maker says.
    if (fresh && part === "train") {
      found.push({ picture, caption: 0 });
      continue;
    }
    const { source, captions } = pictures.at(picture, 0);
    if (failed.has(source.name)) continue;
    captions.forEach((text, caption) => {
      const ids = idsOf(codec, text);
      if (ids.every((id) => id === codec.vocabulary.unknown)) blank++;
      else if (ids.length > maxLength) tooLong++;
      else found.push({ picture, caption });
    });
  }
  return { found, pictures: [...new Set(found.map(({ picture }) => picture))], blank, tooLong };
}

/** Of generated pictures, so many have all words. */
const ENOUGH = 2000;

/** Learns the words of the training captions. */
function learnCodec({ parts: { train }, fresh }: CaptionData, values: TrainValues, { failed }: Reader) {
  const { tokens: kind, case: letters, merges } = values;
  const learner = codecLearner({ kind, case: letters, merges, ...keptTokens(kind, values) });
  const read = fresh ? Math.min(train.length, ENOUGH) : train.length;
  for (let i = 0; i < read; i++) {
    const { source, captions } = train.at(i, 0);
    if (!failed.has(source.name)) for (const text of captions) learner.see(learner.cut(text));
  }
  return learner.learned();
}

function describing(
  values: TrainValues,
  { name, settings, sha256 }: CaptionData,
  { settings: encoder, preprocessing }: Encoding,
  codec: TextCodec,
  train: Examples,
): CaptionerJson {
  const { attention, image, cell, attentionSize, penalty, reinforce, entropy, dropout } = values;
  const model: CaptionerModel = {
    ...{ encoder, preprocessing, attention, image, cell, attentionSize, dropout, penalty, reinforce, entropy },
    ...{ hiddenSize: values.hidden, embeddingSize: values.embedding, vocabularySize: codec.vocabulary.size },
  };
  const data = { name, settings, sha256, pictures: train.pictures.length, captions: train.found.length };
  return { model, data, captions: codec.settings };
}

const jsonOf = ({ model, data, codec }: CaptionerDescription): CaptionerJson => ({
  model,
  data,
  captions: codec.settings,
});

function requireSameData({ name, sha256 }: CaptionData, { data }: CaptionerDescription): void {
  if (sha256 === data.sha256) return;
  throw new DataError(
    `resume: this training learns ${printable(data.name)} (${count(data.pictures)} pictures, SHA-256 ${printable(data.sha256, 12)}), but ${name} has other pictures or captions (SHA-256 ${sha256.slice(0, 12)}…). Give the same.`,
    { expected: data.sha256, received: sha256 },
  );
}

/** The order of examples, which a training goes on with, is that of the pictures that could be read. */
const otherPictures = ({ data }: CaptionerDescription, { found, pictures }: Examples) =>
  new DataError(
    `resume: this training learns ${count(data.captions)} captions of ${count(data.pictures)} pictures that could be read; now they are ${count(found.length)} of ${count(pictures.length)}. Give the same pictures.`,
    { expected: data.captions, received: found.length },
  );

function nothing({ name }: CaptionData, train: Examples, { maxLength }: TrainValues): DataError {
  const why = leftOutText(train, maxLength, "caption");
  return new DataError(`${name} has no picture with a caption to train on.${why === "" ? "" : ` ${why}.`}`);
}

function introduction(
  { model, data }: CaptionerJson,
  { name, parts, notes }: CaptionData,
  { height, width, gridSize }: { readonly height: number; readonly width: number; readonly gridSize: number },
  { train, validation }: { readonly train: Examples; readonly validation: Examples },
  { failed }: Reader,
): readonly string[] {
  const { attention, cell, hiddenSize, embeddingSize, vocabularySize, preprocessing, encoder } = model;
  const [rows, columns] = preprocessing.size;
  const attends = attention === "none" ? "top-down, without attention" : `${attention} attention`;
  return [
    `${printable(name)}: trains on ${count(data.captions)} captions of ${count(data.pictures)} pictures, validates on ${count(validation.pictures.length)} pictures, keeps ${count(parts.test.length)} for eval; a vocabulary of ${count(vocabularySize)}`,
    ...notes,
    ...skippedText(failed),
    ...[leftOutText(train, Infinity, "caption"), leftOutText(validation, Infinity, "validation caption")].filter(
      (text) => text !== "",
    ),
    `${encoder.kind === "cnn" ? "cnn" : "a frozen encoder"} of ${columns} × ${rows} pixels, a grid of ${height} × ${width} × ${gridSize}; ${attends}, ${cell} of ${hiddenSize}, embeddings of ${embeddingSize}`,
  ];
}

/** Which pictures cannot be read, the first ones by name. */
export function skippedText(failed: ReadonlyMap<string, Error>): readonly string[] {
  if (failed.size === 0) return [];
  const shown = [...failed.values()].slice(0, 5).map(({ message }) => `  ${printable(message, 300)}`);
  const more = failed.size > shown.length ? [`  … and ${count(failed.size - shown.length)} more`] : [];
  return [
    `${count(failed.size)} picture${failed.size === 1 ? "" : "s"} skipped, which cannot be read:`,
    ...shown,
    ...more,
  ];
}
