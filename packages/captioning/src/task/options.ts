import {
  CELLS,
  ENCODING,
  type OptionValues,
  options,
  requireMeasurable,
  requireRead,
  type TrainingValues,
  tokenOptions,
  trainingOptions,
} from "@throughtime/task";
import { ATTENTIONS, IMAGE_PLACES } from "../file/settings.js";

const [FILES, WORDS, PICTURES, MODEL, TRAINING] = [
  ...(["Input and output:", "Words:", "Pictures:", "Model:", "Training:"] as const),
];
const count = { type: "integer", minimum: 1, placeholder: "n" } as const;
const file = { type: "string", format: "path", group: FILES, placeholder: "file", free: true } as const;

/** Kinds of tokens that captions can be cut into. */
const TOKENS = ["words", "characters", "bpe"] as const;
export const SCENES = ["pair", "crowd"] as const;
export const AUGMENTATIONS = ["none", "light", "strong"] as const;
export const FITS = ["cover", "contain", "fill"] as const;
export const PREPROCESSINGS = ["unit", "imagenet", "bytes"] as const;

/** Passes over the pictures where nothing else is said. */
export const EPOCHS = 10;

/** Which pictures are learned from, or measured on. */
export const DATA = options({
  data: {
    ...{ type: "string", format: "path", placeholder: "data", group: FILES, free: true },
    description:
      "scenes: generated pictures; emoji: drawings of npm packages; or a folder of pictures with their captions, or the file of captions: Karpathy's JSON, COCO's JSON, Flickr8k's text (default: scenes)",
  },
  scenes: {
    ...{ type: "string", enum: SCENES, default: "pair", group: FILES, placeholder: "kind" },
    description: "of --data scenes: pair: two objects, their relation, gray distractors; crowd: objects that overlap",
  },
  language: {
    ...{ type: "string", default: "en", group: FILES, placeholder: "language" },
    description: "of --data emoji: the language of the captions: en, ko, de, …",
  },
  images: {
    ...{ type: "string", format: "path", placeholder: "folder", group: FILES, free: true },
    description: "the folder of the pictures (default: beside the captions)",
  },
  captions: { ...file, description: "the file of captions, where --data is a folder in which it is not found" },
  trainList: { ...file, description: "names of the pictures to train on, one on each line, as Flickr8k has them" },
  validationList: { ...file, description: "names of the pictures to validate on" },
  testList: { ...file, description: "names of the pictures kept apart for eval" },
  encoding: { ...ENCODING, group: FILES },
});

/** The encoder of a model whose own is frozen. */
export const ENCODER_FILE = options({
  encoder: {
    ...{ type: "string", format: "path", placeholder: "file" },
    description: "the ONNX file of the model's encoder, where it has one (default: encoder.onnx beside the model)",
  },
});

const ENCODER = options({
  encoder: {
    ...{ type: "string", minLength: 1, placeholder: "encoder", group: MODEL, free: true },
    description:
      "cnn: a small network that is trained too; or the ONNX file of a network that stays as it is (default: cnn)",
  },
});

/** The options of `throughtime train caption`. */
export const TRAIN = options({
  ...DATA,
  score: {
    ...{ type: "integer", minimum: 0, default: 200, group: FILES, placeholder: "n", free: true },
    description: "validation pictures to caption for BLEU-4, CIDEr-D and exact matches",
  },

  ...tokenOptions(TOKENS, WORDS),
  maxLength: { ...count, default: 50, group: WORDS, description: "captions with more tokens are left out" },

  size: {
    ...{ ...count, group: PICTURES, placeholder: "pixels" },
    description: "height and width of the pictures (default: 64 for cnn, 224 for an ONNX file)",
  },
  preprocess: {
    ...{ type: "string", enum: PREPROCESSINGS, group: PICTURES, placeholder: "how" },
    description:
      "RGB as unit: 0 to 1; imagenet: as torchvision's networks; bytes: 0 to 255 (default: unit for cnn, imagenet for an ONNX file)",
  },
  fit: {
    ...{ type: "string", enum: FITS, default: "cover", group: PICTURES, placeholder: "how" },
    description: "of pictures that are not square: cover cuts out the middle, contain pads, fill stretches",
  },
  augment: {
    ...{ type: "string", enum: AUGMENTATIONS, default: "none", group: PICTURES, placeholder: "how" },
    description: "training pictures are shifted, scaled and turned at random; of cnn",
  },

  ...ENCODER,
  tap: {
    ...{ type: "string", minLength: 1, placeholder: "name[,name]", group: MODEL },
    description: "of an ONNX file: the outputs or inner nodes whose maps are the grid",
  },
  widths: {
    ...{ type: "string", minLength: 1, default: "32,64,128", placeholder: "n,n", group: MODEL },
    description: "of cnn: channels of each block; each halves height and width",
  },
  attention: {
    ...{ type: "string", enum: ATTENTIONS, default: "soft", group: MODEL, placeholder: "kind" },
    description: "soft (Xu et al. 2015); none: top-down, from one vector of the picture",
  },
  image: {
    ...{ type: "string", enum: IMAGE_PLACES, default: "state", group: MODEL, placeholder: "place" },
    description: "without attention: the picture makes the first state, or is the first input (Vinyals et al. 2015)",
  },
  cell: {
    ...{ type: "string", enum: CELLS, default: "lstm", group: MODEL, placeholder: "name" },
    description: "the recurrent cell",
  },
  hidden: { ...count, default: 256, group: MODEL, description: "units in the state" },
  embedding: { ...count, default: 128, group: MODEL, description: "the size of word embeddings" },
  attentionSize: { ...count, default: 128, group: MODEL, description: "units of the attention's score" },
  penalty: {
    ...{ type: "number", minimum: 0, format: "float", default: 1, group: MODEL, placeholder: "λ" },
    description: "doubly stochastic attention: the weight of (1 − Σ α)², summed over places (Xu et al. 2015)",
  },
  dropout: {
    ...{ type: "number", minimum: 0, maximum: 0.99, default: 0, group: MODEL, placeholder: "rate" },
    description: "dropout of word embeddings and before the output layer",
  },

  batch: { ...count, default: 64, group: TRAINING, description: "captions in a batch" },
  ...trainingOptions({
    ...{ epochs: EPOCHS, optimizer: "adam", learningRate: 1e-3, validation: 0.05, test: 0.05, unit: "pictures" },
  }),
});

export type TrainValues = OptionValues<typeof TRAIN> & TrainingValues;

/** Throws OptionError for options that others leave without effect. */
export function requireUsed(values: TrainValues, isGiven: (name: string) => boolean): void {
  requireRead({ merges: ["bpe"] }, "tokens", [values.tokens], isGiven);
  requireRead(
    { attentionSize: ["soft"], penalty: ["soft"], image: ["none"] },
    "attention",
    [values.attention],
    isGiven,
  );
  requireMeasurable(values, true);
}
