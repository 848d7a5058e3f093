import {
  ArgumentError,
  describe,
  foldIn,
  type Key,
  OptionError,
  once,
  optionsOf,
  requireFunction,
  requireInRange,
} from "@throughtime/core";
import type { Sampler } from "./sampler.js";

/** Reads one token: the state after it, and the logits [V] of the token that follows. */
export type DecodeStep<S> = (
  state: S,
  token: number,
) => Promise<{ state: S; logits: ArrayLike<number> }> | { state: S; logits: ArrayLike<number> };

export interface GenerateOptions<S> {
  readonly step: DecodeStep<S>;
  /** The state before the first token of the prime. */
  readonly state: S;
  /** At least one token, read before any is generated. */
  readonly prime: ArrayLike<number>;
  /** How many tokens to generate. Default: until the caller stops. */
  readonly length?: number;
  readonly sampler: Sampler;
  /** Token i is drawn with foldIn(key, i): a longer text begins with the shorter one. */
  readonly key: Key;
}

/**
 * Generates tokens, one by one as they are asked for: reads the prime, then draws a token from the logits, reads it, and
 * so on. A reader may be spread into its options; that has a `release`, which is not called. It knows nothing of the model but `step`. One loop can be made over it. Throws ArgumentError for an option that there is not, OptionError for an empty prime or a length that is not an
 * integer ≥ 0, and DataError for a token that is not one of V, in the prime or from the sampler; passes on what `step` and `sampler` throw.
 *
 * @example for await (const token of generate({ step, state, prime, length: 200, sampler: sampler(), key: key(0) })) …
 */
export const generate = <S>(options: GenerateOptions<S>): AsyncGenerator<number, void, undefined> =>
  once(
    tokensOf(options),
    "generate: this was iterated over before, and a text is generated once. Call generate() again.",
  );

const OPTIONS = ["step", "state", "prime", "length", "sampler", "key"] as const;

const PRIME = { op: "generate", noun: "the prime's token" };

async function* tokensOf<S>(options: GenerateOptions<S>): AsyncGenerator<number, void, undefined> {
  const { release: _, ...own } = options as typeof options & { readonly release?: unknown };
  const { step, prime, length = Infinity, sampler, key } = optionsOf("generate", own, ...OPTIONS);
  requireFunction("generate: step", step);
  requireFunction("generate: sampler", sampler);
  if (typeof prime?.length !== "number") {
    throw new ArgumentError(`generate: the prime is ${describe(prime)}; expected a list of tokens.`);
  }
  if (prime.length === 0) throw new OptionError("generate: the prime is empty; give at least one token to begin with.");
  if (!(length === Infinity || (Number.isSafeInteger(length) && length >= 0))) {
    throw new OptionError(`generate: length must be an integer ≥ 0, received ${length}.`, { length });
  }
  requireInRange(PRIME, prime, 2 ** 31);
  let state = options.state;
  let logits: ArrayLike<number> = [];
  const read = async (token: number) => {
    ({ state, logits } = await step(state, token));
    requireInRange(PRIME, [token], logits.length);
  };
  for (let i = 0; i < prime.length - 1; i++) await read(prime[i] as number);
  // A token is read only when one after it is wanted, so a model is never stepped for nothing.
  let token = prime[prime.length - 1] as number;
  for (let i = 0; i < length; i++) {
    await read(token);
    token = sampler(logits, foldIn(key, i));
    requireInRange({ op: "generate", noun: "the sampler's token" }, [token], logits.length);
    yield token;
  }
}
