import {
  type Backend,
  BackendError,
  type EquationEvent,
  ndarray,
  requireArray,
  requireProgram,
} from "@throughtime/core";
import { makeArrays } from "./arrays.js";
import { makeExecutable } from "./executable.js";
import { checkFinite } from "./non-finite.js";

export interface ReferenceOptions {
  /**
   * Called after each equation with its values, those in bodies of scans first. It must not change them. What it throws
   * ends the run.
   */
  readonly onEquation?: (event: EquationEvent) => void;
  /**
   * Stop at the first equation whose output has a NaN or Inf while its inputs are finite: run throws NonFiniteError
   * naming the op, the equation, and the scan and step that it is in. It checks every value, which takes time. Default false.
   */
  readonly nanCheck?: boolean;
}

/** The reference backend, with what tests want to know of it. */
export interface ReferenceBackend extends Backend {
  /** How many of its arrays are live: neither released nor donated. */
  liveArrays(): number;
}

/**
 * The backend that every other one is held against: it evaluates a Program's equations one by one, in f32, f64, i32 and
 * bool, each op by its own definition. Slow, exact about the contract, and a debugger. No native code, no dependencies.
 *
 * @example const backend = reference({ nanCheck: true });
 */
export function reference({ onEquation, nanCheck = false }: ReferenceOptions = {}): ReferenceBackend {
  const name = "reference";
  const arrays = makeArrays(name);
  let closed = false;
  const open = (use: string): void => {
    if (closed)
      throw new BackendError(
        `${name}: ${use} was called on a backend that was closed. Make another with reference().`,
        { use },
      );
  };
  const watch = nanCheck
    ? (event: EquationEvent) => {
        onEquation?.(event);
        checkFinite(event);
      }
    : onEquation;
  return {
    name,
    device: "JavaScript · 1 thread",
    supports: () => true,
    async compile(program, { donate }) {
      open("compile");
      requireProgram("compile: the program", program);
      const executable = makeExecutable(program, donate, arrays, watch);
      return {
        ...executable,
        async run(inputs) {
          open("run");
          return executable.run(inputs);
        },
      };
    },
    async upload(array) {
      open("upload");
      const { data, shape, dtype } = requireArray("upload: the array", array);
      // A copy, so that what the caller does to its array later does not show here.
      return arrays.put(ndarray(data.slice(), { shape: [...shape], dtype }));
    },
    async download(array) {
      open("download");
      const { data, shape, dtype } = arrays.read(array, "download");
      return ndarray(data.slice(), { shape: [...shape], dtype });
    },
    release(array) {
      arrays.end(array, "released");
    },
    liveArrays: () => arrays.count(),
    async close() {
      closed = true;
      arrays.close();
    },
  };
}
