import { describe, expect, test } from "vitest";
import {
  add,
  addDim,
  broadcast,
  cast,
  concat,
  constant,
  type Dim,
  dim,
  div,
  exp,
  expandDims,
  matmul,
  mul,
  ndarray,
  neg,
  reshape,
  select,
  slice,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
  type,
  zeros,
} from "../../src/index.js";
import { applyAlgebra } from "../../src/passes/algebra.js";
import { linesOf, rewrite } from "./rule.js";

const M = { x: type(["B", 4]), y: type(["B", 4]), r: type([4]), s: type([]) };
type Inputs = Record<keyof typeof M, Tensor>;

const simplified = (fn: (inputs: Inputs) => Tensor | Tensor[]) => linesOf(rewrite(applyAlgebra, M, fn));

describe("masks", () => {
  const types = {
    m: type(["T", "B", 1], "bool"),
    n: type(["T", "B", 1], "bool"),
    x: type(["T", "B", 4]),
    y: type(["T", "B", 4]),
  };
  type Masked = Record<keyof typeof types, Tensor>;
  const selects = (fn: (inputs: Masked) => Tensor) =>
    rewrite(applyAlgebra, types, fn).equations.filter(({ op }) => op.name === "select").length;

  test.each<[string, number, (inputs: Masked) => Tensor]>([
    ["masked twice", 1, ({ m, x }) => select(m, select(m, x, 0), 0)],
    ["parts that are masked, joined", 2, ({ m, x, y }) => select(m, concat([select(m, x, 0), select(m, y, 0)]), 0)],
    ["a part of what is masked", 1, ({ m, x }) => select(m, slice(select(m, x, 0), { axis: 2, end: 2 }), 0)],
    ["sums of what one mask masks", 1, ({ m, x, y }) => add(select(m, x, 0), select(m, y, 0))],
    ["two masks", 2, ({ m, n, x }) => select(m, select(n, x, 0), 0)],
    ["sums under two masks", 2, ({ m, n, x, y }) => add(select(m, x, 0), select(n, y, 0))],
    ["another value", 2, ({ m, x }) => select(m, select(m, x, 1), 0)],
    [
      "parts along the mask's own axis",
      3,
      ({ m, x }) => {
        const both = concat([select(m, x, 0), select(m, x, 0)], { axis: 0 });
        return select(concat([m, m], { axis: 0 }), both, 0);
      },
    ],
  ])("%s", (_, count, fn) => {
    expect(selects(fn)).toBe(count);
  });
});

