import { createRequire } from "node:module";
import { reference } from "@throughtime/backend-reference";
import {
  add,
  cast,
  compile,
  download,
  exp,
  mul,
  type NdArray,
  ndarray,
  type Tensor,
  toNested,
  trace,
  type,
} from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { checkOnnx, type OnnxRuntime, openOnnx, toOnnx } from "../src/index.js";

const require = createRequire(new URL("../../backend-ort/package.json", import.meta.url));
const runtime: OnnxRuntime = require("onnxruntime-node");

const written = (fn: (x: Tensor, n: Tensor) => Tensor | Tensor[]): Uint8Array =>
  toOnnx(trace(fn, [type(["B"]), type(["B"], "i32")]).program, { inputNames: ["x", "n"] });
const scaled = (x: Tensor, n: Tensor) => mul(x, cast(n, "f32"));
const [x, n] = [ndarray([1, 2, 3]), ndarray([2, 3, 4], { dtype: "i32" })];

/** ONNX Runtime that counts the sessions that are open. */
function counting() {
  let open = 0;
  const counted: OnnxRuntime = {
    Tensor: runtime.Tensor,
    InferenceSession: {
      async create(model, options) {
        const session = await runtime.InferenceSession.create(model, options);
        open++;
        return {
          ...{ inputNames: session.inputNames, outputNames: session.outputNames },
          run: (feeds) => session.run(feeds),
          async release() {
            open--;
            await session.release();
          },
        };
      },
    },
  };
  return { counted, open: () => open };
}

describe("openOnnx", () => {
  test("is the model as a function over arrays of every element type", async () => {
    const model = await openOnnx(
      runtime,
      written((a, b) => [scaled(a, b), add(b, 1), cast(b, "bool")]),
    );
    expect(model.inputNames).toEqual(["x", "n"]);
    const results = await model([x, n]);
    expect(results.map(({ dtype }) => dtype)).toEqual(["f32", "i32", "bool"]);
    expect(results.map(toNested)).toEqual([
      [2, 6, 12],
      [3, 4, 5],
      [1, 1, 1],
    ]);
    await model.release();
  });

  test("says what is wrong: the runtime, the bytes, the inputs", async () => {
    const model = written(scaled);
    await expect(openOnnx({} as never, model)).rejects.toMatchObject({
      name: "ArgumentError",
      message: "openOnnx: the runtime is an empty object; expected the module onnxruntime-node or onnxruntime-web.",
    });
    await expect(openOnnx(runtime, model.subarray(0, 40), "a.onnx")).rejects.toMatchObject({
      name: "CompileError",
      message: expect.stringMatching(/^ONNX Runtime refuses a\.onnx: /),
    });
    const opened = await openOnnx(runtime, model, "a.onnx");
    await expect(opened([x])).rejects.toThrow("a.onnx: 1 inputs are given; expected 2: x, n.");
    await expect(opened([n, x])).rejects.toMatchObject({
      name: "BackendError",
      message: expect.stringMatching(/^a\.onnx: ONNX Runtime failed: /),
    });
    await opened.release();
  });

  test("refuses an element type that arrays have not", async () => {
    const session = {
      inputNames: [],
      outputNames: ["y"],
      run: async () => ({ y: { type: "int64" } }),
      release: async () => {},
    };
    const fake: OnnxRuntime = { Tensor: runtime.Tensor, InferenceSession: { create: async () => session } };
    const opened = await openOnnx(fake, new Uint8Array(), "b.onnx");
    await expect(opened([])).rejects.toThrow(
      "b.onnx: y is int64; expected one of float16, float32, float64, int32, bool.",
    );
  });
});

describe("checkOnnx", () => {
  const backend = reference();
  /** Compares a file with what `fn` gives on the reference backend. */
  const check = (file: Uint8Array, fn: (x: Tensor, n: Tensor) => Tensor, options: object = {}, inputs = [x, n]) =>
    checkOnnx({ "f.onnx": file }, { backend, runtime, ...options }, async ({ models, compare }) => {
      const run = compile(backend, fn);
      const expected = await download(backend, await run(...(inputs as [NdArray, NdArray])));
      compare("f.onnx (B = 3)", await models["f.onnx"](inputs), [expected as NdArray]);
    });

  test("counts what agrees", async () => {
    expect(await check(written(scaled), scaled)).toEqual({ values: 3, largest: 0, tolerance: 1e-5 });
  });

  test("is relative to 1 or the value, whichever is larger, and to the tolerance", async () => {
    const more = (a: Tensor, b: Tensor) => mul(scaled(a, b), 1.0001);
    await expect(check(written(more), scaled)).rejects.toMatchObject({
      name: "CompileError",
      message:
        "f.onnx (B = 3) on ONNX Runtime and the model on JavaScript · 1 thread differ by 1.0e-4; at most 0.00001 is allowed.",
    });
    const { largest, tolerance } = await check(written(more), scaled, { tolerance: 1e-3 });
    expect(largest).toBeCloseTo(1e-4, 6);
    expect(tolerance).toBe(1e-3);
  });

  test("finds NaN, other shapes, and files that give more or less", async () => {
    const [large, none] = [ndarray([500]), ndarray([0], { dtype: "i32" })];
    const bad = (a: Tensor, b: Tensor) => mul(exp(a), cast(b, "f32")); // ∞ · 0
    await expect(check(written(bad), scaled, {}, [large, none])).rejects.toThrow("differ by NaN");
    await expect(
      check(
        written((a, b) => [scaled(a, b), b]),
        scaled,
      ),
    ).rejects.toThrow("give [3], [3] and [3].");
    const given = checkOnnx({}, { backend, runtime }, async ({ compare }) =>
      compare("g", [ndarray([[1], [2]])], [ndarray([1, 2])]),
    );
    await expect(given).rejects.toThrow("give [2, 1] and [2].");
  });

  test("draws ids that are other ones at each call and the same in each check", async () => {
    const draw = async () => {
      const drawn: NdArray[] = [];
      await checkOnnx({}, { backend, runtime }, async ({ ids }) => {
        drawn.push(ids([4, 5], 7), ids([4, 5], 7));
      });
      return drawn.map(({ data }) => [...data]);
    };
    const [first, second] = (await draw()) as [number[], number[]];
    expect(await draw()).toEqual([first, second]);
    expect(second).not.toEqual(first);
    expect([first.length, Math.min(...first) >= 0, Math.max(...first) < 7]).toEqual([20, true, true]);
  });

  test("closes every session, also of files before one that is refused", async () => {
    const { counted, open } = counting();
    const file = written(scaled);
    const both = { "a.onnx": file, "b.onnx": file };
    await checkOnnx(both, { backend, runtime: counted }, async () => expect(open()).toBe(2));
    expect(open()).toBe(0);
    const failing = checkOnnx(both, { backend, runtime: counted }, () => Promise.reject(new Error("stop")));
    await expect(failing).rejects.toThrow("stop");
    expect(open()).toBe(0);
    const cut = { ...both, "b.onnx": file.subarray(0, 40) };
    await expect(checkOnnx(cut, { backend, runtime: counted }, async () => {})).rejects.toThrow("refuses b.onnx");
    expect(open()).toBe(0);
  });

  test("refuses options it does not know", async () => {
    await expect(checkOnnx({}, { backend, runtime, tolerence: 1 } as never, async () => {})).rejects.toThrow(
      'checkOnnx: the options have "tolerence"; expected { backend, runtime, tolerance }.',
    );
  });
});
