import { fits } from "./convert.js";
import { type Backend, type DeviceArray, type Executable, isDeviceArray } from "./device.js";
import { dimKey } from "./dim.js";
import { type DimNames, namedShape, requireNames } from "./dim-names.js";
import { BackendError, ReleasedError } from "./errors.js";
import { type NdArray, requireArray, requireFit, scalar } from "./ndarray.js";
import { optimize, type PassStats } from "./passes/optimize.js";
import { countOps } from "./print.js";
import type { Program } from "./program.js";
import { optionsOf, requireBackend, requireFunction, requireList } from "./require.js";
import type { Tensor, Type } from "./tensor.js";
import { trace } from "./trace.js";
import { free, HOST_DATA, type HostOrDevice, isHostOrDevice, place } from "./transfer.js";
import { flattenTree, type MapTree, placeIn, type Structure, structureKey, unflattenTree } from "./tree.js";

export type CallArguments<A> = MapTree<A, Tensor, HostOrDevice>;
export type CallResult<R> = MapTree<R, Tensor | number, DeviceArray>;

export interface CompileFunctionOptions {
  /** Which arguments are consumed by a call: their memory may serve the results. Their leaves are unusable afterwards. */
  readonly donate?: number | readonly number[];
  /**
   * One entry per argument: which axes have names. A named axis may have any size at each call; one Program serves all.
   * Axes without a name are fixed by the first call, and another size means another Program. A name for what an argument
   * has not is an ArgumentError.
   */
  readonly dims?: readonly DimNames[];
}

export interface CompileStats {
  /** The argument types that this Program serves: "f32[T, B], …". */
  readonly signature: string;
  readonly traceMs: number;
  readonly passes: readonly PassStats[];
  readonly compileMs: number;
  /** How often each op is left; "scan/matmul" is in a scan's body. */
  readonly ops: Readonly<Record<string, number>>;
  readonly peakBytes: number | undefined;
  /** How often the backend compiled it: once, or for each combination of sizes where it needs numbers for names. */
  readonly compilations: number;
  readonly calls: number;
}

export interface Compiled<A extends readonly unknown[], R> {
  (...args: { [K in keyof A]: CallArguments<A[K]> }): Promise<CallResult<R>>;
  /** What was compiled so far, one entry per Program. */
  stats(): readonly CompileStats[];
  /** The optimized Programs, to print or export. */
  programs(): readonly Program[];
  /** Frees the executables. Arrays that calls returned stay valid. */
  release(): void;
}

interface Entry {
  readonly program: Program;
  readonly outputStructure: Structure;
  readonly executable: Executable;
  readonly donate: readonly boolean[];
  readonly stats: { -readonly [K in keyof CompileStats]: CompileStats[K] };
}

/**
 * Makes a function over tensors run on a backend. It is traced at the first call with given structure, dtypes, ranks
 * and unnamed sizes, put through the passes, compiled once, and called from then on. What it takes from elsewhere than
 * its arguments is fixed by that: Math.random() or Date.now() in it gives the same number at every call. Draw outside and
 * pass the number in. Throws ArgumentError where an argument is undefined, a Promise or no data at all, what tracing throws
 * (at the line that is wrong), UnsupportedOpError, CompileError, ReleasedError, BackendError.
 *
 * @example const step = compile(backend, (state, batch) => ({ … }), { donate: 0, dims: [null, { x: ["T", "B"] }] });
 */