describe("arithmetic", () => {
  test.each<[string, (inputs: Inputs) => Tensor, string[]]>([
    ["x + 0", ({ x }) => add(x, 0), ["return x"]],
    ["0 + x", ({ x }) => add(0, x), ["return x"]],
    ["x − 0", ({ x }) => sub(x, 0), ["return x"]],
    ["0 − x", ({ x }) => sub(0, x), ["a = neg(x)", "return a"]],
    ["x · 1", ({ x }) => mul(x, 1), ["return x"]],
    ["1 · x", ({ x }) => mul(1, x), ["return x"]],
    ["x · −1", ({ x }) => mul(x, -1), ["a = neg(x)", "return a"]],
    ["−1 · x", ({ x }) => mul(-1, x), ["a = neg(x)", "return a"]],
    ["x / 1", ({ x }) => div(x, 1), ["return x"]],
    ["x + (−y)", ({ x, y }) => add(x, neg(y)), ["a = sub(x, y)", "return a"]],
    ["(−x) + y", ({ x, y }) => add(neg(x), y), ["a = sub(y, x)", "return a"]],
    ["x − (−y)", ({ x, y }) => sub(x, neg(y)), ["a = add(x, y)", "return a"]],
    ["−(−x)", ({ x }) => neg(neg(x)), ["return x"]],
    ["−(x − y)", ({ x, y }) => neg(sub(x, y)), ["a = sub(y, x)", "return a"]],
    ["(−x)·(−y)", ({ x, y }) => mul(neg(x), neg(y)), ["a = mul(x, y)", "return a"]],
    ["x + zeros of its shape", ({ x }) => add(x, zeros(x.shape)), ["return x"]],
    ["a zero that is broadcast", ({ x }) => add(x, broadcast(constant(0), [1, 4])), ["return x"]],
  ])("%s", (_, fn, expected) => {
    expect(simplified(fn)).toEqual(expected);
  });

  test("an operand that gives the result its shape is kept, though it adds nothing", () => {
    expect(simplified(({ r }) => add(r, zeros([dim("B"), 4]))).at(-2)).toMatch(/= add\(r, /);
  });

  test("x · 0 is no constant: x may hold a NaN", () => {
    expect(simplified(({ x }) => mul(x, 0)).at(-2)).toMatch(/= mul\(x, /);
  });
});

describe("constants", () => {
  const of = (n: number) => constant(ndarray(Float32Array.from({ length: n }, (_, i) => i)));

  test("are computed now", () => {
    expect(simplified(() => exp(mul(add(2, 3), 0)))).toEqual(["a = constant(value=1)", "return a"]);
  });

  test("of more than 1024 elements are computed when the Program runs", () => {
    expect(simplified(() => add(of(1024), 1))).toHaveLength(2);
    expect(simplified(() => add(of(1025), 1)).at(-2)).toMatch(/= add/);
  });

  test("are not made larger by a broadcast", () => {
    expect(simplified(() => broadcast(constant(1), [2, 2])).at(-2)).toMatch(/= broadcast/);
  });
});

describe("views", () => {
  const B = dim("B");

  test.each<[string, (inputs: Inputs) => Tensor, string[]]>([
    ["a reshape of a reshape", ({ x }) => reshape(reshape(x, [B, 2, 2]), [4, B]), ["a = reshape(x, shape=[4, B])"]],
    ["a reshape and back", ({ x }) => reshape(reshape(x, [B, 2, 2]), [B, 4]), []],
    ["a transpose and back", ({ x }) => transpose(transpose(x)), []],
    ["a cast to the same", ({ x }) => cast(x, "f32"), []],
    [
      "a broadcast of a broadcast",
      ({ r }) => broadcast(broadcast(r, [1, 4]), [B, 4]),
      ["a = broadcast(r, shape=[B, 4])"],
    ],
    [
      "a reshape of one number, repeated",
      ({ s }) => reshape(broadcast(s, [B, 2]), [2, B]),
      ["a = broadcast(s, shape=[2, B])"],
    ],
    ["a sum over axes of one element", ({ x }) => sum(expandDims(x, { axis: 1 }), { axis: 1 }), []],
    [
      "a slice of a slice",
      ({ x }) => slice(slice(x, { axis: 1, start: 1, end: 4 }), { axis: 1, start: 1, end: 2 }),
      ["a = slice(x, axis=1, start=2, end=3)"],
    ],
    [
      "a slice of one joined part",
      ({ x, y }) => slice(concat([x, y]), { axis: 1, start: 5, end: 7 }),
      ["a = slice(y, axis=1, start=1, end=3)"],
    ],
    ["a slice that is a joined part", ({ x, y }) => slice(concat([x, y]), { axis: 1, start: 4, end: 8 }), []],
    [
      "a slice of several whole parts",
      ({ x, y }) => slice(concat([x, y, x, y]), { axis: 1, start: 4, end: 12 }),
      ["a = concat(y, x, axis=1)"],
    ],
    [
      "a slice along a repeated axis",
      ({ r }) => slice(broadcast(r, [5, 4]), { axis: 0, start: 1, end: 3 }),
      ["a = broadcast(r, shape=[2, 4])"],
    ],
    [
      "neighbouring slices, joined",
      ({ x }) => concat([slice(x, { axis: 1, start: 0, end: 2 }), slice(x, { axis: 1, start: 2, end: 3 })]),
      ["a = slice(x, axis=1, start=0, end=3)"],
    ],
    [
      "all slices, joined",
      ({ x }) => concat([slice(x, { axis: 1, start: 0, end: 2 }), slice(x, { axis: 1, start: 2, end: 4 })]),
      [],
    ],
    ["joins within a join", ({ x, y }) => concat([concat([x, y]), x]), ["a = concat(x, y, x, axis=1)"]],
    ["parts without elements", ({ x }) => concat([zeros([dim("B"), 0]), x]), []],
    [
      "a slice of the last axis, reshaped",
      ({ x }) => reshape(slice(x, { axis: 1, start: 0, end: 2 }), [1, B, 2]),
      ["a = reshape(x, shape=[1, B, 4])", "b = slice(a, axis=2, start=0, end=2)"],
    ],
  ])("%s", (_, fn, expected) => {
    const lines = simplified(fn);
    expect(lines.filter((line) => !line.startsWith("return"))).toEqual(expected);
  });

  test.each<[string, (inputs: Inputs) => Tensor, RegExp]>([
    [
      "a slice over the seam of two parts",
      ({ x, y }) => slice(concat([x, y]), { axis: 1, start: 3, end: 5 }),
      /= slice\(/,
    ],
    [
      "slices in another order, joined",
      ({ x }) => concat([slice(x, { axis: 1, start: 2, end: 4 }), slice(x, { axis: 1, start: 0, end: 2 })]),
      /= concat\(/,
    ],
    [
      "slices with a gap, joined",
      ({ x }) => concat([slice(x, { axis: 1, start: 0, end: 1 }), slice(x, { axis: 1, start: 2, end: 4 })]),
      /= concat\(/,
    ],
    [
      "a slice of an axis that the reshape breaks",
      ({ x }) => reshape(slice(x, { axis: 1, start: 0, end: 2 }), [2, B]),
      /= reshape\(/,
    ],
    ["a sum over an axis that might be longer", ({ x }) => sum(x, { axis: 0 }), /= sum\(/],
  ])("kept: %s", (_, fn, last) => {
    expect(simplified(fn).at(-2)).toMatch(last);
  });

  test("slices at named places are told apart", () => {
    const [T, B] = [dim("T"), dim("B")];
    const at = (start: Dim, end: Dim) =>
      linesOf(
        rewrite(applyAlgebra, { x: type(["T", 3]), y: type(["B", 3]) }, ({ x, y }) =>
          slice(concat([x, y], { axis: 0 }), { axis: 0, start, end }),
        ),
      );
    expect(at(0, T)).toEqual(["return x"]);
    expect(at(T, addDim(T, B))).toEqual(["return y"]);
    expect(at(1, addDim(T, B)).at(-2)).toMatch(/= slice\(a/);
  });

  test("an empty slice keeps its place before a reshape that only nothing fits", () => {
    const lines = linesOf(
      rewrite(applyAlgebra, { x: type([2, 5]) }, ({ x }) => reshape(slice(x, { axis: 1, start: 0, end: 0 }), [3, 0])),
    );
    expect(lines[1]).toMatch(/= reshape\(/);
  });
});

describe("operands", () => {
  test("elementwise ops repeat what they need by themselves", () => {
    expect(simplified(({ x, r }) => add(x, broadcast(r, x.shape)))).toEqual(["a = add(x, r)", "return a"]);
  });

  test("but not where the result would be smaller", () => {
    expect(simplified(({ r }) => tanh(broadcast(r, [dim("B"), 4])))).toHaveLength(3);
    expect(simplified(({ r, s }) => add(broadcast(r, [dim("B"), 4]), s))[0]).toMatch(/= broadcast/);
  });

  test.each<[string, (inputs: Inputs) => Tensor, string]>([
    ["the left one", ({ x, y }) => matmul(transpose(x), y), "a = matmul(x, y, transposeA=true)"],
    ["the right one", ({ x, y }) => matmul(x, transpose(y)), "a = matmul(x, y, transposeB=true)"],
    [
      "turned twice",
      ({ x, y }) => matmul(transpose(x), y, { transposeA: true, transposeB: true }),
      "a = matmul(x, y, transposeB=true)",
    ],
  ])("a turned operand of a product is a flag: %s", (_, fn, expected) => {
    expect(simplified(fn)).toEqual([expected, "return a"]);
  });

  test("other permutations of a product's operand are kept", () => {
    const types = { x: type([2, 3, 4]), y: type([3, 4, 5]) };
    const lines = linesOf(rewrite(applyAlgebra, types, ({ x, y }) => matmul(transpose(x, [1, 0, 2]), y)));
    expect(lines[0]).toMatch(/= transpose\(x/);
  });
});
