import {
  BackendError,
  bind,
  byteSize,
  CompileError,
  DataError,
  type DeviceArray,
  DtypeError,
  type Executable,
  inferSizes,
  type Program,
  ReleasedError,
  type Sizes,
  sizeNames,
  sizeOf,
} from "@throughtime/core";
import { CHECKED, emitModule } from "./emit/main.js";
import { HOST } from "./math/host.js";
import { type Allocator, MEMORY_LIMIT } from "./memory/allocator.js";
import type { Arena } from "./memory/arena.js";
import type { Arrays } from "./memory/arrays.js";
import { type Plan, planProgram } from "./plan/plan.js";
import { engine } from "./wasm/engine.js";

/** What executables share with the backend that made them. */
export interface Host {
  readonly allocator: Allocator;
  readonly arrays: Arrays;
  readonly arena: Arena;
  readonly relaxed: boolean;
  /** Throws BackendError once the backend is closed. */
  open(use: string): void;
}

/** A Program at certain sizes, ready to run. */
interface Ready {
  readonly plan: Plan;
  readonly constants: number;
  readonly run: (arena: number) => number;
}

/**
 * A Program as an Executable: planned, assembled and compiled once per set of sizes, when a run first needs them; at once
 * where no size has a name. Throws CompileError where it does not fit into a 32-bit memory.
 */
export async function newExecutable(host: Host, program: Program, donate: readonly boolean[]): Promise<Executable> {
  const { allocator, arrays, arena } = host;
  const ready = new Map<string, Promise<Ready>>();
  let released = false;
  let compileMs = 0;
  let peakBytes = 0;

  const prepare = async (sizes: Sizes): Promise<Ready> => {
    const started = performance.now();
    const plan = planProgram(bind(program, sizes), donate);
    requireSpace(plan);
    const { instance } = await engine.instantiate(emitModule(plan, host.relaxed, allocator.constant), {
      env: { memory: allocator.memory, ...HOST },
    });
    const constants = allocator.allocate(plan.constants.length);
    new Uint8Array(allocator.memory.buffer, constants).set(plan.constants);
    arena.reserve(plan.arenaBytes);
    compileMs += performance.now() - started;
    peakBytes = Math.max(peakBytes, bytesOf(plan, program, sizes));
    return { plan, constants, run: instance.exports.run as (arena: number) => number };
  };
  const readyFor = (sizes: Sizes): Promise<Ready> => {
    const key = JSON.stringify(Object.entries(sizes).sort());
    const known = ready.get(key) ?? prepare(sizes);
    ready.set(key, known);
    known.catch(() => ready.delete(key));
    return known;
  };
  const check = (inputs: readonly DeviceArray[]): void => {
    host.open("run");
    if (released)
      throw new ReleasedError("cpu: run was called on an executable that was released. Compile the Program again.");
    if (inputs.length !== program.inputs.length) {
      throw new BackendError(`cpu: run expected ${program.inputs.length} inputs, received ${inputs.length}.`);
    }
    inputs.forEach((input, i) => {
      const what = `run, input ${program.inputNames?.[i] || i},`;
      arrays.address(input, what);
      const expected = program.inputs[i]?.dtype;
      if (input.dtype === expected) return;
      throw new DtypeError(`cpu: ${what} expected ${expected}, received ${input.dtype}. Cast it first.`);
    });
  };
  if (sizeNames(program).length === 0) await readyFor({});
  return {
    get stats() {
      return { compileMs, ...(peakBytes > 0 ? { peakBytes } : {}) };
    },
    async run(inputs) {
      check(inputs);
      const sizes = inferSizes(
        program,
        inputs.map(({ shape }) => shape),
      );
      const known = await readyFor(sizes);
      // Arrays may have been released, and the backend closed, while the module was compiled.
      check(inputs);
      return runOnce(host, program, known, inputs, donate);
    },
    release() {
      if (released) return;
      released = true;
      for (const each of ready.values()) {
        void each.then(({ plan, constants }) => {
          allocator.free(constants);
          arena.leave(plan.arenaBytes);
        }, ignore);
      }
      ready.clear();
    },
  };
}

