import { gru, lstm, stacked, unroll } from "@throughtime/cells";
import {
  add,
  bind,
  countOps,
  dim,
  foldIn,
  key,
  matmul,
  mean,
  mul,
  type NdArray,
  normal,
  optimize,
  type Program,
  type ScanParams,
  scan,
  scanOp,
  sigmoid,
  slice,
  sub,
  type Tensor,
  type Type,
  tanh,
  trace,
  type,
  valueAndGrad,
} from "@throughtime/core";
import { difference, evaluateInF64 } from "@throughtime/testkit";
import { describe, expect, test } from "vitest";
import { complements } from "../src/layout/complements.js";
import { forCpu } from "../src/layout/for-cpu.js";
import { productsLast } from "../src/layout/products-last.js";
import { separateParts } from "../src/layout/separate-parts.js";
import { widenCaptures } from "../src/layout/widen-captures.js";

const [H, T, B] = [4, dim("T"), dim("B")];
const SIZES = [
  { T: 3, B: 2 },
  { T: 2, B: 1 },
  { T: 0, B: 2 },
];

function bodyOf({ equations }: Program): Program {
  const loop = equations.find(({ op }) => (op as unknown) === scanOp) as Program["equations"][number];
  return (loop.params as ScanParams).body;
}

const programOf = (types: readonly Type[], fn: (...tensors: Tensor[]) => unknown) =>
  trace((tensors: Tensor[]) => fn(...tensors), [types as Type[]]).program;

function expectSame(before: Program, after: Program) {
  for (const sizes of SIZES) {
    const bound = bind(before, sizes);
    const inputs = bound.inputs.map(({ shape }, i) => normal(foldIn(key(4), i), shape as number[]));
    const expected = evaluateInF64(bound, inputs);
    evaluateInF64(bind(after, sizes), inputs).forEach((value, i) => {
      expect(difference(value, expected[i] as NdArray, { absolute: 1e-9, relative: 1e-9 })).toBeUndefined();
    });
  }
}

/** A feature-major loop of which each step makes two gates from one product, with what is added to it. */
const gates = (read: (z: Tensor, c: Tensor, p: Tensor) => Tensor, addend = true) =>
  programOf([type([2 * H, H]), type([H, 1]), type([H, B]), type([T, 2 * H, B])], (U, p, h0, xs) =>
    scan(
      (h, x) => {
        const product = matmul(U as Tensor, h);
        const next = read(addend ? add(x, product) : product, h, p as Tensor);
        return [next, next];
      },
      h0,
      xs,
    ),
  );

describe("separateParts", () => {
  const two = (z: Tensor) =>
    mul(sigmoid(slice(z, { axis: 0, start: 0, end: H })), tanh(slice(z, { axis: 0, start: H, end: 2 * H })));

  test("makes a product that is read in parts one product for each, and cuts nothing in the loop", () => {
    const before = gates(two);
    const after = separateParts(before);
    expect(countOps(bodyOf(before))).toMatchObject({ matmul: 1, slice: 2 });
    expect(countOps(bodyOf(after))).toEqual({ matmul: 2, add: 2, sigmoid: 1, tanh: 1, mul: 1 });
    expectSame(before, after);
  });

  test("without an addend too", () => {
    const before = gates(two, false);
    const after = separateParts(before);
    expect(countOps(bodyOf(after))).toMatchObject({ matmul: 2 });
    expect(countOps(bodyOf(after)).slice ?? 0).toBe(0);
    expectSame(before, after);
  });

  test("leaves a product alone that is read as a whole, or not in full", () => {
    const whole = gates((z) => add(two(z), slice(sigmoid(z), { axis: 0, start: 0, end: H })));
    expect(separateParts(whole)).toBe(whole);
    const half = gates((z) =>
      mul(sigmoid(slice(z, { axis: 0, start: 0, end: H })), sigmoid(slice(z, { axis: 0, start: 0, end: H }))),
    );
    expect(separateParts(half)).toBe(half);
  });
});

