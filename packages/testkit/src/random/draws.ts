import { foldIn, type Key, randomBits } from "@throughtime/core";

/** A stream of random choices that its key determines. */
export interface Draws {
  /** An integer in [low, high]. */
  int(low: number, high: number): number;
  chance(probability: number): boolean;
  one<T>(choices: readonly T[]): T;
  /** One of the choices, each as likely as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T;
}

export function draws(key: Key): Draws {
  let count = 0;
  const next = (): number => (randomBits(foldIn(key, count++), 1)[0] as number) * 2 ** -32;
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    int,
    chance: (probability) => next() < probability,
    one: (choices) => choices[int(0, choices.length - 1)] as (typeof choices)[number],
    weighted(choices) {
      let at = next() * choices.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, choice] of choices) {
        at -= weight;
        if (at < 0) return choice;
      }
      return (choices.at(-1) as (typeof choices)[number])[1];
    },
  };
}