const ignore = (): void => undefined;

/** From addresses to results, without a pause: runs never overlap. */
function runOnce(
  { allocator, arrays, arena }: Host,
  program: Program,
  { plan, constants, run }: Ready,
  inputs: readonly DeviceArray[],
  donate: readonly boolean[],
): readonly DeviceArray[] {
  const base = arena.address();
  const given = inputs.map((input) => arrays.address(input, "run"));
  const addresses = [...given];
  const taken = new Set<number>();
  const fresh: number[] = [];
  const outputs = freeingOnError(allocator, fresh, () =>
    plan.outputs.map(({ bytes }, o) => {
      const input = plan.inPlace.get(o);
      const from = input === undefined ? undefined : (given[input] as number);
      // An array that is given twice is read through its other place, so its block is not written over: a copy is.
      if (input !== undefined && from !== undefined && given.indexOf(from) === given.lastIndexOf(from)) {
        taken.add(input);
        return from;
      }
      const block = allocator.allocate(bytes);
      fresh.push(block);
      if (input !== undefined && from !== undefined) {
        new Uint8Array(allocator.memory.buffer).copyWithin(block, from, from + bytes);
        addresses[input] = block;
      }
      return block;
    }),
  );
  new Int32Array(allocator.memory.buffer, base).set([constants, ...addresses, ...outputs]);
  const errors = run(base);
  inputs.forEach((input, i) => {
    if (!donate[i] || input.state !== "live") return;
    if (taken.has(i)) arrays.donate(input);
    else {
      const address = arrays.address(input, "run");
      arrays.donate(input);
      allocator.free(address);
    }
  });
  if (errors !== 0) {
    for (const address of outputs) allocator.free(address);
    throw outOfRange(errors);
  }
  return outputs.map((address, o) => {
    const { shape } = plan.outputs[o] as { shape: readonly number[] };
    return arrays.put(address, shape, (program.outputs[o] as { dtype: DeviceArray["dtype"] }).dtype);
  });
}

/** Where memory runs out in the middle, what was allocated goes back. */
function freeingOnError<T>(allocator: Allocator, blocks: readonly number[], allocate: () => T): T {
  try {
    return allocate();
  } catch (error) {
    for (const block of blocks) allocator.free(block);
    throw error;
  }
}

function outOfRange(errors: number): DataError {
  const ops = Object.keys(CHECKED).filter((op) => (errors & (CHECKED[op] as number)) !== 0);
  return new DataError(
    `${ops.join(", ")}: an index is out of range; expected 0 … rows − 1. Check the ids against the vocabulary's size.`,
    { ops },
  );
}

const bytesOf = (plan: Plan, program: Program, sizes: Sizes): number => {
  const inputs = bind(program, sizes).inputs.map(
    ({ shape, dtype }) => sizeOf(shape as readonly number[]) * byteSize(dtype),
  );
  const fresh = plan.outputs.filter((_, o) => !plan.inPlace.has(o)).map(({ bytes }) => bytes);
  return [...inputs, ...fresh].reduce((sum, bytes) => sum + bytes, plan.arenaBytes + plan.constants.length);
};

function requireSpace(plan: Plan): void {
  const needed = plan.outputs.reduce((sum, { bytes }) => sum + bytes, plan.arenaBytes + plan.constants.length);
  if (needed < MEMORY_LIMIT) return;
  throw new CompileError(
    `cpu: the Program needs ${needed} bytes at once; a 32-bit WebAssembly memory holds ${MEMORY_LIMIT}. ` +
      "Use smaller batches or shorter sequences, or run it on backend-ort.",
    { needed, limit: MEMORY_LIMIT },
  );
}
