import {
  allocate,
  bind,
  type DType,
  type Executable,
  evaluateDim,
  guardIndices,
  type Program,
  ReleasedError,
  type Sizes,
  sizeOf,
  type TypedArray,
} from "@throughtime/core";
import { delicateSizes, type LoweringTable, toOnnx } from "@throughtime/onnx";
import type { InferenceSession, Tensor } from "onnxruntime-common";
import { type LiveArray, newArray, retire } from "./array.js";
import type { Host } from "./host.js";
import { requireInputs } from "./inputs.js";
import { byName, type Results } from "./results.js";
import { ELEMENT_TYPES } from "./runtime.js";

/**
 * One session for all sizes. Outputs are allocated here and handed to ONNX Runtime to write into. A donated input's
 * buffer serves an upload or an output of the next run, never of the same: ONNX Runtime gives no promise that it has read
 * an input before it writes an output. ONNX Runtime's own look-ups count what is below 0 from the end, so indices are
 * guarded.
 */
export async function cpuExecutable(
  host: Host,
  results: Results,
  given: Program,
  donate: readonly boolean[],
  lowerings: LoweringTable = {},
): Promise<Executable> {
  const started = performance.now();
  const guard = guardIndices(given);
  const { program } = guard;
  const general = await host.build(results.prepare(toOnnx(program, { lowerings, sizes: "positive" })));
  const compileMs = performance.now() - started;
  const delicate = delicateSizes(program);
  const special = new Map<string, Promise<InferenceSession>>();
  let released = false;

  /** Where one of these sizes turns out to be 0 a session of its own is built, in which nothing is left of what has it. */
  const sessionFor = async (sizes: Sizes): Promise<InferenceSession> => {
    if (delicate.every((size) => evaluateDim(size, sizes) > 0)) return general;
    const key = JSON.stringify(sizes);
    const known = special.get(key) ?? host.build(results.prepare(toOnnx(bind(program, sizes), { lowerings })));
    special.set(key, known);
    return known;
  };
  const allocateOutput = (dtype: DType, dims: readonly number[]): Tensor => {
    const length = sizeOf(dims);
    const data = host.spare.take(dtype, length) ?? allocate(dtype, length);
    return new host.runtime.Tensor(ELEMENT_TYPES[dtype], data as Float32Array, dims) as Tensor;
  };
  const dispose = (): void => {
    released = true;
    host.drop(general);
    for (const session of special.values()) void session.then(host.drop, () => undefined);
    special.clear();
  };
  const executable: Executable = {
    stats: { compileMs },
    async run(inputs) {
      if (released) throw new ReleasedError("run: this executable was released.");
      host.requireOpen("run");
      const { arrays, sizes } = requireInputs(host, program, inputs);
      guard.before((input) => (arrays[input] as LiveArray).tensor.data as Int32Array, sizes);
      const outputs = program.outputs.map(({ shape, dtype }) =>
        allocateOutput(
          dtype,
          shape.map((d) => evaluateDim(d, sizes)),
        ),
      );
      // What is left over from the call before is of no size that this one needs.
      host.spare.clear();
      const tensors = arrays.map(({ tensor }) => tensor);
      const consumed = arrays.filter((array, i) => donate[i] && retire(array, "donated") !== undefined);
      const taken = consumed.map((array) => ({ dtype: array.dtype, tensor: tensors[arrays.indexOf(array)] as Tensor }));
      await host.inOrder(async () => {
        const session = await sessionFor(sizes);
        await results.run(session, byName(session.inputNames, tensors), outputs);
        for (const { dtype, tensor } of taken) host.spare.give(dtype, tensor.data as TypedArray);
      });
      const watched = outputs.splice(given.outputs.length);
      guard.after(
        watched.map(({ data }) => data as Int32Array),
        sizes,
      );
      return outputs.map((tensor, i) => newArray(host, (program.outputs[i] as { dtype: DType }).dtype, tensor));
    },
    release: dispose,
  };
  host.freeWith(executable, dispose);
  return executable;
}
