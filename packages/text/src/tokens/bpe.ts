import { DataError } from "@throughtime/core";
import type { Tokenizer } from "./tokenizer.js";

/** What was learnt: pairs of pieces, in the order in which they are merged. Plain JSON. */
export type BpeMerges = readonly (readonly [string, string])[];

/** Ends a piece that the word goes on after, as in subword-nmt: "Donau@@", "dampf". */
export const CONTINUES = "@@";
const END_OF_WORD = "\u0000";
/** A mark that another piece follows, or that a translator left where it ended inside a word. */
const OPEN = new RegExp(`${CONTINUES}( |$)`, "g");

/**
 * Subwords by byte-pair encoding: words are cut into code points, and merged as `merges` says. Sennrich, Haddow & Birch
 * 2016, "Neural machine translation of rare words with subword units". Pieces inside a word end in "@@". `words` cuts a
 * text into words and puts it together again. Throws DataError where merges are not pairs.
 */
export function bpe(merges: BpeMerges, words: Tokenizer): Tokenizer {
  const ranks = new Map<string, number>();
  merges.forEach((pair, rank) => {
    if (pair?.length !== 2) throw new DataError(`bpe: merge ${rank} must be a pair of pieces.`, { rank });
    ranks.set(keyOf(pair[0], pair[1]), rank);
  });
  const cache = new Map<string, readonly string[]>();
  const piecesOf = (word: string): readonly string[] => {
    const known = cache.get(word);
    if (known) return known;
    let pieces = symbolsOf(word);
    for (;;) {
      const ranked = pieces.slice(1).map((piece, i) => ranks.get(keyOf(pieces[i] as string, piece)) ?? Infinity);
      const best = Math.min(...ranked);
      if (best === Infinity) break;
      const [left, right] = merges[best] as readonly [string, string];
      pieces = merge(pieces, left, right);
    }
    const shown = pieces.map((piece) => (piece.endsWith(END_OF_WORD) ? piece.slice(0, -1) : piece + CONTINUES));
    cache.set(word, shown);
    return shown;
  };
  return {
    encode: (text) => words.encode(text).flatMap(piecesOf),
    decode: (tokens) => words.decode(tokens.join(" ").replaceAll(OPEN, "").split(" ")),
  };
}

/**
 * Learns merges from words and how often each is there: the most frequent pair of neighbours becomes one piece, and so on,
 * `count` times or until no pair is there twice. Of equally frequent pairs the first in the order of code units.
 */
export function trainBpe(counts: ReadonlyMap<string, number>, count: number): BpeMerges {
  const entries = [...counts].map(([word, times]) => ({ pieces: symbolsOf(word), times }));
  const pairs = new Map<string, { times: number; readonly where: Set<number> }>();
  const note = (index: number, sign: 1 | -1) => {
    const { pieces, times } = entries[index] as (typeof entries)[number];
    for (let i = 1; i < pieces.length; i++) {
      const key = keyOf(pieces[i - 1] as string, pieces[i] as string);
      const pair = pairs.get(key) ?? { times: 0, where: new Set() };
      pair.times += sign * times;
      if (sign > 0) pair.where.add(index);
      pairs.set(key, pair);
    }
  };
  entries.forEach((_, index) => {
    note(index, 1);
  });
  const merges: [string, string][] = [];
  while (merges.length < count) {
    let best: string | undefined;
    let most = 1;
    for (const [key, { times }] of pairs) {
      if (times > most || (times === most && best !== undefined && key < best)) [best, most] = [key, times];
    }
    if (best === undefined) break;
    const [left, right] = best.split(SEPARATOR) as [string, string];
    merges.push([left, right]);
    const { where } = pairs.get(best) as { where: Set<number> };
    for (const index of where) {
      const entry = entries[index] as (typeof entries)[number];
      note(index, -1);
      entry.pieces = merge(entry.pieces, left, right);
      note(index, 1);
    }
    pairs.delete(best);
  }
  return merges;
}

const SEPARATOR = "\u0001";
const keyOf = (left: string, right: string): string => left + SEPARATOR + right;

/** The code points of a word, the last marked as the end. */
function symbolsOf(word: string): string[] {
  const symbols = [...word];
  const last = symbols.length - 1;
  return symbols.map((symbol, i) => (i === last ? symbol + END_OF_WORD : symbol));
}

function merge(pieces: readonly string[], left: string, right: string): string[] {
  const out: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    if (pieces[i] === left && pieces[i + 1] === right) {
      out.push(left + right);
      i++;
    } else out.push(pieces[i] as string);
  }
  return out;
}
