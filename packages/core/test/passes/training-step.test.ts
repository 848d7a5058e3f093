import { difference, evaluateInF64 } from "@throughtime/testkit";
import { describe, expect, test } from "vitest";
import {
  bind,
  countOps,
  foldIn,
  grad,
  key,
  mul,
  ndarray,
  normal,
  optimize,
  type Program,
  type ScanParams,
  type Sizes,
  scanOp,
  sum,
  type Tensor,
  trace,
  valueAndGrad,
  verify,
} from "../../src/index.js";
import { CARRIED, INVARIANT, PER_STEP, ranksOf } from "../../src/passes/analysis.js";
import {
  gruResetAfter,
  gruResetBefore,
  H,
  languageModelLoss,
  loopsOf,
  lstm,
  lstmOfEight,
  lstmOfJoint,
  modelTypes,
  type Named,
  peephole,
  rnn,
  stacked,
  type TestCell,
  trainingStep,
  V,
} from "./cells.js";

const CELLS: Record<string, TestCell> = {
  "an LSTM": lstm(),
  "an LSTM with eight gate matrices": lstmOfEight,
  "an LSTM with one matrix for input and state": lstmOfJoint(),
  "a peephole LSTM": peephole,
  "a GRU, reset after": gruResetAfter,
  "a GRU, reset before": gruResetBefore,
  "a vanilla RNN": rnn,
  "a stack of two LSTMs": stacked([lstm(), lstm(H)]),
  "a stack of two LSTMs with joint matrices": stacked([lstmOfJoint(), lstmOfJoint(H)]),
  "a stack of an LSTM, a vanilla RNN and an LSTM": stacked([
    lstm(),
    { ...rnn, shapes: { ...rnn.shapes, W: [H, H] } },
    lstm(H),
  ]),
};

const optimized = (program: Program) => optimize(program, () => false).program;
const products = (body: Program) => countOps(body).matmul ?? 0;

describe.each(Object.entries(CELLS))("the training step of a language model with %s", (name, cell) => {
  const original = trainingStep(cell);
  const program = optimized(original);
  const { forward, backward } = loopsOf(program);

  test("is a well-formed Program", () => {
    verify(program);
  });

  test("has one loop forward and one backward for each layer", () => {
    expect([forward.length, backward.length]).toEqual([cell.layers, cell.layers]);
  });

  test("has one product in each loop, two where the reset gate stands before one", () => {
    const each = name === "a GRU, reset before" ? 2 : 1;
    expect([...forward, ...backward].map(products)).toEqual(Array(2 * cell.layers).fill(each));
  });

  test("leaves nothing in a loop that does not depend on the state", () => {
    for (const { params } of program.equations.filter(({ op }) => (op as unknown) === scanOp)) {
      const { body, captures, carries } = params as ScanParams;
      const ranks = ranksOf(
        body,
        body.inputs.map((_, i) => (i < captures ? INVARIANT : i < captures + carries ? CARRIED : PER_STEP)),
      );
      const still = body.equations.filter(({ outputs }) => ranks.get(outputs[0] as Tensor) !== CARRIED);
      expect(still.filter(({ op }) => op.name !== "constant" && op.name !== "broadcast")).toEqual([]);
    }
  });

  test("has nothing of the vocabulary's size in a loop", () => {
    const sizes = [...forward, ...backward].flatMap(({ inputs, equations }) =>
      [...inputs, ...equations.flatMap(({ outputs }) => outputs)].flatMap(({ shape }) => shape),
    );
    expect(sizes).not.toContain(V);
  });

  test("is optimized in few rounds, and not further by another run", () => {
    expect(optimized(program)).toBe(program);
  });

  test.each([
    { T: 5, B: 3 },
    { T: 1, B: 1 },
    { T: 0, B: 2 },
    { T: 2, B: 0 },
  ])("computes the same at %o", (sizes) => {
    expectSame(original, program, sizes);
  });
});

