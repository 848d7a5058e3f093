import { ArgumentError, DataError, describe, requireList } from "@throughtime/core";
import { Heap } from "./heap.js";
import type { Tokenizer, TokenWords } from "./tokenizer.js";

/** What was learnt: pairs of pieces, in the order in which they are merged. Plain JSON. */
export type BpeMerges = readonly (readonly [string, string])[];

/** Ends a piece that the word goes on after, as in subword-nmt: "Donau@@", "dampf". */
const CONTINUES = "@@";
/** Stands after the last code point of a word in merges. */
const END_OF_WORD = "\u0000";
/** Words that are cut are kept, these at most: they come again and again. */
const KEPT = { words: 50_000, length: 100 } as const;

/**
 * Subwords by byte-pair encoding: words are cut into code points, and merged as `merges` says. Sennrich, Haddow & Birch
 * 2016, "Neural machine translation of rare words with subword units". Pieces inside a word end in "@@". `words` cuts a
 * text into words, none of which ends in "@@", and puts it together again. A word of n letters takes O(n log n). Throws
 * DataError where merges are not pairs.
 */
export function bpe(merges: BpeMerges, words: Tokenizer): Tokenizer {
  requireList("bpe: merges", merges);
  if (typeof words?.encode !== "function") {
    throw new ArgumentError(
      `bpe: argument 2 is ${describe(words)}; expected what cuts a text into words, such as words().`,
    );
  }
  const rank = ranksOf(merges);
  const kept = new Map<string, readonly string[]>();
  const piecesOf = (word: string): readonly string[] => {
    const known = kept.get(word);
    if (known) return known;
    const pieces = merged(symbolsOf(word), rank).map((piece) =>
      piece.endsWith(END_OF_WORD) ? piece.slice(0, -1) : piece + CONTINUES,
    );
    if (kept.size >= KEPT.words) kept.clear();
    if (word.length <= KEPT.length) kept.set(word, pieces);
    return pieces;
  };
  return {
    normalize: words.normalize,
    encode: (text) => words.encode(text).flatMap(piecesOf),
    decode: (tokens) => words.decode(joined(tokens).words),
    unit: "piece",
    wordsOf: joined,
  };
}

/** Whole words of pieces. One that a translator left open ends where the pieces do. */
function joined(pieces: readonly string[]): TokenWords {
  const words: string[] = [];
  const of: number[] = [];
  let open: string[] = [];
  for (const piece of pieces) {
    const goesOn = piece.endsWith(CONTINUES);
    of.push(words.length);
    open.push(goesOn ? piece.slice(0, -CONTINUES.length) : piece);
    if (goesOn) continue;
    words.push(open.join(""));
    open = [];
  }
  if (open.length > 0) words.push(open.join(""));
  return { words, of };
}

/** The rank of a pair of pieces; undefined for one that is not merged. */
type Rank = (left: string, right: string) => number | undefined;

function ranksOf(merges: BpeMerges): Rank {
  const ranks = new Map<string, Map<string, number>>();
  merges.forEach((pair, rank) => {
    if (pair?.length !== 2) throw new DataError(`bpe: merge ${rank} must be a pair of pieces.`, { rank });
    const [left, right] = pair;
    const own = ranks.get(left) ?? new Map<string, number>();
    ranks.set(left, own.set(right, rank));
  });
  return (left, right) => ranks.get(left)?.get(right);
}

/**
 * Merges all pairs of the lowest rank, from left to right, then of the lowest that is there now, and so on. The pieces are
 * a linked list, and the pairs wait in a heap by rank and place; those that are gone when their turn comes are passed over.
 */
function merged(symbols: readonly string[], rank: Rank): string[] {
  const pieces: (string | undefined)[] = [...symbols];
  const size = pieces.length;
  const next = Int32Array.from({ length: size }, (_, i) => i + 1);
  const before = Int32Array.from({ length: size }, (_, i) => i - 1);
  const waiting = new Heap<number>((a, b) => a < b);
  const rankAt = (at: number): number | undefined => {
    const [left, right] = [pieces[at], pieces[next[at] as number]];
    return left === undefined || right === undefined ? undefined : rank(left, right);
  };
  const note = (at: number) => {
    const own = at < 0 ? undefined : rankAt(at);
    if (own !== undefined) waiting.push(own * size + at);
  };
  for (let at = 0; at < size; at++) note(at);
  for (let first = waiting.peek(); first !== undefined; first = waiting.peek()) {
    const lowest = Math.floor(first / size);
    const changed: number[] = [];
    for (let top: number | undefined = first; top !== undefined && top < (lowest + 1) * size; top = waiting.peek()) {
      waiting.pop();
      const at = top % size;
      if (rankAt(at) !== lowest) continue;
      const right = next[at] as number;
      pieces[at] = `${pieces[at]}${pieces[right]}`;
      pieces[right] = undefined;
      const after = next[right] as number;
      next[at] = after;
      if (after < size) before[after] = at;
      changed.push(at);
    }
    // What has come to be takes its turn when all of this rank are merged.
    for (const at of changed) {
      if (pieces[at] === undefined) continue;
      note(before[at] as number);
      note(at);
    }
  }
  return pieces.filter((piece) => piece !== undefined);
}

/** The code points of a word, the last marked as the end. */
export function symbolsOf(word: string): string[] {
  const symbols = Array.from(word);
  if (symbols.length > 0) symbols[symbols.length - 1] += END_OF_WORD;
  return symbols;
}
