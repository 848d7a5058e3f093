import {
  CELLS,
  ENCODING,
  type OptionValues,
  options,
  type TrainingValues,
  tokenOptions,
  trainingOptions,
} from "@throughtime/task";
import { LM_TOKENS } from "../tokens/tokens.js";

const [INPUT_OUTPUT, TOKENS, MODEL, TRAINING] = ["Input and output:", "Tokens:", "Model:", "Training:"];

/** Passes over the text where nothing else is said. */
export const DEFAULT_EPOCHS = 4;

/** A text file that a command reads. */
export const dataOptions = options({
  data: {
    ...{ type: "string", format: "path", placeholder: "file", group: INPUT_OUTPUT, free: true },
    description: "a text, gzipped or not; - for standard input (default: Moby Dick)",
  },
  encoding: { ...ENCODING, group: INPUT_OUTPUT },
});

/** The options of `throughtime train lm`. */
export const trainOptions = options({
  ...dataOptions,
  from: {
    ...{ type: "string", format: "path", placeholder: "model", group: INPUT_OUTPUT, free: true, conflicts: ["resume"] },
    description: "start from a trained model, to learn another text",
  },
  sample: {
    ...{ type: "integer", minimum: 0, default: 160, group: INPUT_OUTPUT, free: true },
    description: "tokens to write after every validation",
  },
  ...tokenOptions(LM_TOKENS, TOKENS),
  unknown: {
    ...{ type: "string", minLength: 1, maxLength: 1, placeholder: "character", group: TOKENS },
    description: "a character that replaces unknown ones (default: unknown ones are errors)",
  },
  cell: {
    ...{ type: "string", enum: CELLS, default: "gru", placeholder: "name", group: MODEL },
    description: "the recurrent cell",
  },
  hidden: { type: "integer", minimum: 1, default: 256, group: MODEL, description: "units in each layer's state" },
  layers: { type: "integer", minimum: 1, default: 1, group: MODEL, description: "recurrent layers" },
  embedding: {
    ...{ type: "integer", minimum: 1, group: MODEL },
    description: "the size of token embeddings (default: as --hidden)",
  },
  dropout: {
    ...{ type: "number", minimum: 0, maximum: 0.99, default: 0, placeholder: "rate", group: MODEL },
    description: "dropout of the inputs of layers",
  },
  batch: {
    ...{ type: "integer", minimum: 1, default: 32, group: TRAINING },
    description: "streams of text in a batch",
  },
  time: { type: "integer", minimum: 1, default: 64, group: TRAINING, description: "tokens of each stream in one step" },
  ...trainingOptions({
    ...{ epochs: DEFAULT_EPOCHS, optimizer: "adamw", learningRate: 2e-3, validation: 0.05, test: 0.05 },
    unit: "text",
  }),
});

export type LmTrainOptions = typeof trainOptions;
export type LmTrainValues = OptionValues<LmTrainOptions> & TrainingValues;
