import {
  bind,
  type Executable,
  guardIndices,
  isProgram,
  type Program,
  ReleasedError,
  type Sizes,
  sizeNames,
} from "@throughtime/core";
import { toOnnx } from "@throughtime/onnx";
import { type LiveArray, type OrtArray, retire } from "../array.js";
import { cpuExecutable } from "../cpu-executable.js";
import type { Host } from "../host.js";
import { requireInputs } from "../inputs.js";
import { cpuMemory, type Memory } from "../memory.js";
import { copiedResults } from "../results.js";
import { GPU_LOWERINGS } from "./lowerings.js";
import { hasBuffer } from "./memory.js";
import { gpuSession } from "./session.js";

/** A Program at certain sizes. */
interface Bound {
  run(arrays: readonly LiveArray[]): Promise<OrtArray[]>;
  drop(): void;
}

/** So many sizes of one Program are kept ready; the one that was not used for longest goes. */
const KEPT = 16;

/**
 * WebGPU has no kernels for loops, so scans are written out, which needs numbers: there is a session for each
 * combination of sizes, built when it is first met.
 */
export async function gpuExecutable(
  host: Host,
  memory: Memory,
  processor: Host,
  program: Program,
  donate: readonly boolean[],
): Promise<Executable> {
  const ready = new Map<string, Promise<Bound>>();
  const stats = { compileMs: 0, compilations: 0 };
  const guard = guardIndices(program);
  let released = false;

  const build = async (sizes: Sizes): Promise<Bound> => {
    const started = performance.now();
    const bound = bind(program, sizes);
    const made = fitsGpu(bound) ? onGpu(host, memory, bound) : onProcessor(memory, processor, bound);
    const result = await made;
    stats.compileMs += performance.now() - started;
    stats.compilations++;
    return result;
  };
  const at = (sizes: Sizes): Promise<Bound> => {
    const key = JSON.stringify(sizes);
    const known = ready.get(key) ?? build(sizes);
    ready.delete(key);
    ready.set(key, known);
    known.catch(() => ready.delete(key));
    for (const [oldest, bound] of ready) {
      if (ready.size <= KEPT) break;
      ready.delete(oldest);
      void bound.then(({ drop }) => drop());
    }
    return known;
  };
  // Without named sizes there is one session, and what is wrong with it is said when it is compiled.
  if (sizeNames(program).length === 0) await at({});

  const release = (): void => {
    released = true;
    for (const bound of ready.values()) void bound.then(({ drop }) => drop()).catch(() => undefined);
    ready.clear();
  };
  const executable: Executable = {
    stats,
    async run(inputs) {
      if (released) throw new ReleasedError("run: this executable was released.");
      host.requireOpen("run");
      // Ids that were uploaded are known here; only those that a call made must come back for it.
      const given = requireInputs(host, program, inputs).arrays;
      for (const input of guard.reads) await remember(host, memory, given[input] as LiveArray);
      const { arrays, sizes } = requireInputs(host, program, inputs);
      guard.before((input) => arrays[input]?.ids as Int32Array, sizes);
      const bound = at(sizes);
      const held = arrays.map((array) => ({ ...array }));
      const consumed = new Set(arrays.filter((array, i) => donate[i] && retire(array, "donated") !== undefined));
      try {
        return await host.inOrder(async () => (await bound).run(held));
      } finally {
        // Naming all of them here keeps those that the caller dropped from being collected while the call reads them.
        for (const array of arrays) if (consumed.has(array)) array.free?.();
      }
    },
    release,
  };
  host.freeWith(executable, release);
  return executable;
}

/** Puts an array's elements beside it. */
async function remember(host: Host, memory: Memory, array: LiveArray): Promise<void> {
  if (array.ids) return;
  const live = { ...array };
  array.ids = (await host.inOrder(() => memory.download(live))).data as Int32Array;
}

async function onGpu(host: Host, memory: Memory, given: Program): Promise<Bound> {
  const { program, after } = guardIndices(given);
  const session = await gpuSession(host, toOnnx(program, { lowerings: GPU_LOWERINGS, scan: "unroll" }));
  const dtypes = program.outputs.map(({ dtype }) => dtype);
  return {
    async run(arrays) {
      const outputs = await session.run(
        arrays.map(({ tensor }) => tensor),
        dtypes,
      );
      const watched = outputs.splice(given.outputs.length);
      try {
        const indices = await Promise.all(watched.map((array) => memory.download({ ...array } as LiveArray)));
        after(
          indices.map(({ data }) => data),
          {},
        );
      } catch (error) {
        for (const array of outputs) dispose(array);
        throw error;
      } finally {
        for (const array of watched) dispose(array);
      }
      return outputs;
    },
    drop: session.drop,
  };
}

function dispose(array: OrtArray): void {
  retire(array, "released");
  array.free?.();
}

/** There are no buffers without elements, and some kernels end the process over them: such a Program runs on the CPU. */
async function onProcessor(memory: Memory, processor: Host, program: Program): Promise<Bound> {
  const executable = await cpuExecutable(
    processor,
    copiedResults(processor),
    program,
    program.inputs.map(() => true),
  );
  const local = cpuMemory(processor);
  return {
    async run(arrays) {
      const inputs = await Promise.all(arrays.map(async (array) => local.upload(await memory.download(array))));
      const outputs = (await executable.run(inputs)) as LiveArray[];
      return Promise.all(outputs.map(async (output) => memory.upload(await local.download(output))));
    },
    drop: () => executable.release(),
  };
}

/** Whether every value of a bound Program can lie in a buffer of the GPU. */
const fitsGpu = (program: Program): boolean =>
  program.inputs.every(hasBuffer) &&
  program.equations.every(
    ({ outputs, params }) =>
      outputs.every(hasBuffer) && Object.values(params).every((value) => !isProgram(value) || fitsGpu(value)),
  );
