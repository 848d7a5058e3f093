import { describe, expect, test } from "vitest";
import {
  add,
  countOps,
  dim,
  gather,
  matmul,
  mulDim,
  type Program,
  reshape,
  scatterAdd,
  sum,
  type Tensor,
  tanh,
  type,
  zeros,
} from "../../src/index.js";
import { gatherLater } from "../../src/passes/gather-later.js";
import { linesOf, rewrite } from "./rule.js";

// B counts as 64 where it is not known, so E has fewer rows than there are look-ups, and L has more.
const types = {
  E: type([3, 4]),
  L: type([500, 4]),
  W: type([4, 5]),
  b: type([4]),
  i: type(["B"], "i32"),
  n: type(["T", "B"], "i32"),
  dz: type(["B", 5]),
  d: type(["B", 4]),
};
type Inputs = Record<keyof typeof types, Tensor>;

const scattered = (rows: number, indices: Tensor, updates: Tensor) =>
  scatterAdd(zeros([rows, updates.shape.at(-1) as number]), indices, updates);
/** The equations without what makes zeros. */
const lines = (fn: (inputs: Inputs) => unknown) =>
  linesOf(rewrite(gatherLater, types, fn)).filter((line) => !/= (constant|broadcast)\(/.test(line));

describe("a table of few rows is worked on before it is looked up:", () => {
  test("gather(E, i)·W → gather(E·W, i)", () => {
    expect(lines(({ E, W, i }) => matmul(gather(E, i), W))).toEqual([
      "a = matmul(E, W)",
      "c = gather(a, i)",
      "return c",
    ]);
  });

  test("also where the index axes are flattened", () => {
    const [T, B] = [dim("T"), dim("B")];
    const after = rewrite(gatherLater, types, ({ E, W, n }) => matmul(reshape(gather(E, n), [mulDim(T, B), 4]), W));
    expect(linesOf(after)[0]).toBe("a = matmul(E, W)");
  });

  test("gather(E, i)ᵀ·dz → Eᵀ·scatterAdd(0, i, dz)", () => {
    expect(lines(({ E, i, dz }) => matmul(gather(E, i), dz, { transposeA: true }))).toEqual([
      expect.stringMatching(/= scatterAdd\(\w, i, dz\)/),
      expect.stringMatching(/= matmul\(E, \w, transposeA=true\)/),
      expect.stringMatching(/^return/),
    ]);
  });

  test("scatterAdd(0, i, dz·Wᵀ) → scatterAdd(0, i, dz)·Wᵀ", () => {
    expect(lines(({ W, i, dz }) => scattered(3, i, matmul(dz, W, { transposeB: true })))).toEqual([
      expect.stringMatching(/= scatterAdd\(\w, i, dz\)/),
      expect.stringMatching(/= matmul\(\w, W, transposeB=true\)/),
      expect.stringMatching(/^return/),
    ]);
  });

  test("gather(E, i) + b → gather(E + b, i)", () => {
    expect(lines(({ E, b, i }) => add(b, gather(E, i)))).toEqual(["a = add(b, E)", "c = gather(a, i)", "return c"]);
    expect(lines(({ E, i }) => tanh(gather(E, i)))).toEqual(["a = tanh(E)", "c = gather(a, i)", "return c"]);
  });

  test("Σ over i of dz is the sum of the rows of scatterAdd(0, i, dz), where that is there", () => {
    const after = rewrite(gatherLater, types, ({ i, dz }) => [sum(dz, { axis: 0 }), scattered(3, i, dz)]);
    const [total] = after.outputs as [Tensor];
    expect(total.node.op.name).toBe("sum");
    expect(total.node.inputs[0]?.node.op.name).toBe("scatterAdd");
  });
});

describe("these stay:", () => {
  test.each<[string, (inputs: Inputs) => unknown]>([
    ["a product with rows of a large table", ({ L, W, i }) => matmul(gather(L, i), W)],
    ["a large table's gradient", ({ L, i, dz }) => matmul(gather(L, i), dz, { transposeA: true })],
    ["scattered products onto many rows", ({ W, i, dz }) => scattered(500, i, matmul(dz, W, { transposeB: true }))],
    [
      "scattered products onto what is not zero",
      ({ E, W, i, dz }) => scatterAdd(E, i, matmul(dz, W, { transposeB: true })),
    ],
    ["an elementwise op with something of its own for each row", ({ E, i, d }) => add(gather(E, i), d)],
    [
      "an elementwise op, where the rows are read elsewhere too",
      ({ E, b, i }) => {
        const rows = gather(E, i);
        return [add(rows, b), rows];
      },
    ],
    ["a sum of what is scattered nowhere", ({ dz }) => sum(dz, { axis: 0 })],
    ["a sum over other axes of what is scattered", ({ i, dz }) => [sum(dz, { axis: 1 }), scattered(3, i, dz)]],
  ])("%s", (_, fn) => {
    const kept = (program: Program) => {
      const after = gatherLater(program);
      expect(countOps(after)).toEqual(countOps(program));
      expect(after).toBe(program);
      return after;
    };
    rewrite(kept, types, fn);
  });
});
