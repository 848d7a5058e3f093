import {
  allocate, BackendError, type DeviceArray, type DType, evaluateDim, type Executable, inferSizes, type Program, ReleasedError, sizeOf, type TypedArray,
} from "@throughtime/core";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { liveArray, newArray, retire } from "./array.js";
import { ELEMENT_TYPES, messageOf } from "./runtime.js";
import type { Host } from "./backend.js";

/** Buffers by dtype and length that donated inputs left behind; the next run's outputs take them. */
type Spare = Map<string, TypedArray[]>;

const spareKey = (dtype: DType, length: number): string => `${dtype} ${length}`;

/**
 * One session for all sizes. Outputs are allocated here and handed to ONNX Runtime to write into, so that nothing is
 * copied. A donated input's buffer serves an output of the next run, never of the same: ONNX Runtime gives no promise
 * that it has read an input before it writes an output.
 */
export function cpuExecutable(host: Host, program: Program, session: InferenceSession, donate: readonly boolean[], compileMs: number): Executable {
  const { runtime } = host;
  let spare: Spare = new Map();
  let released = false;

  const output = (dtype: DType, dims: readonly number[]): Tensor => {
    const length = sizeOf(dims);
    const data = spare.get(spareKey(dtype, length))?.pop() ?? allocate(dtype, length);
    return new runtime.Tensor(ELEMENT_TYPES[dtype], data as Float32Array, dims) as Tensor;
  };

  return {
    stats: { compileMs },
    async run(inputs) {
      if (released) throw new ReleasedError("run: this executable was released.");
      const arrays = inputs.map((input, i) => liveArray(input, host.owner, `run: input ${program.inputNames?.[i] ?? i}`));
      const sizes = inferSizes(program, arrays.map(({ shape }) => shape));
      const feeds = Object.fromEntries(session.inputNames.map((name, i) => [name, (arrays[i] as (typeof arrays)[number]).tensor]));
      const results = program.outputs.map(({ shape, dtype }) => output(dtype, shape.map((d) => evaluateDim(d, sizes))));
      const fetches = Object.fromEntries(session.outputNames.map((name, i) => [name, results[i] as Tensor]));
      spare = new Map();
      const consumed = arrays.filter((_, i) => donate[i]).map((array) => ({ dtype: array.dtype, tensor: retire(array, "donated") }));
      await host.run(session, feeds, fetches).catch((cause: unknown) => {
        throw new BackendError(`run: ONNX Runtime failed: ${messageOf(cause)}`, {}, { cause });
      });
      for (const { dtype, tensor } of consumed) {
        if (!tensor) continue;
        const data = tensor.data as TypedArray;
        const key = spareKey(dtype, data.length);
        spare.set(key, [...(spare.get(key) ?? []), data]);
      }
      return results.map((tensor, i): DeviceArray => newArray(host.owner, host.name, (program.outputs[i] as { dtype: DType }).dtype, tensor));
    },
    release() {
      if (released) return;
      released = true;
      spare = new Map();
      host.drop(session);
    },
  };
}
