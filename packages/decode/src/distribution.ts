import { NonFiniteError, OptionError } from "@throughtime/core";

export interface SamplingOptions {
  /** Logits are divided by it: below 1 the distribution is sharper, above 1 flatter; 0 is greedy. Default 1. */
  readonly temperature?: number;
  /** Only the k most likely tokens can be drawn (Fan et al. 2018). Default: all. */
  readonly topK?: number;
  /** Only the smallest set of most likely tokens whose probabilities sum to at least p can be drawn (nucleus; Holtzman et al. 2020). Default 1. */
  readonly topP?: number;
}

/**
 * What a sampler draws from: softmax(logits / temperature), cut to the topK likeliest, then to the nucleus of mass topP,
 * and scaled to sum to 1. Of equal logits the lower id is likelier. At temperature 0 all mass is on the largest logit.
 * logits: [V]; −Inf is a token that is never drawn.
 *
 * Throws OptionError for options out of range and for no logits; NonFiniteError where a logit is NaN or +Inf or all are −Inf.
 */
export function samplingDistribution(logits: ArrayLike<number>, options: SamplingOptions = {}): Float64Array {
  const { temperature = 1, topK = Infinity, topP = 1 } = checkSamplingOptions(options);
  const best = largest(logits);
  const probabilities = new Float64Array(logits.length);
  if (temperature === 0) {
    probabilities[best] = 1;
    return probabilities;
  }
  const top = logits[best] as number;
  // Relative to the largest, so that no exponential overflows.
  for (let i = 0; i < logits.length; i++) probabilities[i] = Math.exp(((logits[i] as number) - top) / temperature);
  scale(probabilities);
  if (topK >= logits.length && topP >= 1) return probabilities;

  // By logit, since probabilities of distinct logits may be equal, or both zero.
  const order = Array.from(logits, (_, i) => i).sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
  const kept = nucleus(order.slice(0, Math.min(topK, order.length)), probabilities, topP);
  const cut = new Float64Array(logits.length);
  for (const token of kept) cut[token] = probabilities[token] as number;
  scale(cut);
  return cut;
}

/** Throws OptionError for sampling options out of range. */
export function checkSamplingOptions(options: SamplingOptions): SamplingOptions {
  const { temperature = 1, topK, topP } = options;
  if (!(temperature >= 0 && temperature < Infinity)) {
    throw new OptionError(`sampler: temperature must be a number ≥ 0, received ${temperature}.`, { temperature });
  }
  if (topK !== undefined && !(Number.isSafeInteger(topK) && topK >= 1)) {
    throw new OptionError(`sampler: topK must be an integer ≥ 1, received ${topK}.`, { topK });
  }
  if (topP !== undefined && !(topP > 0 && topP <= 1)) {
    throw new OptionError(`sampler: topP must be in (0, 1], received ${topP}.`, { topP });
  }
  return options;
}

function largest(logits: ArrayLike<number>): number {
  if (logits.length === 0) throw new OptionError("sampler: there are no logits to draw from.");
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    const value = logits[i] as number;
    if (Number.isNaN(value) || value === Infinity) {
      throw new NonFiniteError(`sampler: the logit of token ${i} is ${value}. Has the model diverged?`, {
        token: i,
        value,
      });
    }
    if (value > (logits[best] as number)) best = i;
  }
  if (logits[best] === -Infinity) throw new NonFiniteError("sampler: every logit is −Infinity; no token can be drawn.");
  return best;
}

/** The shortest beginning of `order` that holds `mass` of the probability of all of it. */
function nucleus(order: readonly number[], probabilities: Float64Array, mass: number): readonly number[] {
  const total = order.reduce((sum, token) => sum + (probabilities[token] as number), 0);
  let sum = 0;
  const end = order.findIndex((token) => {
    sum += probabilities[token] as number;
    return sum >= mass * total;
  });
  return end < 0 ? order : order.slice(0, end + 1);
}

function scale(weights: Float64Array): void {
  let sum = 0;
  for (const weight of weights) sum += weight;
  for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] as number) / sum;
}
