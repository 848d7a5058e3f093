import { BackendError, type DeviceArray, DtypeError, inferSizes, type Program, type Sizes } from "@throughtime/core";
import type { Tensor } from "onnxruntime-common";
import { liveArray, type OrtArray } from "./array.js";
import type { Host } from "./host.js";

/**
 * A call's inputs as our own live arrays, and the sizes that they mean. Throws ReleasedError, ShapeError or
 * DtypeError naming the input, BackendError for an array of another backend or the wrong number of them.
 */
export function requireInputs(
  host: Host,
  program: Program,
  inputs: readonly DeviceArray[],
): { arrays: (OrtArray & { tensor: Tensor })[]; sizes: Sizes } {
  if (inputs.length !== program.inputs.length) {
    throw new BackendError(`run: received ${inputs.length} inputs; the Program has ${program.inputs.length}.`, {
      expected: program.inputs.length,
      received: inputs.length,
    });
  }
  const arrays = inputs.map((input, i) => {
    const name = program.inputNames?.[i] || String(i);
    const array = liveArray(input, host, `run: input ${name}`);
    const expected = program.inputs[i]?.dtype;
    if (array.dtype !== expected) {
      throw new DtypeError(`run: input ${name} is ${array.dtype}; expected ${expected}.`, {
        input: i,
        expected,
        received: array.dtype,
      });
    }
    return array;
  });
  return {
    arrays,
    sizes: inferSizes(
      program,
      arrays.map(({ shape }) => shape),
    ),
  };
}
