import { additive, attention } from "@throughtime/attention";
import { dropout, gru } from "@throughtime/cells";
import {
  evaluateProgram,
  flattenTree,
  foldIn,
  isNdArray,
  isTensor,
  key,
  mapTree,
  type NdArray,
  ndarray,
  normal,
  scalar,
  type Tensor,
  trace,
  valueAndGrad,
} from "@throughtime/core";
import { describe, expect, test } from "vitest";
import {
  bahdanau,
  exponentialTruth,
  inverseSigmoidTruth,
  linearTruth,
  type Seq2SeqBatch,
  seq2seq,
  withTruth,
} from "../src/index.js";

const [E, H, V] = [3, 4, 9];
const made = {
  sourceVocabularySize: V,
  targetVocabularySize: V,
  encoder: gru({ inputSize: E, hiddenSize: H }),
  decoder: bahdanau({
    cell: dropout(gru({ inputSize: E + H, hiddenSize: H }), { state: 0.2, output: 0.2 }),
    attention: attention(additive({ querySize: H, memorySize: H })),
  }),
  dropout: { embeddings: 0.2, output: 0.2, masks: "sequence" },
} as const;
const model = seq2seq({ ...made, sampling: "argmax" });
/** The same without a choice: it reads the true words. */
const forcing = seq2seq(made);
const i32 = (values: readonly number[] | readonly (readonly number[])[]) => ndarray(values, { dtype: "i32" });
const BATCH: Seq2SeqBatch<NdArray> = {
  ...{
    source: i32([
      [3, 4],
      [6, 1],
      [2, 5],
    ]),
    sourceLengths: i32([3, 2]),
  },
  ...{
    input: i32([
      [1, 1],
      [4, 5],
      [8, 7],
    ]),
    output: i32([
      [4, 5],
      [8, 7],
      [2, 2],
    ]),
    lengths: i32([3, 3]),
  },
};
let salt = 0;
const params = mapTree(model.init(key(1)), isNdArray, ({ shape }) => normal(foldIn(key(3), salt++), shape)) as never;

const { encode, decode } = model.noise(key(2), BATCH) as { encode: object; decode: { coin: NdArray } };
const { coin: _, ...masks } = decode;

/** The loss and its gradient, with the dropout of one key. */
function run(batch: Seq2SeqBatch<NdArray>, by: Pick<typeof model, "loss"> = model, own = params): NdArray[] {
  const fn = (p: never, b: Seq2SeqBatch<Tensor>, noise: unknown) => {
    const [loss, gradient] = valueAndGrad((q: never) => by.loss(q, { batch: b, noise }).loss, p);
    return [loss, ...flattenTree(gradient, isTensor).leaves];
  };
  const args = [own, batch, by === model ? { encode, decode } : { encode, decode: masks }];
  const { program } = trace(fn as (...a: unknown[]) => unknown, args);
  return evaluateProgram(program, flattenTree(args, isNdArray).leaves);
}

describe("scheduled sampling", () => {
  test("with truth 1 is teacher forcing, its loss and its gradient", () => {
    const forced = run(BATCH, forcing as typeof model);
    run({ ...BATCH, truth: scalar(1) }).forEach((leaf, i) => {
      leaf.data.forEach((value, k) => expect(value).toBeCloseTo(forced[i]?.data[k] as number, 5));
    });
  });

  test("with truth 0 reads nothing of the target but the begin symbol", () => {
    const other = {
      ...BATCH,
      input: i32([
        [1, 1],
        [3, 3],
        [5, 6],
      ]),
      truth: scalar(0),
    };
    expect(run(other)[0]).toEqual(run({ ...BATCH, truth: scalar(0) })[0]);
    expect(run({ ...BATCH, truth: scalar(0) })[0]).not.toEqual(run(BATCH, forcing as typeof model)[0]);
  });

  test.each([0, 0.5, 1])("what stands past the end is read by none, NaN included, with truth %d", (truth) => {
    const short = { ...BATCH, lengths: i32([3, 1]), truth: scalar(truth) };
    const padded = (pad: number) => ({
      ...short,
      input: i32([
        [1, 1],
        [4, pad],
        [8, pad],
      ]),
    });
    const withRow = (row: number, value: number) => {
      const { target, ...others } = params as { target: { E: NdArray } };
      const data = target.E.data.map((x, k) => (Math.floor(k / E) === row ? value : x));
      return { ...others, target: { E: { ...target.E, data } } } as never;
    };
    const clean = run(padded(0), model, withRow(0, 0));
    for (const { data } of clean) expect(data.every(Number.isFinite)).toBe(true);
    // At truth 1 no word but the true ones is read, so this row is the padding's alone.
    if (truth === 1) expect(run(padded(0), model, withRow(0, Number.NaN))).toEqual(clean);
    expect(run(padded(7), model, withRow(0, 0))).toEqual(clean);
  });

  test("that is asked for in one place and not in the other is an error", () => {
    expect(() => run(BATCH)).toThrow(/sampling: "argmax", but the batch has no truth.*withTruth\(\)/);
    expect(() => run({ ...BATCH, truth: scalar(1) }, forcing as typeof model)).toThrow(/made with sampling: "none"/);
  });

  test("schedules fall as in the paper", () => {
    expect([0, 5, 10, 20].map(linearTruth({ steps: 10, least: 0.2 }))).toEqual([1, 0.6, 0.2, 0.2]);
    expect(exponentialTruth({ rate: 0.9 })(2)).toBeCloseTo(0.81);
    expect(inverseSigmoidTruth({ k: 10 })(0)).toBeCloseTo(10 / 11);
    expect(inverseSigmoidTruth({ k: 10 })(100)).toBeLessThan(0.001);
    expect(() => exponentialTruth({ rate: 1 })).toThrow(/rate must be in \(0, 1\)/);
    expect(() => linearTruth({ steps: 0 })).toThrow(/steps/);
    expect(() => linearTruth({ steps: 5, least: 2 })).toThrow("linearTruth: least must be in [0, 1], received 2.");
    const wrong = (options: object): never => options as never;
    expect(() => linearTruth(wrong({ steps: 5, lest: 0.1 }))).toThrow(
      'linearTruth: the options have "lest"; expected { steps, least }.',
    );
    expect(() => exponentialTruth(wrong({ rate: 0.9, k: 2 }))).toThrow('exponentialTruth: the options have "k"');
    expect(() => inverseSigmoidTruth(wrong({ k: 2, steps: 3 }))).toThrow(
      'inverseSigmoidTruth: the options have "steps"',
    );
    expect(() => withTruth(wrong({}), () => 1)).toThrow(
      "withTruth: the source's next is undefined; expected a function.",
    );
    expect(() => withTruth({ start: 0, next: async () => null }, wrong({}))).toThrow("withTruth: the schedule is an");
  });

  test("a source counts its steps in the cursor", async () => {
    const endless = { start: 0, next: async (at: number) => ({ batch: { at }, cursor: at + 1, units: 1 }) };
    const source = withTruth(endless, linearTruth({ steps: 4 }));
    const first = await source.next(source.start);
    const second = await source.next(JSON.parse(JSON.stringify(first?.cursor)));
    expect([first, second].map((step) => step?.batch.truth.data[0])).toEqual([0.75, 0.5]);
    expect(second).toMatchObject({ batch: { at: 1 }, units: 1, cursor: { step: 2, source: 2 } });
    expect(await withTruth({ start: 0, next: async () => null }, () => 1).next({ step: 0, source: 0 })).toBe(null);
  });
});
