import { allocate, type DType, type TypedArray } from "./dtype.js";

const [LEAST, MOST] = [-(2 ** 31), 2 ** 31 - 1];

/** A number as an i32: towards zero; what is beyond the range becomes its end, NaN becomes 0. */
const toInteger = (x: number): number => (x > MOST ? MOST : x < LEAST ? LEAST : Math.trunc(x) || 0);

/** What `cast` means. To i32: towards zero, beyond the range its end, NaN is 0. To bool: 0 is false, all else is true. */
export function castElements(values: TypedArray, dtype: DType): TypedArray {
  const out = allocate(dtype, values.length);
  if (dtype === "bool") for (let i = 0; i < out.length; i++) out[i] = values[i] !== 0 ? 1 : 0;
  else if (dtype === "i32") for (let i = 0; i < out.length; i++) out[i] = toInteger(values[i] as number);
  else out.set(values);
  return out;
}

/** Whether a number of the host's becomes a number of this dtype with no more than rounding. */
export function fits(x: number, dtype: DType): boolean {
  if (dtype === "i32") return (x | 0) === x;
  if (dtype === "bool") return x === 0 || x === 1;
  return dtype === "f64" || !Number.isFinite(x) || Number.isFinite(Math.fround(x));
}

/** The index of the first number that does not fit (see `fits`), or −1. */
export function firstMisfit(values: ArrayLike<number>, dtype: DType): number {
  if (dtype === "f64") return -1;
  for (let i = 0; i < values.length; i++) if (!fits(values[i] as number, dtype)) return i;
  return -1;
}
