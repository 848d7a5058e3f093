export { type Bleu, type BleuOptions, bleu, sentenceBleu } from "./bleu.js";
export { chooseBleuTokenizer } from "./choose-tokenizer.js";
export { type Chrf, chrf } from "./chrf.js";
export { exactMatch, perplexity, tokenAccuracy } from "./exact.js";
export type { Reference } from "./segments.js";
export { BLEU_TOKENIZERS, type BleuTokenizer, bleuTokens } from "./tokenizers.js";
