import { describe, expect, expectTypeOf, it } from "vitest";
import {
  add,
  broadcast,
  cast,
  concat,
  constantOf,
  dim,
  expandDims,
  gather,
  grad,
  iota,
  makeProgram,
  matmul,
  mean,
  mergePads,
  mul,
  type NdArray,
  type Node,
  ndarray,
  pad,
  placeholders,
  reshape,
  type Shape,
  scatterAdd,
  shapeText,
  sigmoid,
  slice,
  split,
  sub,
  sum,
  sumTo,
  type Tensor,
  transpose,
} from "../../src/index.js";
import { batchNode } from "../../src/vmap.js";
import { run, runBound } from "../helpers/run.js";

const of = (...shape: Shape): Tensor => placeholders([{ shape, dtype: "f64" }])[0] as Tensor;
const indices = (...shape: Shape): Tensor => placeholders([{ shape, dtype: "i32" }])[0] as Tensor;
const opsOf = (inputs: readonly Tensor[], ...outputs: Tensor[]): string[] =>
  makeProgram(inputs, outputs).equations.map(({ op }) => op.name);
const list = (array: NdArray): number[] => Array.from(array.data);
const [T, B] = [dim("T"), dim("B")];

describe("what would do nothing makes no node", () => {
  it.each<[string, (x: Tensor) => Tensor]>([
    ["reshape", (x) => reshape(x, [2, 3])],
    ["reshape with −1", (x) => reshape(x, [-1, 3])],
    ["transpose", (x) => transpose(x, [0, 1])],
    ["broadcast", (x) => broadcast(x, [2, 3])],
    ["slice", (x) => slice(x, { axis: 1, start: 0, end: 3 })],
    ["concat", (x) => concat([x])],
    ["pad", (x) => pad(x, { axis: 0, before: 0, after: 0 })],
    ["cast", (x) => cast(x, "f64")],
    ["sum over no axes", (x) => sum(x, { axis: [] })],
    ["sumTo", (x) => sumTo(x, [2, 3])],
    ["split into one", (x) => split(x, 1)[0]],
  ])("%s", (_, fn) => {
    const x = of(2, 3);
    expect(fn(x)).toBe(x);
  });
});

describe("named sizes", () => {
  it("go through the shape rules", () => {
    const x = of(T, B, 4);
    expect(shapeText(reshape(x, [-1, 4]).shape)).toBe("[B·T, 4]");
    expect(shapeText(reshape(reshape(x, [-1, 4]), [T, -1]).shape)).toBe("[T, 4·B]");
    expect(shapeText(matmul(x, of(4, 5)).shape)).toBe("[T, B, 5]");
    expect(shapeText(concat([x, of(1, B, 4)], { axis: 0 }).shape)).toBe("[T + 1, B, 4]");
    expect(shapeText(slice(concat([x, of(1, B, 4)], { axis: 0 }), { axis: 0, start: 1 }).shape)).toBe("[T, B, 4]");
    expect(shapeText(pad(x, { axis: 1, before: T, after: 2 }).shape)).toBe("[T, B + T + 2, 4]");
    expect(shapeText(sum(x, { axis: 1 }).shape)).toBe("[T, 4]");
    expect(shapeText(gather(of(7, 3), indices(T, B)).shape)).toBe("[T, B, 3]");
    expect(split(of(B, reshape(x, [-1]).shape[0] as typeof B), 4).map(({ shape }) => shapeText(shape))).toEqual(
      Array(4).fill("[B, B·T]"),
    );
  });

  it("count in a mean and in iota once they are numbers", () => {
    const types = [{ shape: [T, 2], dtype: "f64" as const }];
    const x = ndarray([1, 2, 3, 4, 5, 6], { shape: [3, 2], dtype: "f64" });
    expect(list(runBound((v) => mean(v as Tensor, { axis: 0 }), types, { T: 3 }, x))).toEqual([3, 4]);
    expect(
      list(runBound((v) => add(v as Tensor, expandDims(iota(T, "f64"), { axis: 1 })), types, { T: 3 }, x)),
    ).toEqual([1, 2, 4, 5, 7, 8]);
    expect(() => runBound((v) => slice(v as Tensor, { axis: 0, start: 2, end: T }), types, { T: 1 }, x)).toThrow(
      "slice: 2 … 1 along axis 0 of f64[1, 2]",
    );
  });
});