describe("productsLast", () => {
  test("adds a product after all else, so that a Gemm starts from the sum", () => {
    const before = gates((z, c, p) =>
      mul(
        sigmoid(add(slice(z, { axis: 0, start: 0, end: H }), mul(p, c))),
        tanh(slice(z, { axis: 0, start: H, end: 2 * H })),
      ),
    );
    const after = productsLast(separateParts(before));
    const functions = bodyOf(after).equations.filter(({ op }) => op.name === "sigmoid" || op.name === "tanh");
    expect(functions).toHaveLength(2);
    for (const { inputs } of functions) {
      const sum = (inputs[0] as Tensor).node;
      expect(sum.op.name).toBe("add");
      expect(sum.inputs.some(({ node }) => node.op.name === "matmul")).toBe(true);
    }
    expectSame(before, after);
  });
});

describe("widenCaptures", () => {
  test("repeats a column once, before the loop", () => {
    const before = gates((z, c, p) =>
      add(slice(z, { axis: 0, start: 0, end: H }), add(slice(z, { axis: 0, start: H, end: 2 * H }), mul(p, c))),
    );
    const after = widenCaptures(before);
    expect(bodyOf(after).inputs.filter(({ shape }) => shape[1] === 1)).toEqual([]);
    expect(countOps(after).broadcast).toBe(1);
    expectSame(before, after);
  });

  test("leaves a product's addend to Gemm", () => {
    const before = programOf([type([H, H]), type([H, 1]), type([H, B]), type([T, H, B])], (U, b, h0, xs) =>
      scan((h, x) => [tanh(mul(x, add(matmul(U as Tensor, h), b as Tensor))), []], h0, xs),
    );
    expect(widenCaptures(before)).toBe(before);
  });
});

describe("complements", () => {
  const stack3 = type([T, H, B]);

  test("p·(1 − s) is p − p·s, without a scalar operand", () => {
    const before = programOf([stack3, stack3], (p, s) => mul(sub(1, s as Tensor), p as Tensor));
    const after = complements(before);
    expect(countOps(after)).toEqual({ mul: 1, sub: 1 });
    expectSame(before, after);
  });

  test("where something else reads 1 − s, it stays", () => {
    const before = programOf([stack3, stack3], (p, s) => {
      const rest = sub(1, s as Tensor);
      return [mul(rest, p as Tensor), rest];
    });
    expect(complements(before)).toBe(before);
  });
});

describe("the layout for CPU kernels computes what was there before,", () => {
  const cells = {
    "an LSTM": lstm({ inputSize: 3, hiddenSize: H }),
    "an LSTM with peepholes": lstm({ inputSize: 3, hiddenSize: H, peepholes: "diagonal" }),
    "a GRU, reset after": gru({ inputSize: 3, hiddenSize: H, reset: "after" }),
    "a GRU, reset before": gru({ inputSize: 3, hiddenSize: H, reset: "before" }),
    "a stack": stacked([lstm({ inputSize: 3, hiddenSize: H }), gru({ inputSize: H, hiddenSize: H })]),
  };
  test.each(Object.entries(cells))("value and gradient of %s", (_, cell) => {
    const params = cell.init(key(1));
    const types = JSON.parse(
      JSON.stringify(params, (_key, value) => (value?.data ? { shape: value.shape, dtype: value.dtype } : value)),
    );
    const { program } = trace(
      (p: never, xs: Tensor) =>
        valueAndGrad((q: never) => {
          const { outputs } = unroll(cell as never, q, xs) as { outputs: Tensor };
          return mean(mul(outputs, outputs));
        }, p),
      [types, type([T, B, 3])],
    );
    const optimized = optimize(program, () => false).program;
    const after = forCpu(optimized);
    expect(after).not.toBe(optimized);
    for (const sizes of SIZES.slice(0, 2)) {
      const inputs = bind(program, sizes).inputs.map(({ shape }, i) =>
        normal(foldIn(key(4), i), shape as number[], 0, 0.5),
      );
      const expected = evaluateInF64(bind(program, sizes), inputs);
      evaluateInF64(bind(after, sizes), inputs).forEach((value, i) => {
        expect(difference(value, expected[i] as NdArray, { absolute: 1e-9, relative: 1e-9 })).toBeUndefined();
      });
    }
  });
});
