import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BpeMerges, bpe, type Tokenizer, trainBpe } from "../src/index.js";

/** Words as they are. */
const asTheyAre: Tokenizer = {
  normalize: (text) => text,
  encode: (text) => [text],
  decode: (tokens) => tokens.join(" "),
};
const END = "\u0000";
const symbolsOf = (word: string) => [...word].map((symbol, i, all) => (i === all.length - 1 ? symbol + END : symbol));

// The algorithm as the paper has it: all pieces are looked through for every merge.
function mergeAll(pieces: readonly string[], left: string, right: string): string[] {
  const out: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    if (pieces[i] === left && pieces[i + 1] === right) {
      out.push(left + right);
      i++;
    } else out.push(pieces[i] as string);
  }
  return out;
}

function cutSlowly(merges: BpeMerges, word: string): string[] {
  const ranks = new Map(merges.map(([left, right], rank) => [JSON.stringify([left, right]), rank]));
  let pieces = symbolsOf(word);
  for (;;) {
    const ranked = pieces.slice(1).map((piece, i) => ranks.get(JSON.stringify([pieces[i], piece])) ?? Infinity);
    const best = merges[Math.min(...ranked)];
    if (best === undefined) return pieces.map((piece) => (piece.endsWith(END) ? piece.slice(0, -1) : `${piece}@@`));
    pieces = mergeAll(pieces, ...best);
  }
}

function learnSlowly(counts: ReadonlyMap<string, number>, count: number): BpeMerges {
  const words = [...counts].map(([word, times]) => ({ pieces: symbolsOf(word), times }));
  const merges: [string, string][] = [];
  while (merges.length < count) {
    const pairs = new Map<string, number>();
    for (const { pieces, times } of words) {
      for (let i = 1; i < pieces.length; i++) {
        const key = `${pieces[i - 1]}\u0001${pieces[i]}`;
        pairs.set(key, (pairs.get(key) ?? 0) + times);
      }
    }
    const [best] = [...pairs]
      .filter(([, times]) => times > 1)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : a > b ? 1 : 0));
    if (best === undefined) break;
    const [left, right] = best[0].split("\u0001") as [string, string];
    merges.push([left, right]);
    for (const word of words) word.pieces = mergeAll(word.pieces, left, right);
  }
  return merges;
}

const letters = fc.constantFrom("a", "b", "c", "𝄞", "é", "-");
const word = fc.array(letters, { minLength: 1, maxLength: 40 }).map((list) => list.join(""));

describe("byte-pair encoding is that of the paper", () => {
  test("in what it learns", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.integer({ min: 1, max: 4 })), { maxLength: 12 }), (list) => {
        expect(trainBpe(new Map(list), 30)).toEqual(learnSlowly(new Map(list), 30));
      }),
      { numRuns: 500 },
    );
  });

  test("in how it cuts, also with merges that were learnt in another order", () => {
    const learnt = fc.array(word, { maxLength: 8 }).map((list) => trainBpe(new Map(list.map((one) => [one, 2])), 25));
    const merges = learnt.chain((list) => fc.shuffledSubarray([...list]));
    fc.assert(
      fc.property(fc.oneof(learnt, merges), word, (list, text) => {
        expect(bpe(list, asTheyAre).encode(text)).toEqual(cutSlowly(list, text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a run of 200,000 letters", () => {
  const random = Array.from({ length: 200_000 }, (_, i) => "abcdefghij"[(i * i * 7 + (i >> 3)) % 10] as string).join(
    "",
  );

  test.each([
    ["at random", random],
    ["of one letter", "a".repeat(200_000)],
  ])("%s is learned from and cut in about n log n", { timeout: 20_000 }, (_, run) => {
    const merges = trainBpe(new Map([[run, 1]]), 2000);
    expect(merges.length).toBeGreaterThan(10);
    const pieces = bpe(merges, asTheyAre).encode(run);
    expect(pieces.length).toBeLessThan(100_000);
    expect(bpe(merges, asTheyAre).decode(pieces)).toBe(run);
  });
});
