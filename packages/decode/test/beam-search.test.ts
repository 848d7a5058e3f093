import { foldIn, key, uniform } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import {
  averagePenalty,
  type BeamRead,
  type BeamSearchOptions,
  type BeamStep,
  beamSearch,
  type LengthPenalty,
  noPenalty,
  wuPenalty,
} from "../src/index.js";

const [V, BEGIN, END] = [4, 0, 1];
type Prefixes = readonly (readonly number[])[];

/** ln p of what follows a prefix: random, another one for every prefix and model. Sharp models are sure of what they say. */
function following(model: number, prefix: readonly number[], sharpness = 3, size = V): Float32Array {
  const logits = uniform(prefix.reduce(foldIn, foldIn(key(11), model)), [size]).data;
  const scaled = Array.from(logits, (x) => sharpness * x);
  const total = Math.log(scaled.reduce((sum, x) => sum + Math.exp(x), 0));
  return Float32Array.from(scaled, (x) => x - total);
}

/** A model whose state is what each row has read, its first entry the sequence: wrong parents show at once. */
const model =
  (record: BeamRead[] = [], sharpness = 3, size = V): BeamStep<Prefixes> =>
  async (state, read) => {
    record.push(read);
    const next = Array.from(read.tokens, (token, i) => [...(state[read.parents[i] as number] as number[]), token]);
    const logProbabilities = new Float32Array(next.length * size);
    next.forEach(([own, ...prefix], i) =>
      logProbabilities.set(following(own as number, prefix, sharpness, size), i * size),
    );
    const attention = Float32Array.from(next.flatMap((prefix) => [prefix.length, prefix.at(-1) as number]));
    return { state: next, logProbabilities, attention };
  };
const start = (models: readonly number[]): Prefixes => models.map((m) => [m]);
const search = (models: readonly number[], options: Partial<BeamSearchOptions<Prefixes>> = {}) =>
  beamSearch({
    ...{ step: model(), state: start(models), sequences: models.length, begin: BEGIN, end: END, maxLength: 4 },
    ...options,
  });

interface Found {
  readonly tokens: readonly number[];
  readonly score: number;
}

/** Every sequence that there is, the best first. */
function bruteForce(
  m: number,
  maxLength: number,
  penalty: LengthPenalty,
  allowed = (_: readonly number[]) => true,
): Found[] {
  const found: Found[] = [];
  const visit = (tokens: readonly number[], logp: number) => {
    const row = following(m, [BEGIN, ...tokens]);
    if (allowed([...tokens, END]))
      found.push({ tokens, score: (logp + (row[END] as number)) / penalty(tokens.length + 1) });
    if (tokens.length === maxLength) return;
    for (let token = 0; token < V; token++) {
      if (token !== END && allowed([...tokens, token])) visit([...tokens, token], logp + (row[token] as number));
    }
  };
  visit([], 0);
  return found.sort((a, b) => b.score - a.score);
}

const PENALTIES = [
  ["none", noPenalty],
  ["Wu's", wuPenalty(0.8)],
  ["average", averagePenalty],
] as const;
const MODELS = [1, 2, 3, 4, 5, 6];

