export { type Bleu, type BleuOptions, bleu } from "./bleu.js";
export { type Chrf, chrf } from "./chrf.js";
export { exactMatch, perplexity, tokenAccuracy } from "./exact.js";
export type { Reference } from "./segments.js";
export { tokenize13a } from "./tokenize-13a.js";
