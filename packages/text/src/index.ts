export { alphabet } from "./alphabet.js";
export { isRightToLeft, textWidth } from "./drawn-text.js";
export { type LaneCursor, type LaneOptions, type Lanes, lanes, type Window } from "./lanes.js";
export { type LinePart, type LineSplitter, lineSplitter } from "./pairs/line-splitter.js";
export { type IdPair, type PairArrays, pairArrays, type SpecialIds } from "./pairs/pair-arrays.js";
export {
  type PairBatch,
  type PairBatches,
  type PairBatchOptions,
  type PairCursor,
  pairBatches,
} from "./pairs/pair-batches.js";
export { pairColumns, pairLines, type TextPair } from "./pairs/pair-lines.js";
export { type ReadLinesOptions, readLines } from "./pairs/read-lines.js";
export { readText } from "./read-text.js";
export { requireSameVocabulary } from "./same-vocabulary.js";
export { type Fractions, type Split, splitTokens } from "./split.js";
export { type TextPiecesOptions, textPieces } from "./text-pieces.js";
export { type BpeMerges, bpe } from "./tokens/bpe.js";
export { characters } from "./tokens/characters.js";
export { countTokens, type FrequentOptions, frequentTokens } from "./tokens/count.js";
export { type CaseOptions, JOINER, normalizeText } from "./tokens/normalize.js";
export { tagged } from "./tokens/tagged.js";
export {
  type CodecLearner,
  codecLearner,
  idsOf,
  type LearnCodecOptions,
  type TextCodec,
  type TextCodecJson,
  textCodec,
  tokensOf,
} from "./tokens/text-codec.js";
export {
  SPECIAL_TOKENS,
  type TokenVocabulary,
  type TokenVocabularyJson,
  tokenVocabulary,
  tokenVocabularyFromJson,
} from "./tokens/token-vocabulary.js";
export type { Tokenizer, TokenWords } from "./tokens/tokenizer.js";
export { TOKENIZERS, type TokenizerJson, tokenizerFromJson, wholeWords } from "./tokens/tokenizer-json.js";
export { trainBpe } from "./tokens/train-bpe.js";
export { replaceUnknown, sourceWords } from "./tokens/unknown.js";
export { words } from "./tokens/words.js";
export {
  type Vocabulary,
  type VocabularyJson,
  type VocabularyOptions,
  vocabulary,
  vocabularyFromJson,
} from "./vocabulary.js";
