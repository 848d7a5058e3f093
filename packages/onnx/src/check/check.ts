import {
  type Backend,
  CompileError,
  foldIn,
  key,
  type NdArray,
  optionsOf,
  randomBits,
  requireBackend,
  sameShape,
  shapeText,
  sizeOf,
} from "@throughtime/core";
import { type OnnxFunction, type OnnxRuntime, openOnnx } from "./open.js";

export interface OnnxCheckOptions {
  /** Where the model itself runs. */
  readonly backend: Backend;
  /** ONNX Runtime, which runs the files: `await import("onnxruntime-node")`. */
  readonly runtime: OnnxRuntime;
  /** The most that a value may differ, relative to max(1, |value|). Default 1e-5. */
  readonly tolerance?: number;
}

/** What was compared: how many values, and the largest difference, relative to max(1, |value|). */
export interface OnnxAgreement {
  readonly values: number;
  readonly largest: number;
  readonly tolerance: number;
}

/** What a check works with. */
export interface OnnxCheck<K extends string> {
  /** The files as functions. */
  readonly models: Readonly<Record<K, OnnxFunction>>;
  /**
   * Compares what a file gives with what the model gives: `what` is the file and the sizes. Throws CompileError where a number,
   * a shape or how many there are differs; NaN agrees with nothing.
   */
  compare(what: string, actual: readonly NdArray[], expected: readonly NdArray[]): void;
  /** Random ids in [0, V): i32 of a shape. Others at every call, the same ones in every check. */
  ids(shape: readonly number[], V: number): NdArray;
}

/**
 * Holds exported files to the model that they were made of. `files`: the bytes of each, by its name. `run` gets the files as
 * functions, runs them and the model on the same inputs, and compares. Throws CompileError where ONNX Runtime refuses a file
 * or they disagree, and what `run` throws.
 *
 * @example
 * await checkOnnx({ "step.onnx": bytes }, { backend, runtime }, async ({ models, compare, ids }) => {
 *   const tokens = ids([3], 65);
 *   compare("step.onnx (B = 3)", await models["step.onnx"]([tokens]), [await download(backend, await step(params, tokens))]);
 * });
 */
export async function checkOnnx<K extends string>(
  files: Readonly<Record<K, Uint8Array>>,
  options: OnnxCheckOptions,
  run: (check: OnnxCheck<K>) => Promise<void>,
): Promise<OnnxAgreement> {
  const { backend, runtime, tolerance = 1e-5 } = optionsOf("checkOnnx", options, "backend", "runtime", "tolerance");
  requireBackend("checkOnnx", backend);
  let [values, largest, drawn] = [0, 0, 0];
  const opened: Record<string, OnnxFunction> = {};
  try {
    for (const [name, bytes] of Object.entries<Uint8Array>(files)) opened[name] = await openOnnx(runtime, bytes, name);
    await run({
      models: opened as Record<K, OnnxFunction>,
      compare(what, actual, expected) {
        const both = `${what} on ONNX Runtime and the model on ${backend.device}`;
        const [theirs, ours] = [actual, expected].map((arrays) =>
          arrays.map(({ shape }) => shapeText(shape)).join(", "),
        );
        const fits =
          actual.length === expected.length && actual.every((a, i) => sameShape(a.shape, expected[i]?.shape ?? []));
        if (!fits) throw new CompileError(`${both} give ${theirs} and ${ours}.`);
        const difference = largestDifference(actual, expected);
        values += expected.reduce((sum, { data }) => sum + data.length, 0);
        largest = Math.max(largest, difference);
        // Written so that NaN disagrees.
        if (difference <= tolerance) return;
        throw new CompileError(`${both} differ by ${difference.toExponential(1)}; at most ${tolerance} is allowed.`, {
          difference,
        });
      },
      ids: (shape, V) => ({
        data: Int32Array.from(randomBits(foldIn(key(7), drawn++), sizeOf(shape)), (bits) => bits % V),
        ...{ shape, dtype: "i32" },
      }),
    });
  } finally {
    await Promise.all(Object.values(opened).map((model) => model.release()));
  }
  return { values, largest, tolerance };
}

function largestDifference(actual: readonly NdArray[], expected: readonly NdArray[]): number {
  let largest = 0;
  expected.forEach(({ data }, k) => {
    const other = (actual[k] as NdArray).data;
    for (let i = 0; i < data.length && !Number.isNaN(largest); i++) {
      const value = data[i] as number;
      const difference = Math.abs((other[i] as number) - value) / Math.max(1, Math.abs(value));
      if (!(difference <= largest)) largest = difference;
    }
  });
  return largest;
}
