import {
  BackendError,
  bind,
  byteSize,
  CompileError,
  DataError,
  type DeviceArray,
  DtypeError,
  type Executable,
  guardIndices,
  type IndexGuard,
  inferSizes,
  type Program,
  ReleasedError,
  type Sizes,
  sizeNames,
  sizeOf,
} from "@throughtime/core";
import { CHECKED, emitModule } from "./emit/main.js";
import { type Loaded, type Machine, PAGE } from "./machine/machine.js";
import type { Allocator } from "./memory/allocator.js";
import type { Arena } from "./memory/arena.js";
import type { Arrays } from "./memory/arrays.js";
import type { Queue } from "./memory/queue.js";
import { type Plan, planProgram } from "./plan/plan.js";

/** What executables share with the backend that made them. */
export interface Host {
  readonly machine: Machine;
  readonly allocator: Allocator;
  readonly arrays: Arrays;
  readonly arena: Arena;
  /** Runs take turns, since they share the arena. */
  readonly queue: Queue;
  readonly relaxed: boolean;
  /** Throws BackendError once the backend is closed. */
  open(use: string): void;
}

/** A Program at certain sizes, ready to run. */
interface Ready {
  readonly plan: Plan;
  readonly constants: number;
  readonly loaded: Loaded;
}

/**
 * A Program as an Executable: planned, assembled and compiled once per set of sizes, when a run first needs them; at once
 * where no size has a name. Throws CompileError where it does not fit into a 32-bit memory, BackendError where the engine
 * refuses the module.
 */
export async function newExecutable(host: Host, given: Program, donate: readonly boolean[]): Promise<Executable> {
  const guard = guardIndices(given);
  const { program } = guard;
  const { machine, allocator, arrays, arena, queue, relaxed } = host;
  const ready = new Map<string, Promise<Ready>>();
  let released = false;
  let compileMs = 0;
  let compilations = 0;
  let peakBytes = 0;

  const prepare = async (sizes: Sizes): Promise<Ready> => {
    const started = performance.now();
    const plan = planProgram(bind(program, sizes), donate, machine);
    const needed = bytesOf(plan, program, sizes);
    requireSpace(needed, machine.maximum * PAGE);
    const target = {
      relaxed,
      threads: machine.threads,
      sharedPages: machine.shared ? machine.maximum : undefined,
      pool: allocator.constant,
    };
    const constants = allocator.allocate(plan.constants.length);
    machine.write(constants, plan.constants);
    const loaded = await machine.load(emitModule(plan, target), plan).catch((cause) => {
      allocator.free(constants);
      return refused(cause);
    });
    arena.reserve(plan.arenaBytes);
    compileMs += performance.now() - started;
    compilations++;
    peakBytes = Math.max(peakBytes, needed);
    return { plan, constants, loaded };
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
      return { compileMs, compilations, ...(peakBytes > 0 ? { peakBytes } : {}) };
    },
    async run(inputs) {
      check(inputs);
      const sizes = inferSizes(
        program,
        inputs.map(({ shape }) => shape),
      );
      const ids = new Map<number, Int32Array>();
      for (const input of guard.reads) ids.set(input, await arrays.ids(inputs[input] as DeviceArray));
      guard.before((input) => ids.get(input) as Int32Array, sizes);
      const known = await readyFor(sizes);
      // Arrays may have been released, and the backend closed, while the module was compiled.
      check(inputs);
      const taken = take(arrays, inputs, donate);
      try {
        const outputs = [...(await queue(() => runOnce(host, program, known, taken)))];
        const watched = outputs.splice(given.outputs.length);
        await requireAfter(arrays, guard, watched, sizes).catch((error) => {
          for (const output of outputs) arrays.release(output);
          throw error;
        });
        return outputs;
      } finally {
        taken.letGo();
      }
    },
    release() {
      if (released) return;
      released = true;
      for (const each of ready.values()) {
        // After the runs that wait for their turn.
        const free = ({ plan, constants, loaded }: Ready): void => {
          loaded.drop();
          allocator.free(constants);
          arena.leave(plan.arenaBytes);
        };
        each.then((known) => queue(() => free(known))).catch(ignore);
      }
      ready.clear();
    },
  };
}