describe("operands", () => {
  it("numbers take the dtype of the tensor beside them, wherever they stand", () => {
    expect(sub(1, of(2)).dtype).toBe("f64");
    expect(add(1, 2, indices(2)).dtype).toBe("i32");
    expect(mul(of(2), 2, of(1)).shape).toEqual([2]);
  });

  it("split says how many parts it gives, to the compiler too", () => {
    expectTypeOf(split(of(6), 3)).toEqualTypeOf<[Tensor, Tensor, Tensor]>();
    expectTypeOf(split(of(6), [2, 4])).toEqualTypeOf<[Tensor, Tensor]>();
    expectTypeOf(split(of(6), 3 as number)).toEqualTypeOf<Tensor[]>();
    expect(split(of(6), 3)).toHaveLength(3);
  });
});

describe("matmul", () => {
  it("of [T, B, K] with [K, P] is one product over T·B rows", () => {
    const [x, w] = [of(T, B, 4), of(4, 5)];
    const y = matmul(x, w);
    expect(opsOf([x, w], y)).toEqual(["reshape", "matmul", "reshape"]);
    expect(shapeText(y.node.inputs[0]?.shape as Shape)).toBe("[B·T, 5]");
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])("has gradients without a transpose (transposeA %s, transposeB %s)", (transposeA, transposeB) => {
    const [a, b] = [transposeA ? of(3, 2) : of(2, 3), transposeB ? of(4, 3) : of(3, 4)];
    const [da, db] = grad(
      ([x, y]: readonly Tensor[]) => sum(matmul(x as Tensor, y as Tensor, { transposeA, transposeB })),
      [a, b],
    );
    expect(opsOf([a, b], da as Tensor, db as Tensor)).not.toContain("transpose");
  });

  it("summed over a new axis, aᵀ·b is one product over stacked rows", () => {
    const [x, dz] = [of(B, 3), of(B, 4)];
    const node = matmul(x, dz, { transposeA: true }).node;
    const [xs, dzs] = [of(T, B, 3), of(T, B, 4)];
    const dW = node.op.sumBatch?.([xs, dzs], [true, true], node.params, T) as Tensor;
    expect(opsOf([xs, dzs], dW)).toEqual(["reshape", "reshape", "matmul"]);
    expect(shapeText(dW.shape)).toBe("[3, 4]");
  });

  it("with one operand under the new axis, the sum comes first", () => {
    const node = matmul(of(B, 3), of(3, 4)).node;
    const [xs, w] = [of(T, B, 3), of(3, 4)];
    const y = node.op.sumBatch?.([xs, w], [true, false], node.params, T) as Tensor;
    expect(opsOf([xs, w], y)).toEqual(["sum", "matmul"]);
  });
});

describe("scatterAdd summed over a new axis", () => {
  const node = (x: Tensor): Node => scatterAdd(x, indices(2), of(2, 3)).node;
  const rule = ({ op, params }: Node, x: Tensor, batched: readonly boolean[]) =>
    op.sumBatch?.([x, batched[1] ? indices(T, 2) : indices(2), of(T, 2, 3)], batched, params, T);

  it("is one scatterAdd where x is zero by its making", () => {
    const zeros = constantOf({ shape: [5, 3], dtype: "f64" }, 0);
    const y = rule(node(zeros), zeros, [false, true, true]) as Tensor;
    expect([y.node.op.name, shapeText(y.node.inputs[1]?.shape as Shape)]).toEqual(["scatterAdd", "[T, 2]"]);
    expect(rule(node(zeros), zeros, [false, false, true])?.node.inputs[2]?.node.op.name).toBe("sum");
  });

  it("is left alone where x would count T times", () => {
    const x = of(5, 3);
    expect(rule(node(x), x, [false, true, true])).toBeUndefined();
    const ones = constantOf({ shape: [5, 3], dtype: "f64" }, 1);
    expect(rule(node(ones), ones, [false, true, true])).toBeUndefined();
  });
});

it("gather from one table by indices of a batch needs no offsets", () => {
  const [x, i] = [of(5, 3), indices(T, 2)];
  const [y] = batchNode(gather(x, indices(2)).node, [x, i], [false, true], T);
  expect(opsOf([x, i], y as Tensor)).toEqual(["gather"]);
});