describe.each(PENALTIES)("length penalty: %s", (_, lengthPenalty) => {
  test("a beam as wide as there are sequences finds the best of all, in order", async () => {
    const wide = { size: V ** 4, nBest: 10, lengthPenalty };
    const results = await search(MODELS, wide);
    for (const [i, m] of MODELS.entries()) {
      const expected = bruteForce(m, 4, lengthPenalty).slice(0, 10);
      expect(results[i]?.map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
      results[i]?.forEach(({ score }, k) => expect(score).toBeCloseTo(expected[k]?.score as number, 9));
    }
  });

  test.each([1, 2, 3, 5])("stopping early loses nothing that going on would have found (size %i)", async (size) => {
    const models = Array.from({ length: 40 }, (_, i) => i);
    const [early, late]: [BeamRead[], BeamRead[]] = [[], []];
    const options = { size, nBest: Math.min(2, size), lengthPenalty, maxLength: 8 };
    const safe = await search(models, { ...options, step: model(early) });
    expect(safe).toEqual(await search(models, { ...options, step: model(late), stopping: "never" }));
    const rows = (reads: readonly BeamRead[]) => reads.reduce((sum, { tokens }) => sum + tokens.length, 0);
    expect(rows(early)).toBeLessThan(rows(late));
  });
});

describe("beam search", () => {
  test("finds for many sequences what it finds for each alone", async () => {
    const together = await search(MODELS, { size: 3, nBest: 3 });
    for (const [i, m] of MODELS.entries()) expect(together[i]).toEqual((await search([m], { size: 3, nBest: 3 }))[0]);
  });

  test("with size 1 is greedy", async () => {
    const [[best] = []] = await search([2], { size: 1, maxLength: 6 });
    const greedy: number[] = [];
    for (;;) {
      const row = following(2, [BEGIN, ...greedy]);
      const token = greedy.length === 6 ? END : row.indexOf(Math.max(...row));
      if (token === END) break;
      greedy.push(token);
    }
    expect(best?.tokens).toEqual(greedy);
  });

  test("is not worse for being wider than the vocabulary", async () => {
    const [[best] = []] = await search([3], { size: 50, maxLength: 3 });
    expect(best?.tokens).toEqual(bruteForce(3, 3, noPenalty)[0]?.tokens);
  });

  test("says no n-gram twice, and finds the best of those that do not", async () => {
    const fresh = (n: number) => (tokens: readonly number[]) => {
      const grams = tokens
        .slice(0, tokens.at(-1) === END ? -1 : undefined)
        .flatMap((_, i, all) => (i + n <= all.length ? [all.slice(i, i + n).join()] : []));
      return new Set(grams).size === grams.length;
    };
    for (const n of [1, 2]) {
      const results = await search(MODELS, { size: V ** 4, noRepeat: n, minLength: 0 });
      for (const [i, m] of MODELS.entries()) {
        expect(results[i]?.[0]?.tokens).toEqual(bruteForce(m, 4, noPenalty, fresh(n))[0]?.tokens);
      }
    }
  });

  test("keeps to lengths, one for each sequence, and never says what it must not", async () => {
    const results = await search([1, 2], { minLength: 2, maxLength: [3, 5], never: [2, BEGIN], nBest: 2 });
    for (const [i, most] of [3, 5].entries()) {
      for (const { tokens } of results[i] ?? []) {
        expect(tokens.length).toBeGreaterThanOrEqual(2);
        expect(tokens.length).toBeLessThanOrEqual(most);
        expect(tokens.every((token) => token === 3)).toBe(true);
      }
    }
  });

  test("ends where nothing else may be said", async () => {
    const results = await search([1], { never: [0, 2, 3], minLength: 2 });
    expect(results[0]?.map(({ tokens }) => tokens)).toEqual([[]]);
  });

  test("returns where the model looked at each token and at the end", async () => {
    const results = await search([4], { minLength: 2, size: 3 });
    const { tokens, attention = [] } = results[0]?.[0] ?? { tokens: [] };
    expect(attention.map((row) => [...row])).toEqual([BEGIN, ...tokens].map((token, i) => [i + 2, token]));
  });

  test("says when every row is of the source that it was of", async () => {
    const reads: BeamRead[] = [];
    await search([1], { step: model(reads), size: 2, minLength: 4 });
    expect(reads.map(({ sameSources }) => sameSources)).toEqual([true, false, true, true, true]);
    expect(reads.map(({ tokens }) => tokens.length)).toEqual([1, 2, 2, 2, 2]);
  });

  test("has nothing to do for no sequences", async () => {
    expect(await search([])).toEqual([]);
  });

  test("says what is wrong", async () => {
    await expect(search([1], { size: 0 })).rejects.toThrow(/size must be an integer ≥ 1/);
    await expect(search([1], { nBest: 6 })).rejects.toThrow(/nBest 6 is more than size 5/);
    await expect(search([1], { minLength: 9 })).rejects.toThrow(/minLength 9 is more than maxLength 4/);
    await expect(search([1], { maxLength: [1, 2] })).rejects.toThrow(/2 numbers for 1 sequences/);
    await expect(search([1], { never: [END] })).rejects.toMatchObject({ name: "OptionError" });
    for (const [options, message] of [
      [{ end: V }, `beamSearch: end token ${V} is out of range; expected 0 … ${V - 1}.`],
      [{ never: [V + 7] }, `beamSearch: token in never ${V + 7} is out of range`],
      [{ never: [-1] }, "beamSearch: token in never -1 is out of range"],
    ] as const) {
      await expect(search([1], options)).rejects.toMatchObject({
        name: "DataError",
        message: expect.stringContaining(message),
      });
    }
    await expect(search([1], { beam: 3 } as object)).rejects.toThrow(
      'beamSearch: the options have "beam"; expected { step, state, sequences, begin, end, size, maxLength,',
    );
    await expect(search([1], { stopping: "early" as never })).rejects.toThrow(
      'beamSearch: stopping must be "safe" or "never", received "early".',
    );
    await expect(search([1], { lengthPenalty: 1 as never })).rejects.toThrow(
      "lengthPenalty is the number 1; expected a",
    );
    expect(() => wuPenalty(-1)).toThrow(/alpha must be a number ≥ 0/);
    const broken: BeamStep<Prefixes> = async (state) => ({
      state,
      logProbabilities: new Float32Array(V).fill(Number.NaN),
    });
    await expect(search([1], { step: broken })).rejects.toMatchObject({ name: "NonFiniteError" });
  });
});
