import {
  type CellParams,
  cellOptions,
  defineSequence,
  type GateParams,
  GRU_GATES,
  gatedCell,
  gruSequenceOp,
  LSTM_GATES,
  type LstmState,
  lstmSequenceOp,
  plus,
  rnnSequenceOp,
  unroll,
} from "@throughtime/cells";
import {
  add,
  applyOp,
  bind,
  key,
  matmul,
  mul,
  type NdArray,
  ndarray,
  type Op,
  type Program,
  sigmoid,
  split,
  type Tensor,
  tanh,
  trace,
  type,
  uniform,
} from "@throughtime/core";
import { uniformFanIn } from "@throughtime/nn";
import { countNodes, type Lowering, type OnnxOptions, openOnnx, RECURRENT, toGraph, toOnnx } from "@throughtime/onnx";
import { difference, evaluateInF64, gradientProgram, randomProgram, widen } from "@throughtime/testkit";
import * as runtime from "onnxruntime-node";
import { describe, expect, test } from "vitest";

/** What a stranger does with the file: nothing of this package takes part. */
async function runModel(bytes: Uint8Array, inputs: readonly NdArray[]): Promise<NdArray[]> {
  const model = await openOnnx(runtime, bytes);
  try {
    return await model(inputs);
  } finally {
    await model.release();
  }
}

async function expectSame(
  program: Program,
  sizes: Record<string, number>,
  inputs: readonly NdArray[],
  options: OnnxOptions = {},
) {
  const bound = bind(program, sizes);
  const model = toOnnx(options.scan === "unroll" ? bound : program, options);
  const actual = await runModel(model, inputs);
  evaluateInF64(bound, inputs).forEach((expected, i) => {
    const why = difference(widen(actual[i] as NdArray), expected, { absolute: 2e-5, ofLargest: 1e-4 });
    expect(why, `output ${i}`).toBeUndefined();
  });
}

/** Whether a Program has no axis that would be shorter than nothing at these sizes. */
function fits(program: Program, sizes: Record<string, number>): boolean {
  try {
    bind(program, sizes);
    return true;
  } catch {
    return false;
  }
}

describe("an exported model runs in plain ONNX Runtime", () => {
  test.each(Array.from({ length: 6 }, (_, seed) => seed))(
    "random Program %i: loops, at any sizes, and written out",
    async (seed) => {
      const random = randomProgram(seed, { symbolic: true, smooth: true });
      for (const program of [random.program, gradientProgram(random.program)]) {
        for (const sizes of [
          { T: 5, B: 2 },
          { T: 1, B: 1 },
          { T: 0, B: 2 },
          { T: 3, B: 0 },
        ])
          if (fits(program, sizes)) await expectSame(program, sizes, random.inputs(sizes));
        await expectSame(program, { T: 3, B: 2 }, random.inputs({ T: 3, B: 2 }), { scan: "unroll" });
      }
    },
  );

  test("written out, a scan needs a number of steps", () => {
    const random = [...Array(20).keys()]
      .map((seed) => randomProgram(seed, { symbolic: true }).program)
      .find(({ equations }) => equations.some(({ op }) => op.name === "scan")) as Program;
    expect(() => toOnnx(random, { scan: "unroll" })).toThrow(/Use bind\(\)/);
  });
});

