import {
  add,
  addDim,
  countOps,
  type Dim,
  dim,
  equationCount,
  flattenTree,
  inlineComposites,
  isNdArray,
  isTensor,
  key,
  optimize,
  type Program,
  requireIndices,
  sum,
  type Tensor,
  type Tree,
  trace,
  type,
  valueAndGrad,
} from "@throughtime/core";
import { describe, expect, test } from "vitest";
import {
  type AnyCell,
  dropout,
  gru,
  type LstmParams,
  type LstmState,
  lstm,
  rnn,
  stacked,
  unroll,
  unrollSteps,
} from "../src/index.js";
import { ALL_CELLS } from "./all-cells.js";
import { distance, i32, random } from "./arrays.js";
import { evaluate } from "./evaluate.js";

const [D, H] = [4, 6];
const sizes = { inputSize: D, hiddenSize: H };
const lstmTypes = { W: type([D, 4 * H]), U: type([H, 4 * H]), b: type([4 * H]) };
const xs = (...shape: (string | number)[]) => type(shape);

describe("unroll says what does not fit", () => {
  const cell = lstm(sizes);
  const unrolled = (x: ReturnType<typeof type>, more: Record<string, unknown> = {}) =>
    trace(
      (p: LstmParams, v: Tensor, o: { state?: LstmState; lengths?: Tensor }) => unroll(cell, p, v, o),
      [lstmTypes, x, more],
    );

  test("inputs of another size", () => {
    expect(() => unrolled(xs("T", "B", 28))).toThrow(
      "unroll: xs has D = 28, but lstm was built with inputSize 4. Build it with inputSize: 28.",
    );
  });

  test("inputs that are not [T, B, D]", () => {
    expect(() => unrolled(xs("T", D))).toThrow(/unroll: xs is f32\[T, 4\]; expected \[T, B, D\]/);
  });

  test("lengths that are not one i32 for each sequence", () => {
    expect(() => unrolled(xs("T", "B", D), { lengths: type(["B"]) })).toThrow(/lengths is f32\[B\]; expected i32\[B\]/);
    expect(() => unrolled(xs("T", "B", D), { lengths: type(["T"], "i32") })).toThrow(
      /lengths is i32\[T\]; expected i32\[B\]/,
    );
  });

  test("a state of another batch, by its name", () => {
    const state = { h: type([7, H]), c: type([7, H]) };
    expect(() => unrolled(xs("T", "B", D), { state })).toThrow(/state\.h of lstm is f32\[7, 6\], but xs has B = B/);
  });

  test("noise that was drawn for another cell", () => {
    const noisy = { noise: { h: type(["T", "B", H]) } };
    expect(() => unrolled(xs("T", "B", D), noisy)).toThrow(/noise has the leaves \{h\}, but the cell expects \{\}/);
  });
});

describe("as an operator", () => {
  const opsOf = (cell: AnyCell) => {
    const run = (p: Tree<Tensor>, x: Tensor) => unroll(cell, p, x, { noise: "none" });
    return countOps(trace(run, [cell.init(key(1)), xs("T", "B", D)]).program);
  };

  test.each([
    ["lstmSequence", lstm(sizes)],
    ["lstmSequence", lstm({ ...sizes, peepholes: "diagonal" })],
    ["gruSequence", gru(sizes)],
    ["gruSequence", gru({ ...sizes, reset: "before" })],
    ["rnnSequence", rnn({ ...sizes, activation: "relu" })],
  ] as const)("%s stands for a standard cell", (name, cell) => {
    const ops = opsOf(cell);
    expect(ops[name]).toBe(1);
    expect(ops.scan).toBeUndefined();
  });

  test("a stack of standard cells is one operator for each", () => {
    const ops = opsOf(stacked([lstm(sizes), dropout(gru({ inputSize: H, hiddenSize: H }), { input: 0.5 })]));
    expect([ops.lstmSequence, ops.gruSequence, ops.scan]).toEqual([1, 1, undefined]);
  });

  test("a user's own cell, and an lstm with a projection, stay a scan", () => {
    const own = ALL_CELLS.find(({ name }) => name === "a user's own")?.make(sizes) as AnyCell;
    expect(opsOf(own).scan).toBe(1);
    expect(opsOf(lstm({ ...sizes, projectionSize: 2 }))).toMatchObject({ scan: 1 });
  });

  test("with lengths a standard cell is one operator too", () => {
    const { program } = trace(
      (p: LstmParams, x: Tensor, lengths: Tensor) => unroll(lstm(sizes), p, x, { lengths }),
      [lstmTypes, xs("T", "B", D), type(["B"], "i32")],
    );
    expect(countOps(program).scan).toBeUndefined();
  });

  type Cells = ReturnType<typeof lstm>;
  type Run = (
    cell: Cells,
    params: LstmParams,
    xs: Tensor,
    options: { state: LstmState; lengths?: Tensor },
  ) => { outputs: Tensor; state: LstmState };

  test("its gradient is that of the loop over its steps, and costs the same", () => {
    const cell = lstm(sizes);
    const gradientOf = (of: Run) => (p: LstmParams, x: Tensor, given: Tensor) =>
      valueAndGrad((q) => {
        // unroll checks them, and finds that they were.
        const lengths = requireIndices(given, addDim(x.shape[0] as Dim, 1), { op: "unroll", noun: "length" });
        const { outputs, state } = of(cell, q, x, { lengths, state: cell.initialState(2) });
        return { loss: sum(outputs), state };
      }, p);
    const inputs = [cell.init(key(1)), random([5, 2, D], 1), i32([5, 3])] as const;
    const [operator, steps] = [unroll, unrollSteps].map((of) => evaluate(gradientOf(of), ...inputs));
    expect(distance(operator, steps)).toBe(0);
    const [claimable, plain] = [unroll, unrollSteps].map((of) => {
      const { program } = trace(gradientOf(of), [lstmTypes, xs("T", 2, D), type([2], "i32")]);
      return optimize(program, () => false).program;
    });
    expect(countOps(claimable as Program)).toEqual(countOps(plain as Program));
    expect(equationCount(claimable as Program)).toBe(equationCount(plain as Program));
  });

  test("where nobody claims it, it is the loop over its steps", () => {
    const traced = (of: Run) => {
      const cell = lstm(sizes);
      const run = (p: LstmParams, x: Tensor) => of(cell, p, x, { state: cell.initialState(dim("B")) });
      return trace(run, [lstmTypes, xs("T", "B", D)]).program;
    };
    expect(countOps(inlineComposites(traced(unroll), () => false))).toEqual(countOps(traced(unrollSteps)));
  });
});

