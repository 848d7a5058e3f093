import {
  add,
  addDim,
  argmax,
  cast,
  crossEntropy,
  type Dim,
  div,
  equal,
  expandDims,
  iota,
  less,
  mean,
  mul,
  oneHot,
  requireIndices,
  reshape,
  select,
  sub,
  sum,
  type Tensor,
} from "@throughtime/core";

/** Whether a word belongs to its sentence. lengths: i32 [B], each in [0, T] → bool [T, B]. */
export const liveWords = (T: Dim, lengths: Tensor): Tensor =>
  less(reshape(iota(T), [T, 1]), expandDims(checkedLengths(T, lengths), { axis: 0 }));

/** Lengths of sentences of at most T words. Evaluation throws DataError where one is not in [0, T]. */
export const checkedLengths = (T: Dim, lengths: Tensor): Tensor =>
  requireIndices(lengths, addDim(T, 1), { op: "seq2seq", noun: "length" });

/** The mean over the words that count; NaN where none does. values, live: [T, B] → a scalar. No others have weight or gradient. */
export const meanOverWords = (values: Tensor, live: Tensor): Tensor =>
  div(sum(select(live, values, 0)), sum(cast(live, "f32")));

/**
 * −ln p(word) with its target smoothed: 1 − ε on the word and ε spread evenly over all V. Szegedy et al. 2016, "Rethinking
 * the inception architecture", section 7. logits: [T, B, V]; words: i32 [T, B] → [T, B].
 */
export function smoothedCrossEntropy(logits: Tensor, words: Tensor, epsilon: number): Tensor {
  const plain = crossEntropy(logits, words);
  if (epsilon === 0) return plain;
  // Σ_v −ln p(v) / V = −ln p(word) + logit of the word − mean logit
  const own = sum(mul(logits, oneHot(words, logits.shape.at(-1) as Dim)), { axis: -1 });
  return add(plain, mul(sub(own, mean(logits, { axis: -1 })), epsilon));
}

/** The share of words that are the likeliest ones. */
export const wordAccuracy = (logits: Tensor, words: Tensor, live: Tensor): Tensor =>
  meanOverWords(cast(equal(argmax(logits), words), "f32"), live);
