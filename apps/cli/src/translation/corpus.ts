import { createHash } from "node:crypto";
import { DataError } from "@throughtime/core";
import {
  bpe,
  countTokens,
  frequentTokens,
  type IdPair,
  type TextPair,
  type Tokenizer,
  tokenVocabulary,
  trainBpe,
} from "@throughtime/text";
import type { Side, SideSettings } from "./description.js";
import { type Pairs, partOf, partsOf, type Shares } from "./pairs.js";
import { asTheyAre, type TokenSettings, tokenizerOf } from "./tokens.js";

/** How one side's vocabulary is made. */
export interface VocabularySettings {
  readonly kind: TokenSettings["kind"];
  readonly case: "mixed" | "lower";
  /** Tokens that are there less often are unknown. */
  readonly minFrequency: number;
  readonly maxVocabulary: number;
  /** For bpe: how many merges are learnt. */
  readonly merges: number;
}

/** What one reading of all pairs finds out. */
export interface Corpus {
  readonly sha256: string;
  /** How many pairs there are to train on. */
  readonly trained: number;
  readonly validation: readonly TextPair[];
  readonly test: readonly TextPair[];
}

/**
 * Reads all pairs once, keeps those for validation and test, and hands each training pair to `see`. `validation` are pairs
 * of another file to measure on, which take the place of a share. Throws DataError where there is no training pair.
 */
export async function survey(
  pairs: Pairs,
  shares: Shares,
  validation: Pairs | undefined,
  see: (pair: TextPair) => void = () => {},
): Promise<Corpus> {
  const { note, digest } = pairHash();
  const kept = { validation: [] as TextPair[], test: [] as TextPair[] };
  let seen = 0;
  for await (const pair of pairs.read()) {
    note(pair);
    const part = partOf(pair, shares);
    if (part === "train") {
      seen++;
      see(pair);
    } else kept[part].push(pair);
  }
  for await (const pair of validation?.read() ?? []) {
    note(pair);
    kept.validation.push(pair);
  }
  if (seen === 0) throw new DataError(`${pairs.name} has no pairs to train on.`);
  return { sha256: digest(), trained: seen, ...kept };
}

/** What tells pairs apart from others: SHA-256 of all of them, in their order. */
export function pairHash(): { note(pair: TextPair): void; digest(): string } {
  const hash = createHash("sha256");
  return {
    note({ source, target }) {
      hash.update(`${source}\t${target}\n`);
    },
    digest: () => hash.digest("hex"),
  };
}

/** Counts a side's tokens, and makes its vocabulary of them. */
export function counting(settings: VocabularySettings): {
  /** What is counted of a text. */
  cut(text: string): readonly string[];
  see(tokens: readonly string[]): void;
  side(): SideSettings;
} {
  const { kind, case: letters, minFrequency, maxVocabulary: maxSize } = settings;
  const first = tokenizerOf({ kind: kind === "bpe" ? "words" : kind, case: letters });
  const counts = new Map<string, number>();
  return {
    cut: first.encode,
    see: (tokens) => countTokens(counts, tokens),
    side() {
      const tokens: TokenSettings =
        kind === "bpe" ? { kind, case: letters, merges: trainBpe(counts, settings.merges) } : { kind, case: letters };
      const found = tokens.kind === "bpe" ? pieces(counts, bpe(tokens.merges, asTheyAre)) : counts;
      const vocabulary = tokenVocabulary(frequentTokens(found, { minFrequency, maxSize })).toJSON();
      return { tokens, vocabulary };
    },
  };
}

function pieces(counts: ReadonlyMap<string, number>, cut: Tokenizer): Map<string, number> {
  const found = new Map<string, number>();
  for (const [word, times] of counts) {
    for (const piece of cut.encode(word)) found.set(piece, (found.get(piece) ?? 0) + times);
  }
  return found;
}

/** Text pairs as ids. */
export async function* idPairs(
  pairs: AsyncIterable<TextPair> | Iterable<TextPair>,
  source: Side,
  target: Side,
): AsyncGenerator<IdPair, void, undefined> {
  for await (const pair of pairs) yield idPair(pair, source, target);
}

export const idPair = (pair: TextPair, source: Side, target: Side): IdPair => ({
  source: source.vocabulary.encode(source.tokenizer.encode(pair.source)),
  target: target.vocabulary.encode(target.tokenizer.encode(pair.target)),
});

/** The training pairs as ids, read anew at each call. */
export const trainingPairs = (pairs: Pairs, shares: Shares, source: Side, target: Side) => () =>
  idPairs(partsOf(pairs.read(), "train", shares), source, target);
