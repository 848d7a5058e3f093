export { type Bleu, type BleuOptions, bleu, sentenceBleu } from "./bleu.js";
export { type CaptionBleu, captionBleu } from "./caption-bleu.js";
export type { CaptionScore } from "./caption-score.js";
export { tokenizeCaption } from "./caption-tokens.js";
export { chooseBleuTokenizer } from "./choose-tokenizer.js";
export { type Chrf, chrf } from "./chrf.js";
export { type CiderOptions, cider, ciderD } from "./cider.js";
export { type DocumentFrequencies, documentFrequencies } from "./document-frequencies.js";
export { exactMatch, perplexity, tokenAccuracy } from "./exact.js";
export {
  type Box,
  type Pointing,
  type PointingGame,
  type PointingOptions,
  type PointingScore,
  pointingGame,
} from "./pointing-game.js";
export { rougeL } from "./rouge.js";
export type { Reference, Tokens } from "./segments.js";
export { BLEU_TOKENIZERS, type BleuTokenizer, bleuTokens } from "./tokenizers.js";
