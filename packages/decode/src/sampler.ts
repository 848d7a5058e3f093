import { type Key, OptionError, optionsOf, randomBits } from "@throughtime/core";
import { checkSamplingOptions, type SamplingOptions, samplingDistribution } from "./distribution.js";

/** Chooses a token from the logits [V] of one position. Equal logits and keys give equal tokens on every machine. */
export type Sampler = (logits: ArrayLike<number>, key: Key) => number;

export interface SamplerOptions extends SamplingOptions {
  /** Always the most likely token. The other options must then be left out. Default false. */
  readonly greedy?: boolean;
}

/**
 * A sampler: temperature, then top-k, then top-p; without options it draws from softmax(logits).
 * Throws OptionError for options out of range, and where `greedy` stands beside another.
 *
 * Sources: top-k, Fan et al. 2018, "Hierarchical neural story generation"; top-p (nucleus), Holtzman et al. 2020,
 * "The curious case of neural text degeneration".
 *
 * @example const choose = sampler({ temperature: 0.8, topP: 0.95 });
 */
export function sampler(given: SamplerOptions = {}): Sampler {
  const { greedy = false, ...options } = optionsOf("sampler", given, "greedy", "temperature", "topK", "topP");
  checkSamplingOptions(options);
  const others = Object.entries(options).filter(([, value]) => value !== undefined);
  if (greedy && others.length > 0) {
    const [[name] = []] = others;
    throw new OptionError(
      `sampler: greedy always takes the likeliest token, so ${name} has no effect. Give one of the two.`,
      {
        options,
      },
    );
  }
  const distributed: SamplingOptions = greedy ? { temperature: 0 } : options;
  return (logits, key) => draw(samplingDistribution(logits, distributed), key);
}

/** Inversion: the first token at which the cumulative probability exceeds a uniform number in [0, 1). */
function draw(probabilities: Float64Array, key: Key): number {
  const [high = 0, low = 0] = randomBits(key, 2);
  const u = (high * 2 ** 21 + (low >>> 11)) * 2 ** -53;
  let sum = 0;
  let last = 0;
  for (let token = 0; token < probabilities.length; token++) {
    const probability = probabilities[token] as number;
    if (probability === 0) continue;
    sum += probability;
    last = token;
    if (u < sum) return token;
  }
  // Rounding can leave the sum a little below 1.
  return last;
}
