import { DataError, foldIn, type Key, key as keyOf, OptionError, optionsOf, shuffled } from "@throughtime/core";
import { type IdPair, type PairArrays, pairArrays, type SpecialIds } from "./pair-arrays.js";

/** Where in the pairs training stands. Plain JSON: it is kept in a checkpoint. */
export type PairCursor = { readonly epoch: number; readonly pool: number; readonly batch: number };

export interface PairBatchOptions {
  /** Opens the pairs anew, from the first: called once an epoch, and when training resumes. */
  readonly open: () => AsyncIterable<IdPair> | Iterable<IdPair>;
  /** Of the target's vocabulary. */
  readonly ids: SpecialIds;
  /** Of the source's vocabulary. Default: the target's. */
  readonly padSource?: number;
  /**
   * Places in a batch at most, source and target and padding together. A pair that needs more is a batch of its own.
   * Default: no limit, where `batch` is one.
   */
  readonly batchTokens?: number;
  /** Pairs in a batch at most. Default: no limit, where `batchTokens` is one. */
  readonly batch?: number;
  /** Pairs with more words on a side are left out. Default: none. */
  readonly maxLength?: number;
  /** How many pairs are held in memory, shuffled and sorted together. Default 50,000. */
  readonly pool?: number;
  /** What the order comes from: another in every epoch. Default: key(0). */
  readonly key?: Key;
  /** How often the pairs are read. Default: without end. */
  readonly epochs?: number;
}

export interface PairBatch {
  readonly batch: PairArrays;
  readonly cursor: PairCursor;
  readonly epoch: number;
  /** Words of the target, ends included. */
  readonly units: number;
  /** The share of this batch's places that are padding. */
  readonly padding: number;
}

/** A source of batches, as `train` consumes it. */
export interface PairBatches {
  readonly start: PairCursor;
  next(cursor: PairCursor): Promise<PairBatch | null>;
}

const OPTIONS = [
  ...(["open", "ids", "padSource", "batchTokens", "batch", "maxLength", "pool", "key", "epochs"] as const),
];

/**
 * Batches of pairs of like length, cut by how many places they take, or how many pairs they are. Pairs are read in pools;
 * each is shuffled, sorted by length, cut, and its batches come in random order, so a corpus may be larger than memory and
 * padding stays small. A pure function of the cursor. Batches have the same sizes in every epoch, in another order: a backend
 * that compiles for sizes does so in the first only. Pairs with a blank side are left out. Throws OptionError for options
 * out of range, and DataError where no pair is left.
 */
export function pairBatches(options: PairBatchOptions): PairBatches {
  const {
    open,
    ids,
    padSource,
    batchTokens = Infinity,
    batch: most = Infinity,
    maxLength = Infinity,
    pool = 50_000,
    key = keyOf(0),
    epochs = Infinity,
  } = optionsOf("pairBatches", options, ...OPTIONS);
  for (const [name, value] of Object.entries({ batchTokens, batch: most, pool, maxLength, epochs })) {
    if (!(value === Infinity && name !== "pool") && !(Number.isSafeInteger(value) && value >= 1)) {
      throw new OptionError(`pairBatches: ${name} must be an integer ≥ 1, received ${value}.`, { [name]: value });
    }
  }
  if (Math.min(batchTokens, most) === Infinity) {
    throw new OptionError("pairBatches: neither batch nor batchTokens is given. Say how large a batch may be.");
  }
  const left = { blank: 0, long: 0 };
  const fits = ({ source, target }: IdPair) => {
    if (source.length === 0 || target.length === 0) left.blank++;
    else if (Math.max(source.length, target.length) > maxLength) left.long++;
    else return true;
    return false;
  };

  let reading: { epoch: number; pool: number; rest: AsyncIterator<IdPair>; batches: readonly IdPair[][] } | undefined;
  const load = async (epoch: number, number: number): Promise<readonly IdPair[][]> => {
    if (reading?.epoch === epoch && reading.pool === number) return reading.batches;
    const goesOn = reading?.epoch === epoch && reading.pool === number - 1;
    const rest = goesOn && reading ? reading.rest : kept(open(), fits);
    if (!goesOn) for (let i = 0; i < number * pool; i++) if ((await rest.next()).done) break;
    const pairs: IdPair[] = [];
    while (pairs.length < pool) {
      const { done, value } = await rest.next();
      if (done) break;
      pairs.push(value);
    }
    const own = foldIn(foldIn(key, epoch), number);
    const batches = shuffled(cut(shuffled(pairs, foldIn(own, 0)), batchTokens, most), foldIn(own, 1));
    reading = { epoch, pool: number, rest, batches };
    return batches;
  };

  return {
    start: { epoch: 0, pool: 0, batch: 0 },
    async next(cursor) {
      const { epoch, pool: number, batch } = cursor;
      if (epoch >= epochs) return null;
      const batches = await load(epoch, number);
      const pairs = batches[batch];
      if (pairs === undefined) {
        if (batches.length > 0) return this.next({ epoch, pool: number + 1, batch: 0 });
        if (number === 0) {
          const { blank, long } = left;
          throw new DataError(
            `pairBatches: no pair is left: ${blank} with a blank side, ${long} with more than ${maxLength} words on a side (maxLength).`,
            { ...left, maxLength },
          );
        }
        return this.next({ epoch: epoch + 1, pool: 0, batch: 0 });
      }
      const arrays = pairArrays(pairs, ids, padSource);
      const units = sum(arrays.lengths.data);
      const places = arrays.source.data.length + arrays.output.data.length;
      const padding = 1 - (units + sum(arrays.sourceLengths.data)) / places;
      return { batch: arrays, cursor: { epoch, pool: number, batch: batch + 1 }, epoch, units, padding };
    },
  };
}

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

