import type { DatasetPair } from "./dataset.js";
import { draws } from "./random.js";

const WORDS = 50;
const LONGEST = 25;
const COUNTS = { train: 50_000, validation: 1000, test: 1000 } as const;

/**
 * Sequences of 1 to 25 numbers below 50, to be said backwards: JoeyNMT's smoke test, with its sizes (Kreutzer, Bastings &
 * Riezler 2019). No sequence is there twice, in no part.
 */
export function reverse(seed: number): readonly DatasetPair[] {
  const draw = draws(seed);
  const seen = new Set<string>();
  return Object.entries(COUNTS).flatMap(([part, count]) => {
    const pairs: DatasetPair[] = [];
    while (pairs.length < count) {
      const numbers = Array.from({ length: 1 + draw(LONGEST) }, () => draw(WORDS));
      const source = numbers.join(" ");
      if (seen.has(source)) continue;
      seen.add(source);
      pairs.push({ source, target: numbers.reverse().join(" "), part: part as DatasetPair["part"] });
    }
    return pairs;
  });
}
