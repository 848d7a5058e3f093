import {
  add,
  argmax,
  cast,
  crossEntropy,
  type Dim,
  div,
  equal,
  mean,
  mul,
  oneHot,
  select,
  sub,
  sum,
  type Tensor,
} from "@throughtime/core";

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

/** The share of words that are the likeliest ones. logits: [T, B, V]; words: i32 [T, B]; live: [T, B] → a scalar. */
export const wordAccuracy = (logits: Tensor, words: Tensor, live: Tensor): Tensor =>
  meanOverWords(cast(equal(argmax(logits), words), "f32"), live);
