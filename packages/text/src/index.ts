export { alphabet } from "./alphabet.js";
export { type LaneCursor, type LaneOptions, type Lanes, lanes, type Window } from "./lanes.js";
export { readText } from "./read-text.js";
export { requireSameVocabulary } from "./same-vocabulary.js";
export { type Fractions, type Split, splitTokens } from "./split.js";
export {
  type Vocabulary,
  type VocabularyJson,
  type VocabularyOptions,
  vocabulary,
  vocabularyFromJson,
} from "./vocabulary.js";
