import { describe, isPlain, isPromise } from "./describe.js";
import { type Backend, type DeviceArray, isDeviceArray } from "./device.js";
import { isSymbolic, type Shape } from "./dim.js";
import { DTYPES, type DType } from "./dtype.js";
import { ArgumentError, DtypeError, ShapeError } from "./errors.js";
import { quote } from "./quote.js";

// What arguments must be. Each of these throws an error that begins with `place`, such as "add: argument 2".

/** Throws DtypeError. */
export function requireDType(place: string, dtype: DType): void {
  if (DTYPES.includes(dtype)) return;
  const given = typeof dtype === "string" ? quote(dtype) : describe(dtype);
  throw new DtypeError(`${place}: the dtype is ${given}; expected one of ${DTYPES.join(", ")}.`, { dtype });
}

/** Throws ArgumentError where it is no list, ShapeError where a size is not 0, 1, 2 … or a name's. */
export function requireShape(place: string, shape: Shape): void {
  if (!Array.isArray(shape)) {
    throw new ArgumentError(`${place}: the shape is ${describe(shape)}; expected a list of sizes, such as [2, 3].`);
  }
  for (let axis = 0; axis < shape.length; axis++) {
    const d = shape[axis];
    if ((Number.isSafeInteger(d) && d >= 0) || isSymbolic(d)) continue;
    const given = typeof d === "number" ? String(d) : describe(d);
    throw new ShapeError(
      `${place}: axis ${axis} of the shape is ${given}; a size is 0, 1, 2 … or a named size, dim("B").`,
      {
        shape,
      },
    );
  }
}

/** Throws ArgumentError. */
export function requireFunction(place: string, value: unknown): void {
  if (typeof value !== "function") throw new ArgumentError(`${place} is ${describe(value)}; expected a function.`);
}

/** Throws ArgumentError. */
export function requireList(place: string, value: unknown): void {
  if (!Array.isArray(value)) throw new ArgumentError(`${place} is ${describe(value)}; expected an array.`);
}

/** Throws ArgumentError. */
export function requireBackend(place: string, backend: Backend): void {
  if (typeof backend === "object" && backend !== null && typeof backend.compile === "function") return;
  const advice = isPromise(backend)
    ? "Making one takes time: await ort()."
    : "Make one with ort(), cpu() or reference().";
  throw new ArgumentError(`${place}: the backend is ${describe(backend)}; expected a Backend. ${advice}`);
}

/** Throws ArgumentError. */
export function requireDeviceArray(place: string, array: DeviceArray): void {
  if (isDeviceArray(array)) return;
  const advice = isPromise(array) ? "" : " upload() makes one of host data.";
  throw new ArgumentError(`${place} is ${describe(array)}; expected a DeviceArray.${advice}`);
}

/**
 * The options of an operation, which must be an object of these names: one that is mistyped would be its default without
 * a word. Throws ArgumentError.
 */
export function optionsOf<T extends object>(op: string, options: T, ...names: readonly (keyof T & string)[]): T {
  const isObject = typeof options === "object" && options !== null && isPlain(options);
  const unknown = isObject
    ? Object.keys(options).find((name) => !names.includes(name as keyof T & string))
    : describe(options);
  if (unknown === undefined) return options;
  const given = isObject ? `have ${quote(unknown)}` : `are ${unknown}`;
  throw new ArgumentError(`${op}: the options ${given}; expected { ${names.join(", ")} }.`, { op, names });
}
