import { reference } from "@throughtime/backend-reference";
import {
  type Backend,
  constant,
  evaluateProgram,
  flattenTree,
  foldIn,
  isNdArray,
  key,
  logSoftmax,
  mapTree,
  type NdArray,
  ndarray,
  normal,
  type Tensor,
  trace,
} from "@throughtime/core";
import type { Hypothesis } from "@throughtime/decode";
import { describe, expect, test } from "vitest";
import { translator } from "../src/index.js";
import { MODELS, VS } from "./models.js";

const i32 = (values: readonly number[] | readonly (readonly number[])[]) => ndarray(values, { dtype: "i32" });
const SOURCES = [
  [3, 6, 2, 4],
  [4, 1, 5],
  [5, 2],
];
const OPTIONS = { begin: 1, end: 2, never: [0, 1], maxLength: 5 };

async function collected<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

describe.each(MODELS)("%s", (_, model) => {
  let salt = 0;
  const params = mapTree(model.init(key(1)), isNdArray, ({ shape }) => normal(foldIn(key(3), salt++), shape)) as never;

  /** ln p of a sequence and its end, by reading it word by word. */
  const score = (b: number, tokens: readonly number[]): number => {
    const ids = SOURCES[b] as number[];
    const source = i32(ids.map((id) => [id]));
    const run = (p: never, words: Tensor, lengths: Tensor) => {
      let encoded = model.encode(p, words, lengths);
      return [1, ...tokens].map((token) => {
        const { logits, state } = model.step(p, encoded, constant(i32([token])));
        encoded = { ...encoded, state };
        return logSoftmax(logits);
      });
    };
    const args = [params, source, i32([ids.length])];
    const { program } = trace(run as (...a: unknown[]) => unknown, args);
    const rows = evaluateProgram(program, flattenTree(args, isNdArray).leaves);
    return [...tokens, 2].reduce((sum, token, t) => sum + ((rows[t] as NdArray).data[token] as number), 0);
  };

  test("translates a batch, with the scores that reading word by word gives, and frees what it held", async () => {
    const backend = reference();
    const { translate, release } = await translator(backend, model, params);
    const found = await collected(translate(SOURCES, { ...OPTIONS, size: 4, nBest: 3 }));
    expect(found.map((hypotheses) => hypotheses.length)).toEqual([3, 3, 3]);
    found.forEach((hypotheses, b) => {
      for (const { tokens, logProbability, attention } of hypotheses) {
        expect(logProbability).toBeCloseTo(score(b, tokens), 4);
        for (const weights of attention ?? []) {
          expect(weights).toHaveLength((SOURCES[b] as number[]).length);
          expect(weights.reduce((a, w) => a + w, 0)).toBeCloseTo(1, 5);
        }
      }
    });
    const again = await collected(translate(SOURCES, { ...OPTIONS, size: 4, nBest: 3 }));
    expect(again).toEqual(found);
    release();
    expect(backend.liveArrays()).toBe(0);
  });
});