describe("mergePads", () => {
  const names = (parts: readonly Tensor[]) => mergePads(parts).map(({ node }) => node.op.name);
  /** Merging keeps the sum, whatever it makes of the parts. */
  const expectSameSum = (build: (x: Tensor, y: Tensor) => Tensor[], ...arrays: NdArray[]) => {
    const plain = run((x, y) => build(x as Tensor, y as Tensor).reduce((a, b) => add(a, b)), ...arrays);
    const merged = run((x, y) => mergePads(build(x as Tensor, y as Tensor)).reduce((a, b) => add(a, b)), ...arrays);
    expect(list(merged)).toEqual(list(plain));
  };
  const two = ndarray([1, 2], { dtype: "f64" });
  const three = ndarray([3, 4, 5], { dtype: "f64" });

  it("makes one concat of parts that tile the axis, in any order", () => {
    const [x, y] = [of(2), of(3)];
    const merged = mergePads([pad(y, { axis: 0, before: 2, after: 0 }), pad(x, { axis: 0, before: 0, after: 3 })]);
    expect(merged.map(({ node }) => [node.op.name, ...node.inputs])).toEqual([["concat", x, y]]);
    expectSameSum(
      (a, b) => [pad(b, { axis: 0, before: 2, after: 0 }), pad(a, { axis: 0, before: 0, after: 3 })],
      two,
      three,
    );
  });

  it("fills gaps with zeros: before, between and after", () => {
    expect(names([pad(of(2), { axis: 0, before: 1, after: 7 }), pad(of(3), { axis: 0, before: 5, after: 2 })])).toEqual(
      ["concat"],
    );
    expectSameSum(
      (a, b) => [pad(a, { axis: 0, before: 1, after: 7 }), pad(b, { axis: 0, before: 5, after: 2 })],
      two,
      three,
    );
  });

  it("adds up parts over one range first", () => {
    const [x, y] = [of(2), of(2)];
    const [merged] = mergePads([
      pad(x, { axis: 0, before: 0, after: 2 }),
      pad(x, { axis: 0, before: 2, after: 0 }),
      pad(y, { axis: 0, before: 0, after: 2 }),
    ]) as [Tensor];
    expect(merged.node.inputs.map(({ node }) => node.op.name)).toEqual(["add", "placeholder"]);
    expectSameSum(
      (a) => [
        pad(a, { axis: 0, before: 0, after: 2 }),
        pad(a, { axis: 0, before: 2, after: 0 }),
        pad(a, { axis: 0, before: 0, after: 2 }),
      ],
      two,
    );
  });

  it("leaves what overlaps, what is no pad, what is padded with something else and what stands alone", () => {
    const x = of(5);
    const [first, overlapping, last] = [
      pad(of(2), { axis: 0, before: 0, after: 3 }),
      pad(of(2), { axis: 0, before: 1, after: 2 }),
      pad(of(3), { axis: 0, before: 2, after: 0 }),
    ];
    expect(mergePads([x, first])).toEqual([x, first]);
    expect(mergePads([first, overlapping])).toEqual([first, overlapping]);
    expect(
      mergePads([first, pad(of(3), { axis: 0, before: 2, after: 0, value: 1 })]).map(({ node }) => node.op.name),
    ).toEqual(["pad", "pad"]);
    const merged = mergePads([x, first, overlapping, last]);
    expect(merged.slice(0, 2)).toEqual([x, overlapping]);
    expect(merged[2]?.node.op.name).toBe("concat");
    expectSameSum(
      (a, b) => [
        pad(a, { axis: 0, before: 0, after: 3 }),
        pad(a, { axis: 0, before: 1, after: 2 }),
        pad(b, { axis: 0, before: 2, after: 0 }),
      ],
      two,
      three,
    );
  });

  it("keeps axes apart", () => {
    const [a, b] = [pad(of(2, 4), { axis: 0, before: 0, after: 2 }), pad(of(4, 2), { axis: 1, before: 2, after: 0 })];
    expect(mergePads([a, b])).toEqual([a, b]);
  });

  it("works between named sizes", () => {
    const merged = mergePads([
      pad(of(B, T), { axis: 1, before: 0, after: T }),
      pad(of(B, T), { axis: 1, before: T, after: 0 }),
    ]);
    expect(merged.map(({ node, shape }) => [node.op.name, shapeText(shape)])).toEqual([["concat", "[B, 2·T]"]]);
  });

  it("so the gradient of split gates is one concat, without a pad", () => {
    const z = of(B, 8);
    const dz = grad((x: Tensor) => {
      const [i, f, o, g] = split(x, 4);
      return sum(add(mul(sigmoid(i), sigmoid(f)), mul(o, g)));
    }, z);
    expect(dz.node.op.name).toBe("concat");
    expect(opsOf([z], dz)).not.toContain("pad");
  });
});
