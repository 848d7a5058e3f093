import { shapeText } from "./dim.js";
import type { DType } from "./dtype.js";
import type { NdArray } from "./ndarray.js";
import type { Program } from "./program.js";

/** A value that lives on a backend. It belongs to whoever holds it until it is released or donated. */
export interface DeviceArray {
  readonly kind: "device";
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The name of the backend that it lives on. */
  readonly backend: string;
  /** Anything but "live" makes every use a ReleasedError. */
  readonly state: "live" | "released" | "donated";
}

/** The one plugin interface: what runs Programs. A backend is a value made by a factory; there is no registry. */
export interface Backend {
  readonly name: string;
  /** What really runs, for people: "ONNX Runtime 1.30 · CPU · 2 threads". */
  readonly device: string;
  /** Whether it runs a primitive, or claims a composite, on an element type. */
  supports(op: string, dtype: DType): boolean;
  /**
   * Makes a Program runnable. Its dims may be symbolic; a backend that needs numbers binds and caches at run time.
   * `donate[i]` says that input i is consumed by every run: its memory may serve an output. Throws UnsupportedOpError
   * or CompileError.
   */
  compile(program: Program, options: CompileOptions): Promise<Executable>;
  upload(array: NdArray): Promise<DeviceArray>;
  download(array: DeviceArray): Promise<NdArray>;
  release(array: DeviceArray): void;
  /** Frees everything; later use of the backend or its arrays is an error with a name. */
  close(): Promise<void>;
}

export interface CompileOptions {
  readonly donate: readonly boolean[];
}

export interface Executable {
  /** What compiling found out: peak bytes where the backend plans its memory, compilations where it compiles for sizes. */
  readonly stats?: {
    readonly peakBytes?: number;
    readonly compileMs?: number;
    readonly compilations?: number;
    readonly note?: string;
  };
  run(inputs: readonly DeviceArray[]): Promise<readonly DeviceArray[]>;
  release(): void;
}

/** What a backend's arrays may inherit, so that they print as one line: `DeviceArray(f32[2, 3] on cpu, live)`. */
export const DEVICE_ARRAY: object = Object.freeze({
  toString(this: DeviceArray): string {
    return arrayText(this);
  },
  [Symbol.for("nodejs.util.inspect.custom")](this: DeviceArray): string {
    return arrayText(this);
  },
});

const arrayText = ({ dtype, shape, backend, state }: DeviceArray): string =>
  `DeviceArray(${dtype}${shape.length === 0 ? "" : shapeText(shape)} on ${backend}, ${state})`;

export const isDeviceArray = (value: unknown): value is DeviceArray =>
  typeof value === "object" && value !== null && (value as DeviceArray).kind === "device";
