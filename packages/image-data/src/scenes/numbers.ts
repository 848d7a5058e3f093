import { foldIn, type Key, randomBits } from "@throughtime/core";

/** Random numbers one after the other, without end. */
export interface Numbers {
  /** From low up to high. */
  between(low: number, high: number): number;
  /** From low to high, whole. */
  whole(low: number, high: number): number;
  pick<T>(items: readonly T[]): T;
}

const AT_ONCE = 64;

export function numbers(key: Key): Numbers {
  let bits = randomBits(key, AT_ONCE);
  let [at, block] = [0, 0];
  const next = () => {
    if (at === AT_ONCE) {
      bits = randomBits(foldIn(key, ++block), AT_ONCE);
      at = 0;
    }
    return (bits[at++] as number) * 2 ** -32;
  };
  const whole = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    between: (low, high) => low + next() * (high - low),
    whole,
    pick: (items) => items[whole(0, items.length - 1)] as (typeof items)[number],
  };
}
