import { describe, expect, test } from "vitest";
import {
  add,
  addDim,
  bind,
  broadcast,
  cast,
  constant,
  dim,
  evaluateProgram,
  inferSizes,
  iota,
  isStatic,
  mean,
  mul,
  mulDim,
  ndarray,
  type Program,
  print,
  reshape,
  type Shape,
  scan,
  sizeNames,
  slice,
  subDim,
  sum,
  type Tensor,
  toF64,
  toNested,
  trace,
  type,
  verify,
} from "../src/index.js";

const [T, B] = [dim("T"), dim("B")];
const shapeError = expect.objectContaining({ name: "ShapeError" });

/** A Program whose inputs have these shapes. */
const taking = (...shapes: Shape[]): Program =>
  trace(
    (...xs: Tensor[]) => xs.map((x) => sum(x)),
    shapes.map((shape) => type(shape)),
  ).program;

describe("inferSizes", () => {
  test.each<[string, Shape[], number[][], Record<string, number>]>([
    ["reads a size where it stands", [[T, B, 3]], [[5, 2, 3]], { T: 5, B: 2 }],
    ["solves what is derived", [[addDim(T, 1)]], [[9]], { T: 8 }],
    ["solves a multiple", [[mulDim(4, T)]], [[12]], { T: 3 }],
    ["solves a product once a factor is known", [[mulDim(T, B)], [T]], [[12], [3]], { T: 3, B: 4 }],
    ["takes 0", [[T, B]], [[0, 2]], { T: 0, B: 2 }],
    ["leaves what 0 hides to another input", [[T], [mulDim(T, B)], [B]], [[0], [0], [7]], { T: 0, B: 7 }],
    ["needs no names", [[2, 3]], [[2, 3]], {}],
  ])("%s", (_, shapes, given, sizes) => {
    expect(inferSizes(taking(...shapes), given)).toEqual(sizes);
  });

  test.each<[string, Shape[], number[][]]>([
    ["another number", [[2, T]], [[3, 4]]],
    ["another rank", [[T]], [[3, 1]]],
    ["two numbers for one size", [[T], [T]], [[3], [4]]],
    ["no whole number", [[mulDim(2, T)]], [[5]]],
    ["a negative size", [[addDim(T, 3)]], [[2]]],
    ["no multiple of what is 0", [[T], [mulDim(T, B)]], [[0], [3]]],
  ])("refuses %s", (_, shapes, given) => {
    expect(() => inferSizes(taking(...shapes), given)).toThrow(shapeError);
  });

  test("names the input and what is known in its error", () => {
    const { program } = trace(
      (batch: { x: Tensor; y: Tensor }) => [sum(batch.x), sum(batch.y)],
      [{ x: type(["T", "B"]), y: type(["T"]) }],
    );
    expect(() => inferSizes(program, [[5, 2], [4]])).toThrow("input 0.y has shape [4]; expected [T] with T = 5, B = 2");
  });
});

describe("bind", () => {
  const { program } = trace(
    (x: Tensor) => {
      const rows = reshape(x, [mulDim(T, B), 3]);
      const ys = scan((c: Tensor, xt: Tensor) => [add(c, xt), broadcast(mean(c), [B])], sum(x, { axis: 0 }), x)[1];
      return [
        sum(rows, { axis: 1 }),
        ys,
        cast(iota(addDim(T, 1)), "f32"),
        slice(x, { axis: 0, start: 0, end: subDim(T, 1) }),
        mean(x),
      ];
    },
    [type(["T", "B", 3])],
  );
  const x = ndarray(
    Array.from({ length: 12 }, (_, i) => i),
    { shape: [2, 2, 3] },
  );

  test("puts numbers for all named sizes, in bodies and parameters too", () => {
    const bound = bind(program, { T: 2, B: 2 });
    verify(bound);
    expect(print(bound)).not.toMatch(/\b[TB]\b/);
    expect(bound.outputs.every(({ shape }) => isStatic(shape))).toBe(true);
    expect(bound.inputNames).toEqual(program.inputNames);
    expect(evaluateProgram(bound, [x]).map(toNested)).toEqual([
      [3, 12, 21, 30],
      [
        [11, 11],
        [13.5, 13.5],
      ],
      [0, 1, 2],
      [
        [
          [0, 1, 2],
          [3, 4, 5],
        ],
      ],
      5.5,
    ]);
  });

  test("does not touch the Program that it binds", () => {
    const before = print(program);
    bind(program, { T: 3, B: 1 });
    expect(print(program)).toBe(before);
  });

  test("names a size that is missing, and a dimension that turns out negative", () => {
    expect(() => bind(program, { T: 2 })).toThrow("no number was given for the size B");
    expect(() => bind(program, { T: 0, B: 2 })).toThrow("T - 1 is -1");
  });

  test("sizeNames lists what the inputs are built from", () => {
    expect([...sizeNames(taking([mulDim(T, B)], [addDim(T, 1)]))].sort()).toEqual(["B", "T"]);
  });
});

describe("toF64", () => {
  test("turns every f32 into f64, and nothing else", () => {
    const { program } = trace(
      (x: Tensor, ids: Tensor) => [
        scan((c: Tensor, xt: Tensor) => [add(c, mul(xt, 0.1)), cast(ids, "f32")], constant(0), x)[0],
        cast(x, "i32"),
        iota(3, "f32"),
        iota(3),
      ],
      [type([4]), type([2], "i32")],
    );
    const wide = toF64(program);
    verify(wide);
    expect(print(wide)).not.toContain("f32");
    expect(wide.outputs.map(({ dtype }) => dtype)).toEqual(["f64", "i32", "f64", "i32"]);
    const ones = ndarray([1, 1, 1, 1], { dtype: "f64" });
    expect(evaluateProgram(wide, [ones, ndarray([1, 2], { dtype: "i32" })])[0]?.data[0]).toBe(4 * Math.fround(0.1));
  });
});
