import { foldIn, key, randomBits } from "@throughtime/core";

/** Whole numbers below a bound, one after the other, from a seed. */
export function draws(seed: number): (bound: number) => number {
  const own = foldIn(key(seed), 0x7461736b);
  let block = 0;
  let bits: ArrayLike<number> = [];
  let at = 0;
  return (bound) => {
    if (at === bits.length) {
      bits = randomBits(foldIn(own, block++), 4096);
      at = 0;
    }
    return Math.floor(((bits[at++] as number) / 2 ** 32) * bound);
  };
}
