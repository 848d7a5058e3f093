import { EMOJI_SETS } from "@throughtime/image-data";
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
import { EMOJI_SPLITS } from "./emoji.js";

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
    ...{ type: "string", enum: SCENES, group: FILES, placeholder: "kind", free: true },
    description:
      "of --data scenes: pair: two objects, their relation, grey distractors; crowd: three to five that overlap (default: pair)",
  },
  language: {
    ...{ type: "string", minLength: 1, group: FILES, placeholder: "language", free: true },
    description: "of --data emoji: the language of the captions: ko, de, … (default: en)",
  },
  split: {
    ...{ type: "string", enum: EMOJI_SPLITS, group: FILES, placeholder: "what", free: true },
    description:
      "of --data emoji, what is kept apart: drawing: those of one artist; concept: all of a tenth of the concepts (default: drawing)",
  },
  artist: {
    ...{ type: "string", enum: EMOJI_SETS.map(({ artist }) => artist), group: FILES, placeholder: "name", free: true },
    description: "of --data emoji, whose drawings are kept apart (default: fluent-emoji-flat)",
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
    description: "height and width of the pictures (default: 64 for cnn, what an ONNX file takes, or 224)",
  },
  preprocess: {
    ...{ type: "string", minLength: 1, group: PICTURES, placeholder: "how" },
    description:
      'of an ONNX file: imagenet, caffe, bytes, or JSON such as { "preset": "bytes", "size": [320, 320] } (default: imagenet)',
  },
  features: {
    ...{ type: "string", format: "path", group: PICTURES, placeholder: "folder", free: true },
    description: "of an ONNX file: where features are kept, to be computed once (default: the user's cache)",
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
    description: "soft or hard (Xu et al. 2015); none: top-down, from one vector of the picture",
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
    ...{ type: "number", minimum: 0, format: "float", default: 0.02, group: MODEL, placeholder: "λ" },
    description: "of soft attention: the weight of (1 − Σ α)², summed over places (doubly stochastic)",
  },
  reinforce: {
    ...{ type: "number", minimum: 0, format: "float", default: 0.1, group: MODEL, placeholder: "λ" },
    description: "of hard attention: the weight of what sampled places learn from (REINFORCE)",
  },
  entropy: {
    ...{ type: "number", minimum: 0, format: "float", default: 0.002, group: MODEL, placeholder: "λ" },
    description: "of hard attention: the weight of the entropy of where it looks",
  },
  dropout: {
    ...{ type: "number", minimum: 0, maximum: 0.99, default: 0, group: MODEL, placeholder: "rate" },
    description: "dropout of word embeddings and before the output layer",
  },

  batch: { ...count, default: 64, group: TRAINING, description: "captions in a batch" },
  selfCritical: {
    ...{ type: "integer", minimum: 0, group: TRAINING, placeholder: "epochs" },
    description:
      "after so many epochs CIDEr-D is learned in place of cross-entropy, in steps of a tenth (Rennie et al. 2017) (default: never)",
  },
  ...trainingOptions({
    ...{ epochs: EPOCHS, optimizer: "adam", learningRate: 1e-3, validation: 0.05, test: 0.05, unit: "pictures" },
  }),
});

/** What data are learned with, unless other options are given. */
const PRESETS = {
  scenes: { hidden: 128, embedding: 64, attentionSize: 64, learningRate: 1.5e-3, epochs: 12, penalty: 0 },
  emoji: { augment: "strong", fit: "contain", dropout: 0.3, epochs: 30 },
  FOLDER: {
    ...{ case: "lower", hidden: 512, embedding: 256, attentionSize: 256, dropout: 0.5, batch: 32 },
    ...{ learningRate: 5e-4, epochs: 15 },
  },
} as const satisfies Readonly<Record<string, Partial<TrainValues>>>;

/** Which kind of data `--data` names. */
const kindOf = (data = "scenes") => (data === "scenes" || data === "emoji" ? data : "FOLDER");

export const presetOf = ({ data }: Pick<TrainValues, "data">): Partial<TrainValues> => PRESETS[kindOf(data)];

export type TrainValues = OptionValues<typeof TRAIN> & TrainingValues;

/** Throws OptionError for options that others leave without effect. */
export function requireUsed(values: TrainValues, isGiven: (name: string) => boolean): void {
  requireRead({ merges: ["bpe"] }, "tokens", [values.tokens], isGiven);
  requireRead(
    { attentionSize: ["soft", "hard"], penalty: ["soft"], reinforce: ["hard"], entropy: ["hard"], image: ["none"] },
    "attention",
    [values.attention],
    isGiven,
  );
  const kind = kindOf(values.data);
  const own = { scenes: ["scenes"], language: ["emoji"], split: ["emoji"], artist: ["emoji"] };
  const files = ["images", "captions", "trainList", "validationList", "testList", "encoding"];
  requireRead({ ...own, ...Object.fromEntries(files.map((name) => [name, ["FOLDER"]])) }, "data", [kind], isGiven);
  const encoder = values.encoder === undefined || values.encoder === "cnn" ? "cnn" : "FILE.onnx";
  const frozen = { tap: ["FILE.onnx"], preprocess: ["FILE.onnx"], features: ["FILE.onnx"] };
  requireRead({ ...frozen, widths: ["cnn"], augment: ["cnn"] }, "encoder", [encoder], isGiven);
  requireMeasurable(values, kind !== "FOLDER");
}