test("unrollSteps stacks each leaf of what a step gives, with 0 past a sequence's end", () => {
  const cell = {
    step: (_: object, s: { n: Tensor }, x: Tensor): [{ n: Tensor }, { x: Tensor; both: [Tensor, Tensor] }] => {
      const n = add(s.n, 1); // [B]
      return [{ n }, { x, both: [n, add(x, 1)] }];
    },
  };
  const run = (x: Tensor, n: Tensor, lengths?: Tensor) =>
    unrollSteps(cell, {}, x, { state: { n }, ...(lengths ? { lengths } : {}) });
  const [x, n] = [random([3, 2, D], 1), random([2], 2)];
  const leavesOf = (...args: readonly unknown[]) => flattenTree(evaluate(run, ...args), isNdArray).leaves;
  const [all, some] = [leavesOf(x, n), leavesOf(x, n, i32([3, 1]))];
  expect(all.map(({ shape }) => shape)).toEqual([[3, 2, D], [3, 2], [3, 2, D], [2]]);
  expect(all[0]?.data).toEqual(x.data);
  for (const leaf of [0, 1, 2]) {
    const size = (all[leaf]?.data.length as number) / 6;
    some[leaf]?.data.forEach((value, k) => {
      const [t, b] = [Math.floor(k / size / 2), Math.floor(k / size) % 2];
      expect(value).toBe(b === 0 || t < 1 ? all[leaf]?.data[k] : 0);
    });
  }
});

describe("what is left in the loops of a training step", () => {
  /** Products in the loops of a loss and its gradient, forward and backward, after the passes. */
  const productsInLoops = (cell: AnyCell) => {
    const loss = (p: Tree<Tensor>, x: Tensor) =>
      valueAndGrad((q) => {
        const leaves = flattenTree(unroll(cell, q, x, { noise: "none" }), isTensor).leaves;
        return leaves.map((leaf) => sum(leaf)).reduce((a, b) => add(a, b));
      }, p);
    const { program } = trace(loss, [cell.init(key(1)), xs("T", "B", D)]);
    const optimized = optimize(program, () => false).program;
    const loops = optimized.equations.filter(({ op }) => op.name === "scan");
    return loops.map((node) => countOps((node.params as { body: typeof program }).body).matmul ?? 0);
  };

  test.each([
    ["rnn", rnn(sizes), [1, 1]],
    ["lstm", lstm(sizes), [1, 1]],
    ["lstm with peepholes", lstm({ ...sizes, peepholes: "diagonal" }), [1, 1]],
    ["gru, reset after", gru(sizes), [1, 1]],
    ["gru, reset before", gru({ ...sizes, reset: "before" }), [2, 2]],
    ["a stack of two", stacked([lstm(sizes), lstm({ inputSize: H, hiddenSize: H })]), [1, 1, 1, 1]],
  ] as const)("%s: products by loop", (_, cell, expected) => {
    expect(productsInLoops(cell as AnyCell)).toEqual(expected);
  });
});
