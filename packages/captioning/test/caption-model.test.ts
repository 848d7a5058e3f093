import {
  constant,
  countOps,
  flattenTree,
  isNdArray,
  isProgram,
  isTensor,
  key,
  logSoftmax,
  mapTree,
  type NdArray,
  optimize,
  type Program,
  type Tensor,
  toF64,
  trace,
  type,
  valueAndGrad,
} from "@throughtime/core";
import { slopes, widen } from "@throughtime/testkit";
import { describe, expect, test } from "vitest";
import type { CaptionBatch } from "../src/index.js";
import { BATCH, CAPTIONS, i32, one, randomized, run } from "./arrays.js";
import { type AnyModel, D, L, MODELS, POOLED, V } from "./models.js";

const lossOf = (model: AnyModel) => (p: never, batch: CaptionBatch<Tensor>, noise?: unknown) =>
  valueAndGrad((q: never) => model.loss(q, { batch, carry: constantCarry(model), noise: noise ?? "none" }).loss, p);
const constantCarry = (model: AnyModel) => mapTree(model.carry, isNdArray, (leaf: NdArray) => constant(leaf));

const some = (masks: unknown): unknown[] => (masks === undefined ? [] : [masks]);

describe.each(MODELS)("%s", (_, model) => {
  const params = randomized(model);
  const noise = model.noise(key(2), BATCH);

  test("padding changes neither the loss nor a gradient", () => {
    for (const masks of [undefined, noise]) {
      const plain = run(lossOf(model), params, BATCH, ...some(masks));
      const junk = {
        ...BATCH,
        input: i32([
          [1, 1, 1],
          [4, 5, 8],
          [9, 7, 8],
        ]),
        output: i32([
          [4, 5, 2],
          [9, 7, 10],
          [2, 2, 10],
        ]),
      };
      expect(run(lossOf(model), params, junk, ...some(masks))).toEqual(plain);
    }
    const plain = run(lossOf(model), params, BATCH);
    const more = (array: NdArray) => i32([...rowsOf(array), [6, 6, 6], [6, 6, 6]]);
    const longer = { ...BATCH, input: more(BATCH.input), output: more(BATCH.output) };
    run(lossOf(model), params, longer).forEach((leaf, i) => {
      leaf.data.forEach((value, k) => expect(value).toBeCloseTo(plain[i]?.data[k] as number, 5));
    });
  });

  test("what the decoder would read of padding comes into neither the loss nor a gradient, NaN included", () => {
    const { words, ...others } = params as { words: { E: NdArray }; output: { W?: NdArray } };
    if (others.output.W === undefined) return; // The table is the output's too, where each row has its part in every word.
    const withRow = (value: number) => {
      const width = words.E.shape[1] as number;
      return {
        words: { E: { ...words.E, data: words.E.data.map((x, k) => (k < width ? value : x)) } },
        ...others,
      } as never;
    };
    for (const masks of [undefined, noise]) {
      const clean = run(lossOf(model), withRow(0), BATCH, ...some(masks));
      for (const { data } of clean) expect(data.every(Number.isFinite)).toBe(true);
      for (const value of [Number.NaN, Number.NEGATIVE_INFINITY, 1e38]) {
        expect(run(lossOf(model), withRow(value), BATCH, ...some(masks))).toEqual(clean);
      }
    }
  });

  test("a batch is the mean over the words of its captions, each read alone", () => {
    const [all] = run(lossOf(model), params, BATCH) as [NdArray];
    const total = CAPTIONS.map(({ length }, b) => {
      const [loss] = run(lossOf(model), params, one(b)) as [NdArray];
      return length * (loss.data[0] as number);
    }).reduce((a, b) => a + b);
    expect(all.data[0]).toBeCloseTo(total / 7, 4);
  });

  test("a caption without words changes nothing but the number of captions", () => {
    const [both] = run(lossOf(model), params, { ...BATCH, lengths: i32([3, 0, 1]) }) as [NdArray];
    const parts = [0, 2].map((b) => (run(lossOf(model), params, one(b))[0] as NdArray).data[0] as number);
    expect(both.data[0]).toBeCloseTo((3 * (parts[0] as number) + (parts[1] as number)) / 4, 4);
  });

  test("lengths and words out of range are errors", () => {
    const wrong = (batch: object) => () => run(lossOf(model), params, { ...BATCH, ...batch });
    expect(wrong({ lengths: i32([3, -1, 1]) })).toThrow("captionModel: length -1 is out of range; expected 0 … 3.");
    expect(
      wrong({
        input: i32([
          [1, 1, 1],
          [4, 5, 0],
          [9, V, 0],
        ]),
      }),
    ).toThrow(`gather: index ${V} is out of range`);
  });

  test("has the gradient that central differences give, of every parameter and picture, with and without noise", () => {
    // Of places that were drawn the gradient is another one than that of the loss's value.
    const learnsByDrawing = flattenTree(model.carry, isNdArray).leaves.length > 0;
    for (const masks of learnsByDrawing ? [undefined] : [undefined, noise]) {
      const constants = masks && mapTree(masks, isNdArray, (mask: NdArray) => constant(mask));
      const { images, ...words } = BATCH;
      const fn = (p: never, pictures: CaptionBatch<Tensor>["images"], rest: Omit<CaptionBatch<Tensor>, "images">) => {
        const [value, gradient] = valueAndGrad(
          (q: { p: never; images: typeof pictures }) =>
            model.loss(q.p, {
              batch: { ...rest, images: q.images },
              carry: constantCarry(model),
              noise: constants ?? "none",
            }).loss,
          { p, images: pictures },
        );
        return [value, ...flattenTree(gradient, isTensor).leaves];
      };
      const { program } = trace(fn as never, [params, images, words]);
      const errors = slopes(toF64(program), flattenTree([params, images, words], isNdArray).leaves.map(widen));
      expect(errors).toHaveLength(flattenTree(params, isNdArray).leaves.length + 2);
      for (const { error } of errors) expect(error).toBeLessThan(1e-6);
    }
  });

  test("word by word says what teacher forcing says", () => {
    const steps = (p: never, batch: CaptionBatch<Tensor>) => {
      let begun = model.begin(p, batch.images);
      return rowsOf(BATCH.input).map((row) => {
        const { logits, state } = model.step(p, begun, constant(i32(row)));
        begun = { ...begun, state };
        return logSoftmax(logits);
      });
    };
    const logps = run(steps, params, BATCH);
    const [value] = run(
      (p: never, batch: CaptionBatch<Tensor>) => model.evaluation(p, { batch }).loss,
      params,
      BATCH,
    ) as [NdArray];
    let total = 0;
    CAPTIONS.forEach(({ length }, b) => {
      for (let t = 0; t < length; t++)
        total -= logps[t]?.data[b * V + (rowsOf(BATCH.output)[t]?.[b] as number)] as number;
    });
    expect(value.data[0]).toBeCloseTo(total / 7, 5);
  });

  test("multiplies with the vocabulary outside of every loop, forward and backward", () => {
    const named = (names: readonly (string | number)[]) => type(names, "i32");
    const images = { grid: type(["B", L, D]), pooled: type(["B", POOLED]) };
    const batch = { images, input: named(["T", "B"]), output: named(["T", "B"]), lengths: named(["B"]) };
    const types = mapTree(params, isNdArray, ({ shape }: NdArray) => type(shape));
    const { program } = trace(lossOf(model) as never, [types, batch]);
    const optimized = optimize(program, () => false).program;
    expect(countOps(optimized).matmul).toBeGreaterThan(0);
    expect(inLoops(optimized).filter((node) => node.outputs.some(({ shape }) => shape.includes(V)))).toEqual([]);
  });
});

const rowsOf = ({ data, shape: [T = 0, B = 0] }: NdArray): number[][] =>
  Array.from({ length: T }, (_, t) => Array.from({ length: B }, (__, b) => data[t * B + b] as number));

/** The equations of all scans' bodies. */
const inLoops = (program: Program, inside = false): Program["equations"] =>
  program.equations.flatMap((node) => [
    ...(inside ? [node] : []),
    ...Object.values(node.params).flatMap((v) => (isProgram(v) ? inLoops(v, inside || node.op.name === "scan") : [])),
  ]);
