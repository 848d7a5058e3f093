import { describe, expect, it } from "vitest";
import {
  allocate,
  batchProgram,
  bind,
  constantOf,
  dim,
  evaluateProgram,
  makeProgram,
  type NdArray,
  type Program,
  placeholders,
  scatterAdd,
  sizeOf,
  sum,
  type Tensor,
  verify,
} from "../../src/index.js";
import { batchNode } from "../../src/vmap.js";
import type { OpCase } from "../helpers/op-case.js";
import { OP_CASES } from "../helpers/op-cases.js";
import { drawArray, floats, ints, seeded } from "../helpers/random.js";
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

const directSum = (c: OpCase, flags: readonly boolean[], xs: readonly Tensor[]): Tensor | undefined => {
  const [node, ...more] = single(c).equations;
  return more.length === 0 ? node?.op.sumBatch?.(xs, flags, node.params, N) : undefined;
};

const summed = cases.filter(([, c, flags]) => directSum(c, flags, batchedTypes(c, flags)));

describe("a rule for the sum over the new axis gives what batching and summing gives", () => {
  it("for products, sums and the gradients of kernels", () => {
    expect(new Set(summed.map(([, c]) => c.op.name))).toEqual(new Set(["conv2dWeightGradient", "matmul", "sum"]));
  });

  it.each(summed)("%s", (_, c, flags) => {
    const xs = batchedTypes(c, flags);
    const twoSteps = sum(batchProgram(single(c), xs, flags, N).outputs[0] as Tensor, { axis: 0 });
    expectEqual(xs, [directSum(c, flags, xs) as Tensor, twoSteps], (size) => drawBatch(c, flags, size));
  });

  it.each([[[true, true]], [[true, false]], [[false, true]]])(
    "scatterAdd onto zeros, new axis on indices and updates: %s",
    (on) => {
      const drawn = [ints(0, 4, 3), floats(3, 2)];
      const [indices, updates] = placeholders(
        drawn.map(({ shape, dtype }, i) => ({ shape: on[i] ? [N, ...shape] : shape, dtype })),
      ) as unknown as [Tensor, Tensor];
      const [i1, u1] = placeholders(drawn) as unknown as [Tensor, Tensor];
      const x = constantOf({ shape: [4, 2], dtype: "f64" }, 0);
      const { op, params } = scatterAdd(x, i1, u1).node;
      const flags = [false, ...on];
      const direct = op.sumBatch?.([x, indices, updates], flags, params, N) as Tensor;
      const batched = batchNode(scatterAdd(x, i1, u1).node, [x, indices, updates], flags, N);
      const twoSteps = sum(batched[0] as Tensor, { axis: 0 });
      const random = seeded("scatterAdd onto zeros");
      expectEqual([indices, updates], [direct, twoSteps], (size) =>
        drawn.map((d, i) => drawArray(on[i] ? { ...d, shape: [size, ...d.shape] } : d, random)),
      );
    },
  );
});

/** Two outputs over the same inputs are equal at several sizes of the new axis. */
function expectEqual(
  xs: readonly Tensor[],
  outputs: readonly [Tensor, Tensor],
  draw: (size: number) => NdArray[],
): void {
  const program = makeProgram(xs, outputs);
  verify(program);
  for (const size of [3, 1, 0]) {
    const [a, b] = evaluateProgram(bind(program, { N: size }), draw(size)) as [NdArray, NdArray];
    expect(a.shape).toEqual(b.shape);
    expect(largestError(a, b)).toBeLessThan(1e-12);
  }
}
