import { key, randomBits } from "@throughtime/core";

const NUMBERS = ["one", "two", "three", "four", "five", "six"];
const ZAHLEN = ["eins", "zwei", "drei", "vier", "fünf", "sechs"];
const draws = randomBits(key(4), 400 * 6);

/** 400 pairs of three to six numbers, in English and in German the other way around: what attention is for. */
export const PAIRS: readonly (readonly [source: string, target: string])[] = Array.from({ length: 400 }, (_, i) => {
  const digits = Array.from({ length: 3 + (i % 4) }, (__, t) => (draws[6 * i + t] as number) % 6);
  const said = (words: readonly string[], list: readonly number[]) => list.map((d) => words[d]).join(" ");
  return [said(NUMBERS, digits), said(ZAHLEN, [...digits].reverse())] as const;
});

/** Options for a training of a second or two. */
export const SMALL_TRANSLATOR = "--hidden 16 --embedding 8 --batch 32 --validation 0.1 --threads 1";
