import { add, key, matmul, mul, sigmoid, split, type Tensor, tanh } from "@throughtime/core";
import { zerosInitializer } from "@throughtime/nn";
import { expect, expectTypeOf, test } from "vitest";
import { type CellParams, type CellState, cellOptions, type GatedCellOptions, gatedCell, plus } from "../src/index.js";

/** A forget-gated cell with a peephole, as a user writes it: no type is named. */
const own = (options: GatedCellOptions & { readonly peephole?: boolean }) => {
  const checked = cellOptions("own", options, "peephole");
  const { hiddenSize: H, peephole = false } = checked;
  return gatedCell(checked, {
    gates: ["f", "g"],
    state: { h: H, c: H },
    weights: {
      p: peephole ? { shape: [H], initializer: zerosInitializer() } : undefined,
      q: { shape: [H], initializer: zerosInitializer() },
    },
    biasShift: { f: 2 },
    step({ W, U, b, p, q }, { h, c }, x) {
      const [zf, zg] = split(plus(matmul(x, W), b, matmul(h, U)), 2);
      const f = sigmoid(plus(zf, p && mul(p, c)));
      const cNext = add(mul(f, c), tanh(zg));
      const hNext = mul(tanh(cNext), q);
      return [{ h: hNext, c: cNext }, hNext];
    },
  });
};

test("the types of parameters and state follow from weights and state", () => {
  type Own = ReturnType<typeof own>;
  expectTypeOf<CellState<Own>>().toEqualTypeOf<{ h: Tensor; c: Tensor }>();
  expectTypeOf<CellParams<Own>["W"]>().toEqualTypeOf<Tensor>();
  expectTypeOf<CellParams<Own>["b"]>().toEqualTypeOf<Tensor | undefined>();
  expectTypeOf<CellParams<Own>["q"]>().toEqualTypeOf<Tensor>();
  expectTypeOf<CellParams<Own>["p"]>().toEqualTypeOf<Tensor | undefined>();
});

test("first values are drawn by place, shifted gate by gate, and left out where the options say so", () => {
  const sizes = { inputSize: 3, hiddenSize: 2 };
  const params = own(sizes).init(key(1));
  expect(Object.keys(params)).toEqual(["W", "U", "b", "q"]);
  expect(params.b?.data).toEqual(Float32Array.of(2, 2, 0, 0));
  const more = own({ ...sizes, biases: "two", peephole: true }).init(key(1));
  expect(Object.keys(more)).toEqual(["W", "U", "b", "bh", "p", "q"]);
  expect(more.bh?.data).toEqual(new Float32Array(4));
  expect([more.W, more.U]).toEqual([params.W, params.U]);
  const drawn = own({
    ...sizes,
    initializers: { b: (_, shape) => ({ data: new Float32Array(4).fill(5), shape, dtype: "f32" }) },
  });
  expect(drawn.init(key(1)).b?.data).toEqual(Float32Array.of(7, 7, 5, 5));
});

test("the layout says all that there is to know of the parameters", () => {
  expect(own({ inputSize: 3, hiddenSize: 2, biases: "none" }).layout).toEqual({
    ...{ kind: "gated", cell: "own", inputSize: 3, hiddenSize: 2, outputSize: 2, biases: "none", variant: {} },
    ...{ gates: ["f", "g"], shapes: { W: [3, 4], U: [2, 4], q: [2] } },
  });
});
