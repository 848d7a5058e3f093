import { describe, expect, it } from "vitest";
import {
  allocate,
  batchProgram,
  bind,
  dim,
  evaluateProgram,
  makeProgram,
  type NdArray,
  type Program,
  placeholders,
  sizeOf,
  sum,
  type Tensor,
  verify,
} from "../../src/index.js";
import { OP_CASES, type OpCase } from "../helpers/op-cases.js";
import { drawArray, seeded } from "../helpers/random.js";
import { largestError } from "../helpers/run.js";

const N = dim("N");

/** Every way to give some of the inputs, but at least one, the new axis. */
const flagsOf = (count: number): boolean[][] =>
  Array.from({ length: 2 ** count - 1 }, (_, i) =>
    Array.from({ length: count }, (_, bit) => (((i + 1) >> bit) & 1) === 1),
  );

const single = ({ inputs, run }: OpCase): Program => {
  const xs = placeholders(inputs);
  return makeProgram(xs, [run(...xs)]);
};

const batchedTypes = ({ inputs }: OpCase, flags: readonly boolean[]) =>
  placeholders(inputs.map(({ shape, dtype }, i) => ({ shape: flags[i] ? [N, ...shape] : shape, dtype })));

const drawBatch = (c: OpCase, flags: readonly boolean[], size: number): NdArray[] => {
  const random = seeded(c.what);
  return c.inputs.map((x, i) => drawArray(flags[i] ? { ...x, shape: [size, ...x.shape] } : x, random));
};

const row = ({ data, shape, dtype }: NdArray, n: number): NdArray => {
  const inner = shape.slice(1);
  return { data: data.slice(n * sizeOf(inner), (n + 1) * sizeOf(inner)), shape: inner, dtype };
};

function loop(program: Program, inputs: readonly NdArray[], flags: readonly boolean[], size: number): NdArray {
  const { shape, dtype } = program.outputs[0] as Tensor;
  const inner = sizeOf(shape as number[]);
  const data = allocate(dtype, size * inner);
  for (let n = 0; n < size; n++) {
    const [y] = evaluateProgram(
      program,
      inputs.map((x, i) => (flags[i] ? row(x, n) : x)),
    );
    data.set((y as NdArray).data, n * inner);
  }
  return { data, shape: [size, ...(shape as number[])], dtype };
}

const cases = OP_CASES.filter((c) => c.inputs.length > 0).flatMap((c) =>
  flagsOf(c.inputs.length).map(
    (flags) => [`${c.what}, new axis on [${flags.map((on, i) => (on ? i : "")).join("")}]`, c, flags] as const,
  ),
);

describe("a batching rule gives what a loop over the slices gives", () => {
  it.each(cases)("%s", (_, c, flags) => {
    const program = single(c);
    const xs = batchedTypes(c, flags);
    const { outputs } = batchProgram(program, xs, flags, N);
    const batched = makeProgram(xs, outputs);
    verify(batched);
    for (const size of [3, 1, 0]) {
      const inputs = drawBatch(c, flags, size);
      const actual = evaluateProgram(bind(batched, { N: size }), inputs)[0] as NdArray;
      const expected = loop(program, inputs, flags, size);
      expect({ shape: actual.shape, dtype: actual.dtype }).toEqual({ shape: expected.shape, dtype: expected.dtype });
      expect(largestError(actual, expected)).toBeLessThan(1e-12);
    }
  });
});

/** Cases that are one equation of an op with a rule for the batch's sum. */
const summed = cases.filter(([, c]) => {
  const { equations } = single(c);
  return equations.length === 1 && equations[0]?.op.sumBatch;
});

describe("a rule for the sum over the new axis gives what batching and summing gives", () => {
  it.each(summed)("%s", (_, c, flags) => {
    const [node] = single(c).equations;
    const xs = batchedTypes(c, flags);
    const direct = node?.op.sumBatch?.(xs, flags, node.params, N);
    if (!direct) return;
    const twoSteps = sum(batchProgram(single(c), xs, flags, N).outputs[0] as Tensor, { axes: 0 });
    const program = makeProgram(xs, [direct, twoSteps]);
    verify(program);
    for (const size of [3, 1, 0]) {
      const [a, b] = evaluateProgram(bind(program, { N: size }), drawBatch(c, flags, size)) as [NdArray, NdArray];
      expect(a.shape).toEqual(b.shape);
      expect(largestError(a, b)).toBeLessThan(1e-12);
    }
  });
});
