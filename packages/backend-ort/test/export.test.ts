import { GRU_GATES, gruSequenceOp, LSTM_GATES, lstmSequenceOp, rnnSequenceOp } from "@throughtime/cells";
import {
  applyOp,
  bind,
  type DType,
  key,
  type NdArray,
  ndarray,
  type Op,
  type Program,
  type Tensor,
  trace,
  type,
  uniform,
} from "@throughtime/core";
import { countNodes, type OnnxOptions, toGraph, toOnnx } from "@throughtime/onnx";
import { difference, evaluateInF64, gradientProgram, randomProgram, widen } from "@throughtime/testkit";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";

/** What a stranger does with the file: nothing of this package takes part. */
async function runModel(model: Uint8Array, inputs: readonly NdArray[]): Promise<NdArray[]> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const types = { f32: "float32", f64: "float64", i32: "int32", bool: "bool" } as const;
  const dtypes: Record<string, DType> = { float32: "f32", float64: "f64", int32: "i32", bool: "bool" };
  const feeds = inputs.map(({ data, shape, dtype }) => new OrtTensor(types[dtype], data as Float32Array, shape));
  const outputs = await session.run(
    Object.fromEntries(session.inputNames.map((name, i) => [name, feeds[i] as OrtTensor])),
  );
  return session.outputNames.map((name) => {
    const { data, dims, type: element } = outputs[name] as OrtTensor;
    return { data: data as NdArray["data"], shape: dims, dtype: dtypes[element] as DType };
  });
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
});
