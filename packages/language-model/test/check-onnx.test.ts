import { createRequire } from "node:module";
import { reference } from "@throughtime/backend-reference";
import { type AnyCell, type Cell, dropout, gru, lstm, rnn, stacked } from "@throughtime/cells";
import { add, key, matmul, mul, ndarray, sigmoid, type Tensor, tanh, zeros } from "@throughtime/core";
import { inspectModel, type OnnxRuntime, readModel } from "@throughtime/onnx";
import { describe, expect, test } from "vitest";
import { checkLanguageModelOnnx, languageModel, languageModelToOnnx } from "../src/index.js";

// The package that has ONNX Runtime among its own.
const require = createRequire(new URL("../../backend-ort/package.json", import.meta.url));
const runtime: OnnxRuntime = require("onnxruntime-node");

const [D, H, V] = [5, 6, 7];
const sizes = { inputSize: D, hiddenSize: H };

/** A cell that nobody but this test knows: a minimal gated unit with a state of two leaves. */
const own: Cell<{ W: Tensor; U: Tensor }, { h: Tensor; sum: Tensor }> = {
  name: "own",
  inputSize: D,
  outputSize: H,
  init: () => ({
    W: ndarray(
      Float32Array.from({ length: D * H }, (_, i) => Math.sin(i)),
      { shape: [D, H] },
    ),
    U: ndarray(
      Float32Array.from({ length: H * H }, (_, i) => Math.cos(i) / 2),
      { shape: [H, H] },
    ),
  }),
  initialState: (batch) => ({ h: zeros([batch, H]), sum: zeros([batch, H]) }),
  step({ W, U }, { h, sum }, x) {
    const f = sigmoid(add(matmul(x, W), matmul(h, U)));
    const next = add(mul(f, tanh(add(sum, h))), mul(add(1, mul(f, -1)), tanh(matmul(x, W))));
    return [{ h: next, sum: add(mul(sum, 0.5), next) }, next];
  },
};

const inspected = (model: Uint8Array) =>
  inspectModel({ size: model.length, read: (at, length) => model.subarray(at, at + length) });

const cells: readonly [string, AnyCell, readonly string[]][] = [
  ["lstm", lstm(sizes), ["LSTM"]],
  [
    "an lstm with peepholes",
    lstm({
      ...sizes,
      peepholes: "diagonal",
      initializers: {
        p: (_, shape) =>
          ndarray(
            Float32Array.from({ length: shape[0] as number }, (__, i) => Math.sin(i)),
            { shape },
          ),
      },
    }),
    ["LSTM"],
  ],
  ["an lstm with a projection", lstm({ ...sizes, projectionSize: 3 }), ["Scan"]],
  ["an lstm with two biases", lstm({ ...sizes, biases: "two" }), ["LSTM"]],
  ["gru without biases", gru({ ...sizes, biases: "none" }), ["GRU"]],
  [
    "gru with reset after",
    gru({
      ...sizes,
      reset: "after",
      initializers: { bn: (_, shape) => ndarray(new Float32Array(shape[0] as number).fill(0.4), { shape }) },
    }),
    ["GRU"],
  ],
  ["gru with reset before", gru({ ...sizes, reset: "before" }), ["GRU"]],
  ["rnn of tanh", rnn(sizes), ["RNN"]],
  ["rnn of relu", rnn({ ...sizes, activation: "relu" }), ["RNN"]],
  ["rnn of sigmoid", rnn({ ...sizes, activation: "sigmoid" }), ["RNN"]],
  [
    "a stack with dropout",
    stacked([dropout(gru(sizes), { input: 0.3 }), lstm({ inputSize: H, hiddenSize: H })]),
    ["GRU", "LSTM"],
  ],
  ["a cell of one's own", own, ["Scan"]],
];

