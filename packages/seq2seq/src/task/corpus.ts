import { DataError } from "@throughtime/core";
import { type TextHash, textHash } from "@throughtime/task";
import {
  type IdPair,
  idsOf,
  type PairBatches,
  type PairBatchOptions,
  pairBatches,
  type TextCodec,
  type TextPair,
} from "@throughtime/text";
import type { BatchLimits, LeftOut, Shares } from "../translation/description.js";
import { type Pairs, partOf } from "./pairs.js";

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
  const hash = textHash();
  const kept = { validation: [] as TextPair[], test: [] as TextPair[] };
  let trained = 0;
  for await (const pair of pairs.read()) {
    notePair(hash, pair);
    const part = partOf(pair, shares);
    if (part === "train") {
      trained++;
      see(pair);
    } else kept[part].push(pair);
  }
  for await (const pair of validation?.read({ once: true }) ?? []) {
    notePair(hash, pair);
    kept.validation.push(pair);
  }
  if (trained === 0) throw new DataError(`${pairs.name} has no pairs to train on.`);
  return { sha256: hash.digest(), trained, ...kept };
}

/** What tells pairs apart from others is SHA-256 of all of them, in their order. */
export const notePair = (hash: TextHash, { source, target }: TextPair): void => hash.note(`${source}\t${target}\n`);

export const idPair = (pair: TextPair, source: TextCodec, target: TextCodec): IdPair => ({
  source: idsOf(source, pair.source),
  target: idsOf(target, pair.target),
});

/** Batches of pairs of a translator's two sides. */
export const batchesOf = (
  open: PairBatchOptions["open"],
  { batch, batchTokens }: BatchLimits,
  source: TextCodec,
  target: TextCodec,
  more: Pick<PairBatchOptions, "epochs" | "key" | "maxLength">,
): PairBatches =>
  pairBatches({
    ...{ open, ids: target.vocabulary, padSource: source.vocabulary.pad, batch, ...more },
    ...(batchTokens === null ? {} : { batchTokens }),
  });

/** What an epoch is made of. */
export async function measure(batches: PairBatches): Promise<{ steps: number; pairs: number; padding: number }> {
  let [steps, pairs, places, padded] = [0, 0, 0, 0];
  for (let next = await batches.next(batches.start); next; next = await batches.next(next.cursor)) {
    const size = next.batch.source.data.length + next.batch.output.data.length;
    steps++;
    pairs += next.batch.lengths.data.length;
    places += size;
    padded += next.padding * size;
  }
  return { steps, pairs, padding: padded / places };
}

/** The pairs that can be measured on, as ids, and how many cannot. */
export function measurable(pairs: readonly TextPair[], maxLength: number, source: TextCodec, target: TextCodec) {
  const leftOut = { blank: 0, tooLong: 0 };
  const found = pairs.flatMap((pair) => {
    const ids = idPair(pair, source, target);
    const lengths = [ids.source.length, ids.target.length];
    if (lengths.includes(0)) leftOut.blank++;
    else if (lengths.some((length) => length > maxLength)) leftOut.tooLong++;
    else return [{ pair, ids }];
    return [];
  });
  return { found, leftOut };
}

/** How many pairs were left out, and why. */
export function leftOutText({ blank, tooLong }: LeftOut, maxLength: number, what = "pair"): string {
  const left = (number: number, why: string) =>
    number === 0 ? [] : [`${count(number)} ${what}${number === 1 ? "" : "s"} left out: ${why}`];
  const long = `a side has more than ${count(maxLength)} tokens (--max-length)`;
  return [...left(blank, "a side is blank"), ...left(tooLong, long)].join("; ");
}

/** 1234567 → "1,234,567". */
export const count = (value: number): string => Math.round(value).toLocaleString("en-US");