describe("translate", () => {
  const [, model] = MODELS[1] as (typeof MODELS)[number]; // with attention
  let salt = 0;
  const params = mapTree(model.init(key(1)), isNdArray, ({ shape }) =>
    normal(foldIn(key(3), salt++), shape, 0, 2),
  ) as never;
  /** Sources of many lengths, as they come; the seventh is empty. */
  const MANY = Array.from({ length: 40 }, (_, i) =>
    i === 6 ? [] : Array.from({ length: 1 + ((i * 7) % 11) }, (__, s) => (i * 5 + s * 3) % VS),
  );
  const words = (found: readonly (readonly Hypothesis[])[]) => found.map((own) => own.map(({ tokens }) => tokens));

  test("gives each source, in their order, what it gives for it alone, whatever stands beside it", async () => {
    const { translate, release } = await translator(reference(), model, params);
    const alone: (readonly Hypothesis[])[] = [];
    for (const source of MANY) alone.push(...(await collected(translate([source], { ...OPTIONS, nBest: 3 }))));
    expect(alone[6]).toEqual([]);
    expect(new Set(words(alone).map(String)).size).toBeGreaterThan(5);
    for (const batch of [1, 3, 32]) {
      const found = await collected(translate(MANY, { ...OPTIONS, nBest: 3, batch }));
      expect(words(found)).toEqual(words(alone));
      found.forEach(([best], i) => {
        expect(best?.score ?? 0).toBeCloseTo(alone[i]?.[0]?.score ?? 0, 4);
        expect(best?.attention?.[0]?.length ?? 0).toBe(MANY[i]?.length);
      });
    }
    release();
  });

  test("searches for sources of like length side by side, and says what it has as soon as it has it", async () => {
    const shapes: string[] = [];
    const good = reference();
    const backend: Backend = {
      ...good,
      upload(array) {
        if (array.dtype === "i32" && array.shape.length === 2) shapes.push(array.shape.join("×"));
        return good.upload(array);
      },
    };
    const { translate, release } = await translator(backend, model, params);
    const sources = [[1, 2, 3, 4], [1], [1, 2], [1, 2, 3], [2], [2, 3, 4, 5]];
    const seen: number[] = [];
    for await (const _ of translate(sources, { ...OPTIONS, batch: 2 })) seen.push(shapes.length);
    expect(shapes).toEqual(["1×2", "3×2", "4×2"]);
    expect(seen).toEqual([3, 3, 3, 3, 3, 3]);
    const sorted = [...sources].sort((a, b) => a.length - b.length);
    shapes.length = seen.length = 0;
    for await (const _ of translate(sorted, { ...OPTIONS, batch: 2 })) seen.push(shapes.length);
    expect(seen).toEqual([1, 1, 2, 2, 3, 3]);
    release();
  });

  test("takes sources that come over time, and answers those that are there", async () => {
    const { translate, release } = await translator(reference(), model, params);
    let answer = () => {};
    let answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    async function* typed() {
      yield MANY[0] as number[];
      yield MANY[1] as number[];
      await answered; // the third is typed when the first two were read
      yield MANY[2] as number[];
    }
    const found: (readonly Hypothesis[])[] = [];
    for await (const own of translate(typed(), OPTIONS)) {
      found.push(own);
      if (found.length === 2) answer();
    }
    answered = Promise.resolve();
    expect(words(found)).toEqual(words(await collected(translate(MANY.slice(0, 3), OPTIONS))));
    release();
  });

  test("reads no further than it must, and lets go of what the sources come from", async () => {
    const { translate, release } = await translator(reference(), model, params);
    let [read, closed] = [0, false];
    function* endless() {
      try {
        for (;;) yield [1 + (read++ % 5)];
      } finally {
        closed = true;
      }
    }
    for await (const [best] of translate(endless(), { ...OPTIONS, batch: 2 })) {
      expect(best?.tokens).toBeDefined();
      break;
    }
    expect(read).toBeLessThan(40);
    await new Promise((done) => setTimeout(done, 1));
    expect(closed).toBe(true);
    release();
  });

  test("an abort ends it, and nothing stays on the backend", async () => {
    const backend = reference();
    const { translate, release } = await translator(backend, model, params);
    const before = backend.liveArrays();
    const stop = new AbortController();
    const run = async () => {
      for await (const _ of translate(MANY, { ...OPTIONS, batch: 1, signal: stop.signal })) stop.abort();
    };
    await expect(run()).rejects.toMatchObject({ name: "AbortError" });
    await expect(collected(translate(MANY, { ...OPTIONS, signal: stop.signal }))).rejects.toThrow();
    expect(backend.liveArrays()).toBe(before);
    release();
    expect(backend.liveArrays()).toBe(0);
  });

  test("a target's length goes by its source's, and a source that is too long has no target", async () => {
    const { translate, release } = await translator(reference(), model, params);
    const maxLength = (length: number) => length - 1;
    const found = await collected(translate(MANY, { ...OPTIONS, maxLength, longest: 5, size: 1 }));
    found.forEach(([best], i) => {
      const { length } = MANY[i] as number[];
      if (length === 0 || length > 5) expect(best).toBeUndefined();
      else expect(best?.tokens.length).toBeLessThan(length);
    });
    expect(found.some(([best]) => (best?.tokens.length ?? 0) > 2)).toBe(true);
    release();
  });

  test("refuses what is no list of ids, and options that it does not know", async () => {
    const backend = reference();
    const { translate, release } = await translator(backend, model, params);
    const before = backend.liveArrays();
    const given = (sources: unknown, options: object = {}) =>
      collected(translate(sources as number[][], { ...OPTIONS, ...options }));
    expect(await given([])).toEqual([]);
    await expect(given([[1], [2, 7]])).rejects.toMatchObject({
      name: "DataError",
      message:
        "translate: source 1: word 7 is out of range; expected 0 … 6. Check the ids against the vocabulary's size.",
    });
    await expect(given([[1.5]])).rejects.toThrow("translate: source 0: word 1.5 is out of range");
    await expect(given([undefined])).rejects.toThrow("translate: source 0 is undefined; expected a list of ids.");
    await expect(given([[1]], { beam: 3 })).rejects.toThrow(
      'translate: the options have "beam"; expected { begin, end,',
    );
    await expect(given([[1]], { batch: 0 })).rejects.toThrow("translate: batch must be an integer ≥ 1, received 0.");
    await expect(given([[1]], { size: 0 })).rejects.toThrow("size must be an integer ≥ 1, received 0.");
    expect(backend.liveArrays()).toBe(before);
    release();
  });
});