const ignore = (): void => undefined;

/** Looks at the indices that a run computed, and frees them. */
async function requireAfter(
  arrays: Arrays,
  guard: IndexGuard,
  watched: readonly DeviceArray[],
  sizes: Sizes,
): Promise<void> {
  try {
    const indices = await Promise.all(watched.map((array) => arrays.download(array)));
    guard.after(
      indices.map(({ data }) => data),
      sizes,
    );
  } finally {
    for (const array of watched) arrays.release(array);
  }
}

function refused(cause: unknown): never {
  throw new BackendError(
    `cpu: the engine refused a WebAssembly module (${cause}). In a page, a Content-Security-Policy must allow script-src 'wasm-unsafe-eval'.`,
    {},
    { cause },
  );
}

/** What a run was given: its inputs' addresses, and which of their blocks are its own. */
interface Given {
  readonly addresses: readonly number[];
  /** Blocks of donated inputs that are still to be freed. */
  readonly own: Set<number>;
  letGo(): void;
}

/** From now on donated inputs are the run's, and the others stay as they are until it lets them go. */
function take(arrays: Arrays, inputs: readonly DeviceArray[], donate: readonly boolean[]): Given {
  const addresses = inputs.map((input) => arrays.address(input, "run"));
  const releases = inputs.map((input, i) => (donate[i] ? () => undefined : arrays.hold(input)));
  const own = new Set<number>();
  inputs.forEach((input, i) => {
    if (!donate[i] || input.state !== "live") return;
    arrays.donate(input);
    own.add(addresses[i] as number);
  });
  return { addresses, own, letGo: () => releases.forEach((release) => void release()) };
}

/** From addresses to results; no other run is under way. */
async function runOnce(
  { machine, allocator, arrays, arena, open }: Host,
  program: Program,
  { plan, constants, loaded }: Ready,
  { addresses: given, own }: Given,
): Promise<readonly DeviceArray[]> {
  open("run");
  const addresses = [...given];
  const fresh: number[] = [];
  try {
    const base = arena.address();
    const outputs = plan.outputs.map(({ bytes }, o) => {
      const input = plan.inPlace.get(o);
      const from = input === undefined ? undefined : (given[input] as number);
      // An array that is given twice is read through its other place, so its block is not written over: a copy is.
      if (from !== undefined && given.indexOf(from) === given.lastIndexOf(from)) return from;
      const block = allocator.allocate(bytes);
      fresh.push(block);
      if (input !== undefined && from !== undefined) {
        machine.copy(block, from, bytes);
        addresses[input] = block;
      }
      return block;
    });
    machine.write(base, new Uint8Array(Int32Array.from([constants, ...addresses, ...outputs]).buffer));
    const errors = await loaded.run(base);
    if (errors !== 0) throw outOfRange(errors);
    for (const address of outputs) own.delete(address);
    return outputs.map((address, o) => {
      const { shape } = plan.outputs[o] as { shape: readonly number[] };
      return arrays.put(address, shape, (program.outputs[o] as { dtype: DeviceArray["dtype"] }).dtype);
    });
  } catch (error) {
    for (const block of fresh) allocator.free(block);
    throw error;
  } finally {
    for (const block of own) allocator.free(block);
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

function requireSpace(needed: number, limit: number): void {
  if (needed < limit) return;
  throw new CompileError(
    `cpu: the Program needs ${needed} bytes at once; a 32-bit WebAssembly memory holds ${limit}. ` +
      "Use smaller batches or shorter sequences, or run it on backend-ort.",
    { needed, limit },
  );
}
