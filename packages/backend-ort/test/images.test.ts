import {
  averagePool2d,
  bind,
  conv2d,
  evaluateProgram,
  key,
  maxPool2d,
  mul,
  type NdArray,
  ndarray,
  normal,
  type Pool2dOptions,
  type Program,
  relu,
  scan,
  sum,
  type Tensor,
  trace,
  type,
  valueAndGrad,
} from "@throughtime/core";
import { countNodes, openOnnx, toGraph, toOnnx } from "@throughtime/onnx";
import { difference, evaluateInF64 } from "@throughtime/testkit";
import * as runtime from "onnxruntime-node";
import { describe, expect, test } from "vitest";

/** What a stranger does with the file: nothing of this package takes part. */
async function runModel(program: Program, inputs: readonly NdArray[]): Promise<NdArray[]> {
  const model = await openOnnx(runtime, toOnnx(program));
  try {
    return await model(inputs);
  } finally {
    await model.release();
  }
}

async function expectSame(program: Program, N: number, inputs: readonly NdArray[]): Promise<void> {
  const bound = bind(program, { N });
  const actual = await runModel(program, inputs);
  evaluateInF64(bound, inputs).forEach((expected, i) => {
    expect(difference(actual[i] as NdArray, expected, { absolute: 1e-6, ofLargest: 1e-5 })).toBeUndefined();
  });
}

/** Two convolutions, of many channels and of few, and both kinds of pooling. */
const network = (x: Tensor, first: Tensor, second: Tensor): Tensor => {
  const y = maxPool2d(relu(conv2d(x, first, { padding: 1 })), { size: 3, stride: 2, padding: 1 });
  return averagePool2d(conv2d(y, second, { stride: 2, padding: 1 }), { size: 2 });
};
const TYPES = [type(["N", 3, 16, 13]), type([20, 3, 3, 3]), type([4, 20, 3, 3])];
const draw = (N: number): NdArray[] =>
  TYPES.map(({ shape }, i) =>
    normal(
      key(i),
      shape.map((d) => (typeof d === "number" ? d : N)),
    ),
  );

describe("an exported convolutional network", () => {
  const { program } = trace(network, TYPES);

  test("is made of ONNX's operators", () => {
    const counts = countNodes(toGraph(program));
    expect(counts).toMatchObject({ Conv: 2, AveragePool: 1 });
    expect(counts.MaxPool).toBeGreaterThan(0);
    expect(counts).not.toHaveProperty("MatMul");
    expect(counts).not.toHaveProperty("Gather");
  });

  test.each([3, 1, 0])("is the same function for %i pictures", async (N) => {
    await expectSame(program, N, draw(N));
  });

  test("so are its gradients", async () => {
    const gradients = trace((...xs: Tensor[]) => {
      const [, all] = valueAndGrad((leaves: readonly Tensor[]) => {
        const y = network(...(leaves as [Tensor, Tensor, Tensor]));
        return sum(mul(y, y));
      }, xs);
      return all;
    }, TYPES).program;
    const counts = countNodes(toGraph(gradients));
    // By x: of stride 2 one ConvTranspose, of stride 1 and few channels too, and one of the mean's windows.
    expect(counts).toMatchObject({ ConvTranspose: 3, ScatterElements: 1 });
    for (const N of [2, 0]) await expectSame(gradients, N, draw(N));
  });

  test("in f64, which ONNX Runtime has no convolution for, is what it lowers to", async () => {
    const wide = trace(
      (x: Tensor, w: Tensor) => conv2d(x, w, { stride: 2 }),
      [type(["N", 2, 5, 5], "f64"), type([3, 2, 3, 3], "f64")],
    ).program;
    expect(countNodes(toGraph(wide))).not.toHaveProperty("Conv");
    const [x, w] = [normal(key(0), [2, 2, 5, 5]), normal(key(1), [3, 2, 3, 3])];
    await expectSame(
      wide,
      2,
      [x, w].map(({ data, shape }) => ndarray(Float64Array.from(data), { shape })),
    );
  });

  test("in a loop, what reads the state stays there, and is a Conv", () => {
    const film = trace(
      (h0: Tensor, frames: Tensor, w: Tensor) =>
        scan(
          (h: Tensor, x: Tensor): [Tensor, Tensor] => {
            const next = relu(conv2d(mul(h, x), w, { padding: 1 }));
            return [next, next];
          },
          h0,
          frames,
        ),
      [type(["N", 2, 4, 4]), type(["T", "N", 2, 4, 4]), type([2, 2, 3, 3])],
    ).program;
    expect(countNodes(toGraph(film, { sizes: "positive" }))).toMatchObject({ "Scan/Conv": 1 });
  });
});

describe("maxPool2d", () => {
  const pooling = (options: Pool2dOptions) =>
    trace(
      (x: Tensor) => {
        const [{ y }, dx] = valueAndGrad((v: Tensor) => {
          const pooled = maxPool2d(v, options);
          return { loss: sum(pooled), y: pooled };
        }, x);
        return [y, dx];
      },
      [type([1, 1, 4, 4])],
    ).program;

  const { NaN: nan, NEGATIVE_INFINITY: none } = Number;
  test.each([
    ["NaN, wherever it lies", [nan, 1, 2, 3, 4, 5, nan, 6, 7, nan, 8, 9, 1, 2, 3, nan]],
    ["infinities", [none, none, 1, none, none, none, 2, 3, none, 5, Number.POSITIVE_INFINITY, 0, 1, 2, 3, 4]],
  ])("of %s is what it means", async (_, values) => {
    for (const options of [{ size: 2 }, { size: 3, stride: 2, padding: 1 }, { size: 2, padding: 1 }]) {
      const program = pooling(options);
      const x = ndarray(Float32Array.from(values), { shape: [1, 1, 4, 4] });
      const [y] = await runModel(program, [x]);
      const [expected] = evaluateProgram(program, [x]);
      expect([...(y?.data ?? [])]).toEqual([...(expected?.data ?? [])]);
    }
  });

  test("gives ties' gradient to the first", async () => {
    const values = [0, 0, 0, 1, 0, 0, 1, 1, 2, 2, 3, 0, 2, 2, 0, 3];
    const x = ndarray(Float32Array.from(values), { shape: [1, 1, 4, 4] });
    for (const options of [{ size: 2 }, { size: 3, stride: 1, padding: 1 }]) {
      const program = pooling(options);
      const [, dx] = await runModel(program, [x]);
      expect([...(dx?.data ?? [])]).toEqual([...(evaluateProgram(program, [x])[1]?.data ?? [])]);
    }
  });
});