describe("the backward loop", () => {
  const equations = (cell: TestCell) => loopsOf(optimized(trainingStep(cell))).backward[0]?.equations.length;

  test("of an LSTM has at most seven equations", () => {
    expect(equations(lstm())).toBeLessThanOrEqual(7);
  });

  test("of a peephole LSTM has no more than that of the LSTM", () => {
    expect(equations(peephole)).toBeLessThanOrEqual(equations(lstm()) as number);
  });

  test("of a GRU has at most six equations, of a vanilla RNN three", () => {
    expect(equations(gruResetAfter)).toBeLessThanOrEqual(6);
    expect(equations(rnn)).toBeLessThanOrEqual(3);
  });
});

describe("between the loops", () => {
  /** Elementwise equations over whole stacks [T, B, H]. */
  const stacked = (cell: TestCell) =>
    optimized(trainingStep(cell)).equations.filter(
      ({ op, outputs: [y] }) => op.batch === "elementwise" && y?.shape.length === 3 && y.shape[2] === H,
    );

  test("an LSTM's factors take ten equations beside h, two for each, as one would write them by hand", () => {
    expect(stacked(lstm())).toHaveLength(11);
    expect(stacked(lstmOfEight)).toHaveLength(11);
  });

  test("and no state before a step but h is read: i·g and f·c are there", () => {
    const { forward } = loopsOf(optimized(trainingStep(lstm())));
    const [body] = forward as [Program];
    const emitted = new Set(body.outputs.slice(2));
    expect(emitted.has(body.outputs[0] as Tensor) || emitted.has(body.outputs[1] as Tensor)).toBe(false);
  });
});

describe("an LSTM's loops have the same ops however its weights are kept:", () => {
  const ops = (cell: TestCell) => {
    const { forward, backward } = loopsOf(optimized(trainingStep(cell)));
    return [...forward, ...backward].map((body) => countOps(body));
  };

  test("eight matrices as one pair", () => {
    expect(ops(lstmOfEight)).toEqual(ops(lstm()));
  });

  test("one matrix for input and state as two", () => {
    expect(ops(lstmOfJoint())).toEqual(ops(lstm()));
  });

  test("and a layer of a stack as a layer alone", () => {
    expect(ops(stacked([lstm(), lstm(H)])).slice(0, 1)).toEqual(ops(lstm()).slice(0, 1));
  });
});

describe("gradients of gradients", () => {
  test.each(["an LSTM", "a GRU, reset before", "a stack of two LSTMs"])(
    "of %s are the same after the passes",
    (name) => {
      const cell = CELLS[name] as TestCell;
      // A penalty on the gradient's size: its gradient runs back through the backward scan.
      const { program } = trace((params: Named, state: Named, x: Tensor, y: Tensor) => {
        const loss = (p: Named) => languageModelLoss(cell, p, state, x, y).loss;
        return valueAndGrad((p: Named) => {
          const squares = Object.values(grad(loss, p)).map((g) => sum(mul(g, g)));
          return squares.reduce((a, b) => mul(a, b));
        }, params);
      }, modelTypes(cell));
      expectSame(program, optimized(program), { T: 3, B: 2 });
    },
  );
});

/** Both Programs' values, in f64, on random parameters. */
function expectSame(before: Program, after: Program, sizes: Sizes) {
  const inputs = bind(before, sizes).inputs.map(({ shape, dtype }, i) => {
    const size = shape as readonly number[];
    if (dtype !== "i32") return normal(foldIn(key(3), i), size);
    const count = size.reduce((a, b) => a * b, 1);
    return ndarray(
      Int32Array.from({ length: count }, (_, j) => (7 * j + i) % V),
      { shape: size },
    );
  });
  const expected = evaluateInF64(bind(before, sizes), inputs);
  const actual = evaluateInF64(bind(after, sizes), inputs);
  expected.forEach((value, i) => {
    expect(difference(actual[i] as typeof value, value, { absolute: 1e-7, relative: 1e-7 })).toBeUndefined();
  });
}