export function compile<A extends readonly unknown[], R>(
  backend: Backend,
  fn: (...args: A) => R,
  options: CompileFunctionOptions = {},
): Compiled<A, R> {
  requireBackend("compile", backend);
  requireFunction("compile: the function", fn);
  optionsOf("compile", options, "donate", "dims");
  if (options.donate !== undefined && typeof options.donate !== "number")
    requireList("compile: donate", options.donate);
  if (options.dims !== undefined) requireList("compile: dims", options.dims);
  const donated = new Set(typeof options.donate === "number" ? [options.donate] : (options.donate ?? []));
  const cache = new Map<string, Promise<Entry>>();
  const entries: Entry[] = [];
  let released = false;

  const build = async (key: string, types: unknown, perLeaf: readonly boolean[]): Promise<Entry> => {
    const started = performance.now();
    const traced = trace<A>(fn, types as readonly unknown[]);
    const traceMs = performance.now() - started;
    const { program, passes } = optimize(traced.program, (op, dtype) => backend.supports(op, dtype));
    const before = performance.now();
    const executable = await backend.compile(program, { donate: perLeaf });
    const stats = {
      signature: key,
      traceMs,
      passes,
      compileMs: performance.now() - before,
      ops: countOps(program),
      peakBytes: undefined,
      compilations: 1,
      calls: 0,
    };
    const entry = { program, outputStructure: traced.outputStructure, executable, donate: perLeaf, stats };
    entries.push(entry);
    if (released) executable.release();
    return entry;
  };

  const call = async (...args: unknown[]): Promise<unknown> => {
    if (released) throw new ReleasedError("compile: this compiled function was released.");
    const { leaves, paths, structure } = flattenTree<HostOrDevice>(args, isHostOrDevice, ARGUMENT, HOST_DATA);
    const values = leaves.map((leaf, i) => (typeof leaf === "object" ? leaf : scalarOf(leaf, paths[i] as string)));
    values.forEach((value, i) => checkUsable(value, paths[i] as string, backend));
    const types = values.map(
      (value, i): Type => ({ dtype: value.dtype, shape: namedShape(value.shape, options.dims, paths[i] as string) }),
    );
    const argumentOf = paths.map((path) => Number(path.split(".", 1)[0]));
    const perLeaf = values.map((value, i) => !isDeviceArray(value) || donated.has(argumentOf[i] as number));
    const typeKey = types
      .map(({ dtype, shape }, i) => `${dtype}[${shape.map(dimKey)}]${perLeaf[i] ? "!" : ""}`)
      .join(" ");
    const key = `${structureKey(structure)} ${typeKey}`;
    let pending = cache.get(key);
    if (!pending) {
      requireNames(options.dims, args);
      pending = build(typeKey, unflattenTree(structure, types), perLeaf);
      cache.set(key, pending);
      pending.catch(() => cache.delete(key));
    }
    const entry = await pending;
    entry.stats.calls++;
    const outputs = await runFreeing(backend, entry.executable, values);
    return unflattenTree(entry.outputStructure, outputs);
  };

  return Object.assign(call, {
    // A backend that binds compiles, and knows its peak, only when a run has come with sizes.
    stats: () => entries.map(({ stats, executable }) => ({ ...stats, ...executable.stats })),
    programs: () => entries.map(({ program }) => program),
    release: () => {
      released = true;
      for (const { executable } of entries) executable.release();
    },
  }) as unknown as Compiled<A, R>;
}

/** Uploads what is on the host and runs. What was uploaded is donated to the run, and freed where there is none. */
async function runFreeing(
  backend: Backend,
  executable: Executable,
  values: readonly (NdArray | DeviceArray)[],
): Promise<readonly DeviceArray[]> {
  const { placed, own } = await place(backend, values);
  try {
    return await executable.run(placed);
  } catch (error) {
    free(backend, own);
    throw error;
  }
}

const ARGUMENT = "call: argument ";

function scalarOf(value: number | boolean, path: string): NdArray {
  if (typeof value === "boolean") return scalar(Number(value), "bool");
  if (!fits(value, "f32")) requireFit(placeIn(ARGUMENT, path), value, "f32");
  return scalar(value);
}

// The place of an error is written only where there is one: this runs for every leaf of every call.
function checkUsable(value: NdArray | DeviceArray, path: string, backend: Backend): void {
  if (isDeviceArray(value) && value.state === "live" && value.backend === backend.name) return;
  const place = placeIn(ARGUMENT, path);
  if (!isDeviceArray(value)) {
    requireArray(place, value);
    return;
  }
  if (value.state !== "live") {
    throw new ReleasedError(
      `${place} was ${value.state}. ${value.state === "donated" ? "A donated argument is consumed: use what the call returned." : ""}`,
      { path, state: value.state },
    );
  }
  if (value.backend !== backend.name) {
    throw new BackendError(
      `${place} lives on ${value.backend}, but this function runs on ${backend.name}. Download it first.`,
      { path },
    );
  }
}
