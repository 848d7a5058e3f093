import { BLEU_TOKENIZERS } from "@throughtime/metrics";
import {
  CELLS,
  ENCODING,
  type OptionValues,
  options,
  type TrainingValues,
  tokenOptions,
  trainingOptions,
} from "@throughtime/task";
import { TOKENIZERS } from "@throughtime/text";
import { ATTENTIONS, DECODERS, ENCODERS, MASKS, TIES } from "../translation/settings.js";
import { DATASETS } from "./datasets/dataset.js";
import { EMOJI_LANGUAGES } from "./datasets/emoji-names.js";

const [FILES, WORDS, MODEL] = ["Input and output:", "Words:", "Model:"] as const;

/** A file to read: which one it is does not matter to a training that goes on, but what is in it does. */
const file = { type: "string", format: "path", group: FILES, placeholder: "file", free: true } as const;
const count = { type: "integer", minimum: 1, placeholder: "n" } as const;
const rate = { type: "number", minimum: 0, maximum: 0.99, placeholder: "rate", group: MODEL } as const;

/** An option of several commands. */
export const bleuTokenizer = {
  type: "string",
  enum: BLEU_TOKENIZERS,
  free: true,
  description: "BLEU's tokenizer, one of sacreBLEU's (default: 13a, zh or char, by the script)",
} as const;

/** Passes over the pairs where nothing else is said. */
export const EPOCHS = 10;

/** The options of `throughtime train translate`. */
export const TRAIN = options({
  source: { ...file, description: "a sentence on each line" },
  target: { ...file, description: "its translation on the same line" },
  data: { ...file, description: "instead of two files: source, tab, target on each line" },
  task: {
    ...{ type: "string", enum: DATASETS, group: FILES, placeholder: "name", free: true },
    description:
      "instead of files: generated pairs; sets those of --tokens, --hidden, --embedding, --batch, --learning-rate, --epochs and --dropout that are not given to what suits them",
  },
  from: {
    ...{ type: "string", group: FILES, placeholder: "language", free: true },
    description: "of --task emoji-names (default: en)",
  },
  to: {
    ...{ type: "string", group: FILES, placeholder: "language", free: true },
    description: `of --task emoji-names: ${EMOJI_LANGUAGES.join(", ")}`,
  },
  validationSource: { ...file, description: "pairs to validate on (default: a share of the others)" },
  validationTarget: { ...file, description: "their translations" },
  validationData: { ...file, description: "instead of two files: source, tab, target on each line" },
  encoding: { ...ENCODING, group: FILES },
  score: {
    ...{ type: "integer", minimum: 0, default: 1000, group: FILES, placeholder: "n", free: true },
    description: "validation sentences to translate for BLEU and chrF",
  },
  bleuTokenizer: { ...bleuTokenizer, group: FILES },

  ...tokenOptions(TOKENIZERS, WORDS),
  sourceTokens: {
    ...{ type: "string", enum: TOKENIZERS, group: WORDS, placeholder: "kind" },
    description: "the tokens of the source",
  },
  targetTokens: {
    ...{ type: "string", enum: TOKENIZERS, group: WORDS, placeholder: "kind" },
    description: "the tokens of the target",
  },
  maxLength: {
    ...{ ...count, default: 100, group: WORDS },
    description: "pairs with more tokens on a side are left out",
  },

  cell: {
    ...{ type: "string", enum: CELLS, default: "gru", group: MODEL, placeholder: "name" },
    description: "the recurrent cell",
  },
  encoder: {
    ...{ type: "string", enum: ENCODERS, default: "bidirectional", group: MODEL, placeholder: "how" },
    description: "the direction in which the source is read",
  },
  attention: {
    ...{ type: "string", enum: ATTENTIONS, default: "additive", group: MODEL, placeholder: "score" },
    description: "the attention score function; none: no attention",
  },
  decoder: {
    ...{ type: "string", enum: DECODERS, default: "bahdanau", group: MODEL, placeholder: "whose" },
    description: "bahdanau attends, then runs its cell; luong runs its cell, then attends",
  },
  hidden: { ...count, default: 256, group: MODEL, description: "units in each layer's state" },
  layers: { ...count, default: 1, group: MODEL, description: "recurrent layers, of encoder and decoder" },
  embedding: { ...count, default: 256, group: MODEL, description: "the size of word embeddings" },
  readout: { ...count, group: MODEL, description: "the size of a tanh layer before the output layer (default: none)" },
  tied: {
    ...{ type: "string", enum: TIES, default: "none", group: MODEL, placeholder: "what" },
    description: "output: the output matrix is the target's embeddings; all: and both sides share one table",
  },
  dropout: { ...rate, default: 0, description: "dropout of word embeddings and between layers" },
  outputDropout: { ...rate, default: 0, description: "dropout before the output layer" },
  dropoutMasks: {
    ...{ type: "string", enum: MASKS, default: "step", group: MODEL, placeholder: "per" },
    description: "sequence: one mask for all words of a sentence (variational dropout)",
  },
  labelSmoothing: {
    ...rate,
    placeholder: "x",
    default: 0,
    description: "label smoothing: probability spread over all words",
  },

  batch: { ...count, default: 128, group: "Training:", description: "most pairs in a batch" },
  batchTokens: {
    ...{ ...count, group: "Training:" },
    description: "most tokens in a batch, both sides and padding (default: no limit)",
  },
  ...trainingOptions({
    ...{ epochs: EPOCHS, optimizer: "adam", learningRate: 1e-3, validation: 0.05, test: 0, unit: "pairs" },
  }),
});

export type TrainValues = OptionValues<typeof TRAIN> & TrainingValues;

/** What a data set is learned with, unless other options are given. */
const PRESETS = {
  reverse: { tokens: "words", minFrequency: 1, hidden: 128, embedding: 64, batch: 128, learningRate: 3e-3, epochs: 3 },
  dates: {
    ...{ sourceTokens: "tagged", targetTokens: "characters", hidden: 128, embedding: 64 },
    ...{ batch: 128, learningRate: 3e-3, epochs: 3 },
  },
  "emoji-names": {
    ...{ tokens: "bpe", merges: 400, hidden: 256, embedding: 128, dropout: 0.3, outputDropout: 0.3 },
    ...{ batch: 48, learningRate: 2e-3, epochs: 20 },
  },
} as const satisfies Readonly<Record<(typeof DATASETS)[number], Partial<TrainValues>>>;

export const presetOf = ({ task }: Pick<TrainValues, "task">): Partial<TrainValues> =>
  task === undefined ? {} : PRESETS[task];
