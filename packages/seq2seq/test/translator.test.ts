import { reference } from "@throughtime/backend-reference";
import {
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
import { describe, expect, test } from "vitest";
import { translator } from "../src/index.js";
import { MODELS } from "./models.js";

const i32 = (values: readonly number[] | readonly (readonly number[])[]) => ndarray(values, { dtype: "i32" });
const SOURCES = {
  source: i32([
    [3, 4, 5],
    [6, 1, 2],
    [2, 5, 0],
    [4, 0, 0],
  ]),
  sourceLengths: i32([4, 3, 2]),
};
const OPTIONS = { begin: 1, end: 2, never: [0, 1], maxLength: 5 };

describe.each(MODELS)("%s", (_, model) => {
  let salt = 0;
  const params = mapTree(model.init(key(1)), isNdArray, ({ shape }) => normal(foldIn(key(3), salt++), shape)) as never;

  /** ln p of a sequence and its end, by reading it word by word. */
  const score = (b: number, tokens: readonly number[]): number => {
    const length = SOURCES.sourceLengths.data[b] as number;
    const source = i32(Array.from({ length }, (_, s) => [SOURCES.source.data[s * 3 + b] as number]));
    const run = (p: never, words: Tensor, lengths: Tensor) => {
      let encoded = model.encode(p, words, lengths);
      return [1, ...tokens].map((token) => {
        const { logits, state } = model.step(p, encoded, constant(i32([token])));
        encoded = { ...encoded, state };
        return logSoftmax(logits);
      });
    };
    const args = [params, source, i32([length])];
    const { program } = trace(run as (...a: unknown[]) => unknown, args);
    const rows = evaluateProgram(program, flattenTree(args, isNdArray).leaves);
    return [...tokens, 2].reduce((sum, token, t) => sum + ((rows[t] as NdArray).data[token] as number), 0);
  };

  test("translates a batch, with the scores that reading word by word gives, and frees what it held", async () => {
    const backend = reference();
    const { translate, release } = await translator(backend, model, params);
    const found = await translate(SOURCES, { ...OPTIONS, size: 4, nBest: 3 });
    expect(found.map((hypotheses) => hypotheses.length)).toEqual([3, 3, 3]);
    found.forEach((hypotheses, b) => {
      for (const { tokens, logProbability, attention } of hypotheses) {
        expect(logProbability).toBeCloseTo(score(b, tokens), 4);
        for (const weights of attention ?? []) {
          expect(weights.reduce((a, w) => a + w, 0)).toBeCloseTo(1, 5);
          expect(weights.subarray(SOURCES.sourceLengths.data[b]).every((w) => w === 0)).toBe(true);
        }
      }
    });
    const again = await translate(SOURCES, { ...OPTIONS, size: 4, nBest: 3 });
    expect(again).toEqual(found);
    release();
    expect(backend.liveArrays()).toBe(0);
  });
});

test("has nothing to do for no sources", async () => {
  const [, model] = MODELS[0] as (typeof MODELS)[number];
  const { translate, release } = await translator(reference(), model, model.init(key(1)));
  const none = { data: new Int32Array(0), dtype: "i32" as const };
  expect(
    await translate({ source: { ...none, shape: [3, 0] }, sourceLengths: { ...none, shape: [0] } }, OPTIONS),
  ).toEqual([]);
  release();
});