describe("whole sequences become ONNX's recurrent operators", () => {
  const [D, H] = [3, 5];
  const cases: [
    name: string,
    op: Op<never>,
    operator: string,
    gates: readonly string[],
    state: readonly string[],
    /** The sizes of the vectors, by name. */
    vectors: Readonly<Record<string, number>>,
    params: object,
  ][] = [
    ["LSTM", lstmSequenceOp as Op<never>, "LSTM", LSTM_GATES, ["h", "c"], { b: 4 * H }, {}],
    ["LSTM with peepholes", lstmSequenceOp as Op<never>, "LSTM", LSTM_GATES, ["h", "c"], { b: 4 * H, p: 3 * H }, {}],
    ["LSTM with two biases", lstmSequenceOp as Op<never>, "LSTM", LSTM_GATES, ["h", "c"], { b: 4 * H, bh: 4 * H }, {}],
    ["LSTM without biases", lstmSequenceOp as Op<never>, "LSTM", LSTM_GATES, ["h", "c"], {}, {}],
    ["GRU, reset before", gruSequenceOp as Op<never>, "GRU", GRU_GATES, ["h"], { b: 3 * H }, { reset: "before" }],
    ["GRU, reset after", gruSequenceOp as Op<never>, "GRU", GRU_GATES, ["h"], { b: 3 * H, bn: H }, { reset: "after" }],
    [
      "GRU with two biases",
      gruSequenceOp as Op<never>,
      "GRU",
      GRU_GATES,
      ["h"],
      { b: 3 * H, bh: 3 * H },
      { reset: "after" },
    ],
    [
      "GRU, before, two biases",
      gruSequenceOp as Op<never>,
      "GRU",
      GRU_GATES,
      ["h"],
      { b: 3 * H, bh: 3 * H },
      { reset: "before" },
    ],
    ["GRU without biases", gruSequenceOp as Op<never>, "GRU", GRU_GATES, ["h"], {}, { reset: "after" }],
    ...["tanh", "relu", "sigmoid"].map((activation): (typeof cases)[number] => [
      `RNN, ${activation}`,
      rnnSequenceOp as Op<never>,
      "RNN",
      ["h"],
      ["h"],
      { b: H },
      { activation },
    ]),
    ["RNN with two biases", rnnSequenceOp as Op<never>, "RNN", ["h"], ["h"], { b: H, bh: H }, { activation: "tanh" }],
  ];

  test.each(cases)(
    "%s, forward and reverse, with and without lengths, with weights as inputs and as constants",
    async (_, op, operator, gates, state, vectors, params) => {
      const shapes = [[D, gates.length * H], [H, gates.length * H], ...Object.values(vectors).map((size) => [size])];
      const names = ["W", "U", ...Object.keys(vectors)];
      const weights = shapes.map((shape, i) => uniform(key(i), shape, -0.7, 0.7));
      for (const [reverse, lengths] of [false, true].flatMap((r) => [false, true].map((l) => [r, l] as const))) {
        const sequence = (xs: Tensor, first: Tensor[], all: (Tensor | NdArray)[], ...ends: Tensor[]) =>
          applyOp(op, [xs, ...first, ...all, ...ends], {
            ...params,
            gates,
            state,
            reverse,
            lengths,
            weights: names,
          } as never);
        const data = [type(["T", "B", D]), state.map(() => type(["B", H]))] as const;
        const endTypes = lengths ? [type(["B"], "i32")] : [];
        const asInputs = trace(
          (xs: Tensor, first: Tensor[], all: Tensor[], ...rest: Tensor[]) => sequence(xs, first, all, ...rest),
          [...data, shapes.map((shape) => type(shape)), ...endTypes] as never,
        ).program;
        const asConstants = trace(
          (xs: Tensor, first: Tensor[], ...rest: Tensor[]) => sequence(xs, first, weights, ...rest),
          [...data, ...endTypes] as never,
        ).program;
        for (const program of [asInputs, asConstants]) {
          expect(countNodes(toGraph(program))[`If/${operator}`]).toBe(1);
          expect(countNodes(toGraph(program, { sizes: "positive" }))[operator]).toBe(1);
          expect(countNodes(toGraph(program, { recurrent: "loops", sizes: "positive" })).Scan).toBe(1);
          for (const sizes of [
            { T: 4, B: 3 },
            { T: 1, B: 3 },
            { T: 0, B: 3 },
            { T: 4, B: 0 },
          ]) {
            const { T, B } = sizes;
            const ends = Int32Array.of(T, 0, Math.min(T, 2)).slice(0, B);
            const inputs = [[T, B, D], ...state.map(() => [B, H])].map((shape, i) => uniform(key(9 + i), shape, -1, 1));
            const all = [
              ...(program === asInputs ? [...inputs, ...weights] : inputs),
              ...(lengths ? [ndarray(ends)] : []),
            ];
            // Whatever stands past a sequence's end, nobody reads it.
            if (lengths)
              inputs[0]?.data.forEach((_v, k, xs) => {
                if (Math.floor(k / (B * D)) >= (ends[Math.floor(k / D) % B] as number)) xs[k] = Number.NaN;
              });
            await expectSame(program, sizes, all);
            await expectSame(program, sizes, all, { recurrent: "loops" });
          }
        }
      }
    },
  );

  test("an own cell with an LSTM's equations and another order of gates is an LSTM, once its op is claimed", async () => {
    type Params = GateParams & { p: Tensor };
    const step = ({ W, U, b, p }: Params, { h, c }: LstmState, x: Tensor): [LstmState, Tensor] => {
      const [zg, zo, zf, zi] = split(plus(matmul(x, W), b, matmul(h, U)), 4);
      const [po, pf, pi] = split(p, 3);
      const cNext = add(mul(sigmoid(add(zf, mul(pf, c))), c), mul(sigmoid(add(zi, mul(pi, c))), tanh(zg)));
      const hNext = mul(sigmoid(add(zo, mul(po, cNext))), tanh(cNext));
      return [{ h: hNext, c: cNext }, hNext];
    };
    const cell = gatedCell(cellOptions("own", { inputSize: D, hiddenSize: H, initializers: { b: uniformFanIn(1) } }), {
      gates: ["g", "o", "f", "i"],
      state: { h: H, c: H },
      weights: { p: { shape: [3 * H], initializer: uniformFanIn(1) } },
      sequence: defineSequence("ownSequence", () => step),
      step,
    });
    const params = cell.init(key(1));
    const run = (all: CellParams<typeof cell>, xs: Tensor) => unroll(cell, all, xs);
    const { program } = trace(run, [params, type(["T", "B", D])]);
    const lowerings = { ownSequence: RECURRENT.lstmSequence as Lowering };
    expect(countNodes(toGraph(program, { sizes: "positive" }))).toMatchObject({ Scan: 1 });
    expect(countNodes(toGraph(program, { sizes: "positive", lowerings }))).toMatchObject({ LSTM: 1 });
    const inputs = [params.W, params.U, params.b as NdArray, params.p, uniform(key(2), [4, 3, D], -1, 1)];
    await expectSame(program, { T: 4, B: 3 }, inputs, { lowerings });
  });
});