async function* kept(
  pairs: AsyncIterable<IdPair> | Iterable<IdPair>,
  fits: (pair: IdPair) => boolean,
): AsyncGenerator<IdPair, void, undefined> {
  for await (const pair of pairs) if (fits(pair)) yield pair;
}

/** Batches of pairs of like length. */
const cut = (pairs: readonly IdPair[], tokens: number, most: number): IdPair[][] =>
  partsOf(pairs, most).flatMap((part) => runs(part, tokens));

const lengthOfSource = ({ source }: IdPair): number => source.length;
const lengthOfTarget = ({ target }: IdPair): number => target.length + 1;

/**
 * Parts of `most` pairs, and one of the rest: pairs are cut in two by their sources' lengths or their targets',
 * whichever leaves less padding, and so is each part (a k-d tree's way: Bentley 1975). Equally long pairs keep their order.
 */
function partsOf(pairs: readonly IdPair[], most: number): (readonly IdPair[])[] {
  if (pairs.length <= most) return [pairs];
  const middle = most * Math.ceil(Math.ceil(pairs.length / most) / 2);
  const halves = (
    [
      [lengthOfSource, lengthOfTarget],
      [lengthOfTarget, lengthOfSource],
    ] as const
  ).map(([first, second]) => {
    const sorted = [...pairs].sort((a, b) => first(a) - first(b) || second(a) - second(b));
    return [sorted.slice(0, middle), sorted.slice(middle)];
  }) as [IdPair[][], IdPair[][]];
  const [bySource, byTarget] = halves.map((parts) => sum(parts.map(places))) as [number, number];
  return halves[bySource < byTarget ? 0 : 1].flatMap((half) => partsOf(half, most));
}

/** What a batch of the pairs takes, padding included. */
const places = (pairs: readonly IdPair[]): number =>
  pairs.length * (longest(pairs, lengthOfSource) + longest(pairs, lengthOfTarget));

const longest = (pairs: readonly IdPair[], length: (pair: IdPair) => number): number =>
  pairs.reduce((most, pair) => Math.max(most, length(pair)), 0);

/**
 * Neighbours by length, as many as `tokens` places hold: by the target's, and among equals by the source's, up and down in
 * turn, so that sources do not jump from long to short where the target's length changes.
 */
function runs(pairs: readonly IdPair[], tokens: number): IdPair[][] {
  const turn = ({ target }: IdPair) => (target.length % 2 === 0 ? 1 : -1);
  const sorted = [...pairs].sort(
    (a, b) => a.target.length - b.target.length || turn(a) * (a.source.length - b.source.length),
  );
  const batches: IdPair[][] = [];
  let [S, T] = [0, 0];
  for (const pair of sorted) {
    const batch = batches.at(-1);
    [S, T] = [Math.max(S, lengthOfSource(pair)), Math.max(T, lengthOfTarget(pair))];
    if (batch && (batch.length + 1) * (S + T) <= tokens) batch.push(pair);
    else {
      batches.push([pair]);
      [S, T] = [lengthOfSource(pair), lengthOfTarget(pair)];
    }
  }
  return batches;
}
