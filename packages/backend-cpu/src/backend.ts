import {
  type Backend,
  BackendError,
  type DType,
  inlineComposites,
  isProgram,
  type Program,
  requireArray,
  requireProgram,
  UnsupportedOpError,
} from "@throughtime/core";
import { newExecutable } from "./executable.js";
import { newMachine } from "./machine/choose.js";
import type { Machine } from "./machine/machine.js";
import { newAllocator } from "./memory/allocator.js";
import { newArena } from "./memory/arena.js";
import { newArrays } from "./memory/arrays.js";
import { newQueue } from "./memory/queue.js";
import { isKnown } from "./plan/kinds.js";
import { hasRelaxedSimd, hasSimd } from "./wasm/features.js";

export interface CpuOptions {
  /**
   * Which instructions: "relaxed" has a multiply-add, faster and rounded once; "plain" runs everywhere. Default: relaxed
   * where the engine validates it.
   */
  readonly simd?: "relaxed" | "plain";
  /**
   * How many threads compute. From 2 on they are workers over shared memory, and the caller's thread stays free; results
   * are the same, bit for bit, for any number. Without shared memory it is one, and `device` says so. Default: 1.
   */
  readonly threads?: number;
}

export interface CpuStatistics {
  /** Arrays that were neither released, donated nor collected. */
  readonly liveArrays: number;
  /** Bytes of WebAssembly memory in use now, and at the most so far: arrays, constants and the arena. */
  readonly usedBytes: number;
  readonly peakBytes: number;
}

export interface CpuBackend extends Backend {
  statistics(): CpuStatistics;
}

const name = "cpu";

/**
 * Runs Programs as WebAssembly, in Node and in browsers, with nothing to install: each is compiled to one module, bound to
 * its sizes. f32, i32 and bool. In a page's main thread, which may not wait, it computes in a worker. Throws BackendError
 * where the engine has no SIMD, or not the one asked for, and OptionError for a number of threads that makes no sense.
 *
 * @example const backend = await cpu();
 */
export async function cpu({ simd, threads = 1 }: CpuOptions = {}): Promise<CpuBackend> {
  if (!hasSimd()) {
    throw new BackendError(
      "cpu: this engine has no WebAssembly SIMD. Use Node 20 or later, or a browser of 2022 or later.",
    );
  }
  if (simd === "relaxed" && !hasRelaxedSimd()) {
    throw new BackendError('cpu: this engine has no relaxed SIMD. Use Node 22 or later, or simd: "plain".');
  }
  const relaxed = simd ? simd === "relaxed" : hasRelaxedSimd();
  return newCpu(await newMachine(threads), relaxed);
}

/** The backend over a machine. */
export function newCpu(machine: Machine, relaxed: boolean): CpuBackend {
  const queue = newQueue();
  const allocator = newAllocator(machine);
  const arrays = newArrays(name, allocator, machine);
  const arena = newArena(allocator);
  let closed = false;
  const open = (use: string): void => {
    if (closed)
      throw new BackendError(`${name}: ${use} was called on a backend that was closed. Make another with cpu().`, {
        use,
      });
  };
  return {
    name,
    device: `WebAssembly · ${relaxed ? "relaxed SIMD" : "SIMD"} · ${machine.note}`,
    supports,
    async compile(program, { donate }) {
      open("compile");
      requireProgram("compile: the program", program);
      const inlined = inlineComposites(program, supports);
      requireSupported(inlined);
      return newExecutable({ machine, allocator, arrays, arena, queue, relaxed, open }, inlined, donate);
    },
    async upload(array) {
      open("upload");
      requireArray("upload: the array", array);
      if (array.dtype === "f64") throw unsupported("upload", "f64");
      return arrays.upload(array);
    },
    async download(array) {
      open("download");
      return arrays.download(array);
    },
    release: (array) => arrays.release(array),
    async close() {
      closed = true;
      arrays.close();
      await machine.close();
    },
    statistics: () => ({ liveArrays: arrays.count(), ...allocator.statistics() }),
  };
}

const supports = (op: string, dtype: DType): boolean => dtype !== "f64" && isKnown(op);

function requireSupported({ inputs, equations }: Program): void {
  for (const { dtype } of inputs) if (dtype === "f64") throw unsupported("an input", dtype);
  for (const { op, outputs, params } of equations) {
    for (const { dtype } of outputs) if (!supports(op.name, dtype)) throw unsupported(op.name, dtype);
    for (const value of Object.values(params)) if (isProgram(value)) requireSupported(value);
  }
}

const unsupported = (op: string, dtype: DType): UnsupportedOpError =>
  new UnsupportedOpError(
    `cpu: ${op} in ${dtype} is not supported; it runs f32, i32 and bool. ` +
      (dtype === "f64" ? "Cast to f32, or use backend-reference for f64." : "Use backend-ort or backend-reference."),
    { op, dtype },
  );
