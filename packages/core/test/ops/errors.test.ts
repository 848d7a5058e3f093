import { describe, expect, it } from "vitest";
import {
  add,
  and,
  argmax,
  broadcast,
  cast,
  concat,
  conv2d,
  crossEntropy,
  type DType,
  dim,
  exp,
  expandDims,
  gather,
  layerNorm,
  matmul,
  max,
  mean,
  mul,
  ndarray,
  neg,
  not,
  oneHot,
  pad,
  placeholders,
  pow,
  reshape,
  type Shape,
  scatterAdd,
  select,
  slice,
  softmax,
  split,
  squeeze,
  stack,
  sum,
  type Tensor,
  transpose,
} from "../../src/index.js";
import { run } from "../helpers/run.js";

const of = (shape: Shape, dtype: DType = "f32"): Tensor => placeholders([{ shape, dtype }])[0] as Tensor;
const T = dim("T");

describe("a mistake is named where it is made", () => {
  it.each<[name: string, make: () => unknown, message: string]>([
    [
      "ShapeError",
      () => add(of([2, 3]), of([2])),
      "add: shapes [2, 3] and [2] do not broadcast: axes must be equal or 1, aligned at the right.",
    ],
    [
      "ShapeError",
      () => mul(of([T]), of([2])),
      "mul: shapes [T] and [2] do not broadcast: axes must be equal or 1, aligned at the right.",
    ],
    [
      "DtypeError",
      () => add(of([2]), of([2], "i32")),
      "add: operands are f32[2] and i32[2]; their dtypes must be equal. Use cast().",
    ],
    ["DtypeError", () => exp(of([2], "i32")), 'exp: expected f32 or f64, received i32[2]. Use cast(x, "f32").'],
    ["DtypeError", () => pow(of([], "i32"), 2), 'pow: expected f32 or f64, received i32. Use cast(x, "f32").'],
    ["DtypeError", () => neg(of([2], "bool")), 'neg: expected numbers, received bool[2]. Use cast(x, "f32").'],
    ["DtypeError", () => sum(of([2], "bool")), 'sum: expected numbers, received bool[2]. Use cast(x, "f32").'],
    ["DtypeError", () => not(of([2])), "not: expected bool, received f32[2]. Compare first: notEqual(x, 0)."],
    [
      "DtypeError",
      () => and(of([2], "i32"), of([2], "i32")),
      "and: expected bool, received i32[2]. Compare first: notEqual(x, 0).",
    ],
    [
      "DtypeError",
      () => select(of([2]), 1, 2),
      "select: expected bool, received f32[2]. Compare first: notEqual(x, 0).",
    ],
    [
      "DtypeError",
      () => select(of([2], "bool"), of([2]), of([2], "i32")),
      "select: operands are f32[2] and i32[2]; their dtypes must be equal. Use cast().",
    ],
    [
      "ShapeError",
      () => matmul(of([2, 3]), of([4, 5])),
      "matmul: a is f32[2, 3] and b is f32[4, 5]; the last axis of a must equal the second to last of b, 3 is not 4. Transpose one with transposeA or transposeB, or give the weight the shape [input, output].",
    ],
    [
      "ShapeError",
      () => matmul(of([2, 3]), of([3, 5]), { transposeB: true }),
      "matmul: a is f32[2, 3] and b is f32[3, 5]; the last axis of a must equal the last of b (transposeB), 3 is not 5. Transpose one with transposeA or transposeB, or give the weight the shape [input, output].",
    ],
    [
      "ShapeError",
      () => matmul(of([7, 2, 3]), of([4, 5])),
      "matmul: a is f32[7, 2, 3] and b is f32[4, 5]; the last axis of a must equal the second to last of b, 3 is not 4. Transpose one with transposeA or transposeB, or give the weight the shape [input, output].",
    ],
    [
      "ShapeError",
      () => matmul(of([3]), of([3, 5])),
      "matmul: a is f32[3] and b is f32[3, 5]; both need at least two axes. Add one with expandDims().",
    ],
    [
      "ShapeError",
      () => matmul(of([2, 4, 3]), of([5, 3, 4])),
      "matmul: a is f32[2, 4, 3] and b is f32[5, 3, 4]; axes before the last two must be equal. Make them so with broadcast() or reshape().",
    ],
    ["ShapeError", () => sum(of([2, 3]), { axis: 2 }), "sum: axis 2 of a tensor of rank 2; it must be in [-2, 1]."],
    [
      "ShapeError",
      () => mean(of([2, 3]), { axis: [1, -1] }),
      "mean: axes [1, -1] name one twice in a tensor of rank 2. Name each once.",
    ],
    ["ShapeError", () => max(of([]), { axis: 0 }), "max: axis 0 of a tensor of rank 0; it must be in [0, -1]."],
    [
      "ShapeError",
      () => argmax(of([2, 0])),
      "argmax: axis 1 of f32[2, 0] is empty; nothing is largest in it. Give it one element or more.",
    ],
    [
      "ShapeError",
      () => reshape(of([2, 3]), [4]),
      "reshape: f32[2, 3] has 6 elements, [4] holds 4. Both must have as many; one dim may be -1.",
    ],
    [
      "ShapeError",
      () => reshape(of([2, T]), [-1, 4]),
      "reshape: f32[2, T] has 2·T elements, [-1, 4] cannot hold that many. Both must have as many; one dim may be -1.",
    ],
    [
      "ShapeError",
      () => reshape(of([4]), [-1, -1]),
      "reshape: f32[4] has 4 elements, [-1, -1] cannot hold that many. Both must have as many; one dim may be -1.",
    ],
    [
      "ShapeError",
      () => reshape(of([0]), [-1, 0]),
      "reshape: f32[0] has 0 elements, [-1, 0] cannot hold that many. Both must have as many; one dim may be -1.",
    ],
    [
      "ShapeError",
      () => expandDims(of([2]), { axis: 2 }),
      "expandDims: axis 2 of a tensor of rank 2; it must be in [-2, 1].",
    ],
    [
      "ShapeError",
      () => squeeze(of([2, 3]), { axis: -1 }),
      "squeeze: axis -1 of f32[2, 3] has size 3; only an axis of size 1 can go. Use sum() or slice().",
    ],
    [
      "ShapeError",
      () => transpose(of([2, 3]), [0, 0]),
      "transpose: [0, 0] does not name each axis of f32[2, 3] once. Give a permutation of 0 … 1.",
    ],
    [
      "ShapeError",
      () => transpose(of([2, 3]), [0]),
      "transpose: [0] does not name each axis of f32[2, 3] once. Give a permutation of 0 … 1.",
    ],
    [
      "ShapeError",
      () => broadcast(of([2, 3]), [3, 3]),
      "broadcast: f32[2, 3] does not broadcast to [3, 3]: aligned at the right, each of its axes must be 1 or equal. Use reshape() or expandDims() to align them.",
    ],
    [
      "ShapeError",
      () => broadcast(of([1, 3]), [3]),
      "broadcast: f32[1, 3] does not broadcast to [3]: aligned at the right, each of its axes must be 1 or equal. Use reshape() or expandDims() to align them.",
    ],
    [
      "ShapeError",
      () => slice(of([4]), { axis: 0, start: 1, end: 5 }),
      "slice: 1 … 5 along axis 0 of f32[4]; expected 0 ≤ start ≤ end ≤ 4.",
    ],
    [
      "ShapeError",
      () => slice(of([T]), { axis: 0, start: 3, end: 2 }),
      "slice: 3 … 2 along axis 0 of f32[T]; expected 0 ≤ start ≤ end ≤ T.",
    ],
    [
      "ShapeError",
      () => split(of([2, 5]), 2),
      "split: axis -1 of f32[2, 5] has 5, which is not divisible into 2 equal parts. Give their sizes instead.",
    ],
    [
      "ShapeError",
      () => split(of([T]), 2),
      "split: axis -1 of f32[T] has T, which is not divisible into 2 equal parts. Give their sizes instead.",
    ],
    [
      "ShapeError",
      () => split(of([5]), [2, 2]),
      "split: sizes 2 + 2 = 4, but axis -1 of f32[5] has 5. Make them add up.",
    ],
    ["ShapeError", () => concat([]), "concat: received no tensors, so the result has no shape. Give at least one."],
    ["ShapeError", () => stack([]), "stack: received no tensors, so the result has no shape. Give at least one."],
    [
      "ShapeError",
      () => concat([of([2, 3]), of([3, 3])]),
      "concat: f32[2, 3] and f32[3, 3] along axis 1; their other axes must be equal.",
    ],
    [
      "ShapeError",
      () => concat([of([2, 3]), of([3])], { axis: 0 }),
      "concat: f32[2, 3] and f32[3] along axis 0; their other axes must be equal.",
    ],
    [
      "DtypeError",
      () => concat([of([2]), of([2], "i32")]),
      "concat: operands are f32[2] and i32[2]; their dtypes must be equal. Use cast().",
    ],
    [
      "ShapeError",
      () => pad(of([2]), { axis: 0, before: -1, after: 0 }),
      "pad: -1 before and 0 after f32[2]; expected 0 or more. Use slice() to take away.",
    ],
    [
      "ShapeError",
      () => gather(of([]), of([2], "i32")),
      "gather: x is the scalar f32; expected a table [V, …] to index along axis 0.",
    ],
    [
      "DtypeError",
      () => gather(of([3]), of([2])),
      'gather: indices are f32[2]; expected i32. Use cast(indices, "i32").',
    ],
    [
      "ShapeError",
      () => scatterAdd(of([3, 2]), of([4], "i32"), of([4, 3])),
      "scatterAdd: updates are f32[4, 3]; x f32[3, 2] at indices i32[4] takes [4, 2].",
    ],
    ["DtypeError", () => oneHot(of([3]), 2), 'oneHot: indices are f32[3]; expected i32. Use cast(indices, "i32").'],
    ["ShapeError", () => softmax(of([])), "softmax: axis -1 of a tensor of rank 0; it must be in [0, -1]."],
    ["DtypeError", () => softmax(of([2], "i32")), 'softmax: expected f32 or f64, received i32[2]. Use cast(x, "f32").'],
    [
      "ShapeError",
      () => crossEntropy(of([3, 5]), of([4], "i32")),
      "crossEntropy: logits f32[3, 5] and targets i32[4]; expected logits […, V] and targets […], here [3]. The last axis of logits is the classes.",
    ],
    [
      "DtypeError",
      () => crossEntropy(of([3, 5]), of([3])),
      'crossEntropy: targets are f32[3]; expected i32 ids. Use cast(targets, "i32").',
    ],
    [
      "ShapeError",
      () => conv2d(of([1, 2, 4, 4]), of([3, 1, 2, 2])),
      "conv2d: x is f32[1, 2, 4, 4] and w is f32[3, 1, 2, 2]; expected x [N, C, H, W] and w [O, C, P, Q] with one C, numbers above 0 but for N, and a kernel no larger than the padded image.",
    ],
    [
      "OptionError",
      () => conv2d(of([1, 1, 4, 4]), of([3, 1, 2, 2]), { stride: 0 }),
      "conv2d: stride is an integer ≥ 1 and padding ≥ 0, received 0 and 0.",
    ],
    [
      "ShapeError",
      () => layerNorm(of([3, 5]), of([3]), of([5])),
      "layerNorm: x is f32[3, 5], gain f32[3], bias f32[5]; gain and bias must have x's last axis, [5].",
    ],
  ])("%s %#", (name, make, message) => {
    let thrown: Error | undefined;
    try {
      make();
    } catch (error) {
      thrown = error as Error;
    }
    expect({ name: thrown?.name, message: thrown?.message }).toEqual({ name, message });
  });

  it("an index out of range, when it is met", () => {
    const table = ndarray([[1], [2], [3]]);
    const fix = "expected 0 … 2. Check the ids against the vocabulary's size.";
    for (const index of [-1, 3]) {
      const at = ndarray([0, index], { dtype: "i32" });
      expect(() => run((x, i) => gather(x as Tensor, i as Tensor), table, at)).toThrow(
        `gather: index ${index} is out of range; ${fix}`,
      );
      expect(() =>
        run(
          (x, i) => scatterAdd(x as Tensor, i as Tensor, gather(x as Tensor, cast(mul(i as Tensor, 0), "i32"))),
          table,
          at,
        ),
      ).toThrow(`scatterAdd: index ${index} is out of range; ${fix}`);
    }
  });
});
