import { ArgumentError, describe } from "@throughtime/core";

// What arguments must be. Each of these throws an ArgumentError that begins with `place`, such as "alphabet: the text".

export function requireText(place: string, text: unknown): void {
  if (typeof text !== "string") throw new ArgumentError(`${place} is ${describe(text)}; expected a string.`);
}

/** A string is no list of tokens, though it can be gone through: it would be cut into its characters without a word. */
export function requireTokens(place: string, tokens: unknown): void {
  if (typeof tokens === "object" && tokens !== null && Symbol.iterator in tokens) return;
  throw new ArgumentError(`${place} is ${describe(tokens)}; expected tokens, as words().encode(text) makes.`);
}

export function requireCounts(place: string, counts: unknown): void {
  if (Object.prototype.toString.call(counts) === "[object Map]") return;
  throw new ArgumentError(`${place} is ${describe(counts)}; expected a Map of counts, as countTokens() fills.`);
}