describe.each(cells)("%s", (_, cell, operators) => {
  const model = languageModel({ vocabularySize: V, cell: cell as unknown as Cell<unknown, unknown> });
  const params = model.init(key(3));
  const models = languageModelToOnnx(model, params, { metadata: { note: "a" } });

  test("exported runs on ONNX Runtime, and sequence, step and the reference backend agree to 1e-5", async () => {
    const backend = reference();
    const { values, largest, tolerance } = await checkLanguageModelOnnx(model, params, models, { backend, runtime });
    expect([tolerance, backend.liveArrays()]).toEqual([1e-5, 0]);
    expect(values).toBeGreaterThan(1000);
    expect(largest).toBeLessThan(1e-5);
  });

  test(`exported is ${operators.join(" and ")}, with dynamic batch and time`, () => {
    const { operators: found, inputs, outputs, metadata } = inspected(models.sequence);
    for (const name of ["LSTM", "GRU", "RNN", "Scan"])
      expect(found[name] ?? found[`If/${name}`] ?? 0, name).toBe(operators.filter((own) => own === name).length);
    expect(inputs[0]).toEqual({ name: "tokens", dtype: "i32", shape: ["T", "B"] });
    expect(outputs[0]).toEqual({ name: "logits", dtype: "f32", shape: ["T", "B", V] });
    expect(inputs.slice(1).map(({ name }) => name.replace("state", "next"))).toEqual(
      outputs.slice(1).map(({ name }) => name),
    );
    expect(metadata).toEqual({ note: "a" });
    expect(inspected(models.step).inputs[0]).toEqual({ name: "tokens", dtype: "i32", shape: ["B"] });
  });
});

test("with loops asked for, a standard cell is a Scan, and agrees with the model", async () => {
  const model = languageModel({ vocabularySize: V, cell: lstm(sizes) });
  const params = model.init(key(3));
  const models = languageModelToOnnx(model, params, { recurrent: "loops" });
  expect(Object.keys(inspected(models.sequence).operators)).toContain("If/Scan");
  expect((await checkLanguageModelOnnx(model, params, models, { backend: reference(), runtime })).largest).toBeLessThan(
    1e-5,
  );
});

describe("checking an export", () => {
  const model = languageModel({ vocabularySize: V, cell: gru(sizes) });
  const params = model.init(key(3));

  test("finds a model with other weights", async () => {
    const models = languageModelToOnnx(model, model.init(key(4)));
    await expect(
      checkLanguageModelOnnx(model, params, models, { backend: reference(), runtime }),
    ).rejects.toMatchObject({
      name: "CompileError",
      message: expect.stringMatching(
        /sequence\.onnx \(T = 1, B = 3?1?\).* on ONNX Runtime and the model on JavaScript.* differ by .*; at most 0.00001 is allowed/,
      ),
    });
  });

  test("finds a step that is not the sequence's", async () => {
    const { sequence } = languageModelToOnnx(model, params);
    const { step } = languageModelToOnnx(model, model.init(key(4)));
    await expect(
      checkLanguageModelOnnx(model, params, { sequence, step }, { backend: reference(), runtime }),
    ).rejects.toThrow(/step\.onnx .* differ by/);
  });

  test("refuses what ONNX Runtime cannot read", async () => {
    const { sequence, step } = languageModelToOnnx(model, params);
    const broken = { sequence: sequence.subarray(0, 300), step };
    await expect(checkLanguageModelOnnx(model, params, broken, { backend: reference(), runtime })).rejects.toThrow(
      /ONNX Runtime refuses sequence\.onnx/,
    );
  });
});

test("an exported model's graph is small: nothing that could be worked out beforehand is left to the runtime", () => {
  const model = languageModel({ vocabularySize: V, cell: lstm(sizes) });
  const { graph } = readModel(languageModelToOnnx(model, model.init(key(1))).sequence);
  expect(graph?.node.length).toBeLessThan(16);
  expect(graph?.node.some(({ opType }) => opType === "Transpose" || opType === "Split")).toBe(false);
});
