import { requireCounts } from "../require.js";
import { type BpeMerges, symbolsOf } from "./bpe.js";
import { Heap } from "./heap.js";

/** Two pieces that stand side by side. */
interface Pair {
  readonly left: number;
  readonly right: number;
  /** What decides between equally frequent ones. */
  readonly name: string;
  times: number;
  /** Where it was; some may have gone since. */
  readonly places: number[];
}

/** A word is apart from the next by this. */
const NONE = -1;

/**
 * Learns merges from words and how often each is there: the most frequent pair of neighbours becomes one piece, and so on,
 * `count` times or until no pair is there twice. Of equally frequent pairs the first in the order of code units. What a
 * merge costs depends on how often its pair is there, not on how long the words are.
 */
export function trainBpe(counts: ReadonlyMap<string, number>, count: number): BpeMerges {
  requireCounts("trainBpe: argument 1", counts);
  const { names, pieces, weights } = placed(counts);
  const idOf = new Map(names.map((name, id) => [name, id]));
  const next = Int32Array.from(pieces, (_, at) => at + 1);
  const before = Int32Array.from(pieces, (_, at) => at - 1);
  const pairs = new Map<number, Pair>();
  const queue = new Heap<{ readonly pair: Pair; readonly times: number }>(
    (a, b) => a.times > b.times || (a.times === b.times && a.pair.name < b.pair.name),
  );

  /** Adds or takes away the pair whose left piece stands here. */
  const note = (at: number, sign: 1 | -1): Pair | undefined => {
    const [left, right] = at < 0 ? [NONE, NONE] : [pieces[at] as number, pieces[next[at] as number] ?? NONE];
    if (left === NONE || right === NONE) return undefined;
    const key = left * 2 ** 26 + right;
    let pair = pairs.get(key);
    if (pair === undefined) {
      pair = { left, right, name: `${names[left]}\u0001${names[right]}`, times: 0, places: [] };
      pairs.set(key, pair);
    }
    pair.times += sign * (weights[at] as number);
    if (sign > 0) pair.places.push(at);
    return pair;
  };
  for (let at = 0; at < pieces.length; at++) note(at, 1);
  for (const pair of pairs.values()) queue.push({ pair, times: pair.times });

  const merges: [string, string][] = [];
  while (merges.length < count) {
    const top = queue.pop();
    if (top === undefined) break;
    const { pair, times } = top;
    if (pair.times !== times) {
      // It has become rarer, or was put in again when it became more frequent.
      if (pair.times < times) queue.push({ pair, times: pair.times });
      continue;
    }
    if (times < 2) break;
    const [left, right] = [names[pair.left] as string, names[pair.right] as string];
    merges.push([left, right]);
    const name = left + right;
    const id = idOf.get(name) ?? names.push(name) - 1;
    idOf.set(name, id);
    const grown = new Set<Pair>();
    for (const at of pair.places.sort((a, b) => a - b)) {
      const second = next[at] as number;
      if (pieces[at] !== pair.left || pieces[second] !== pair.right) continue;
      for (const place of [before[at] as number, at, second]) note(place, -1);
      const after = next[second] as number;
      pieces[at] = id;
      pieces[second] = NONE;
      next[at] = after;
      if (after < before.length) before[after] = at;
      for (const place of [before[at] as number, at]) {
        const made = note(place, 1);
        if (made) grown.add(made);
      }
    }
    for (const made of grown) queue.push({ pair: made, times: made.times });
  }
  return merges;
}

/** The code points of all words in one array, with a gap after each; for each place how often its word is there. */
function placed(counts: ReadonlyMap<string, number>) {
  const names: string[] = [];
  const ids = new Map<string, number>();
  const pieces: number[] = [];
  const weights: number[] = [];
  for (const [word, times] of counts) {
    for (const symbol of symbolsOf(word)) {
      const id = ids.get(symbol) ?? names.push(symbol) - 1;
      ids.set(symbol, id);
      pieces.push(id);
      weights.push(times);
    }
    pieces.push(NONE);
    weights.push(0);
  }
  return { names, pieces, weights };
}
