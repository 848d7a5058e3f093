import { allocate, type DType, type NdArray } from "@throughtime/core";
import type { ElementType, GraphInitializer } from "./graph.js";
import type { Names } from "./names.js";

/** The fixed tensors of a model, each kept once. */
export interface Constants {
  /** `from`: what it was made of, which says its name. Default: itself. */
  array(value: NdArray, from?: NdArray): string;
  scalar(value: number, dtype: DType): string;
  /** An i64 vector. */
  integers(values: readonly number[]): string;
  /** Whether an array has a name of its own. */
  isNamed(array: NdArray): boolean;
  all(): GraphInitializer[];
}

/** `called`: the names of arrays by their data. Those are kept under their names; others are equal if their bytes are. */
export function constantsOf(names: Names, called: ReadonlyMap<object, string> = new Map()): Constants {
  const initializers: GraphInitializer[] = [];
  const byContent = new Map<string, string>();

  const add = (
    hint: string,
    dtype: ElementType,
    shape: readonly number[],
    view: ArrayBufferView,
    named?: string,
  ): string => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const key = `${named ?? ""}:${dtype}[${shape.join()}]${digest(bytes)}`;
    const known = byContent.get(key);
    if (known !== undefined) return known;
    const name = names(hint);
    byContent.set(key, name);
    initializers.push({ name, dtype, shape, bytes });
    return name;
  };
  const array = (value: NdArray, from: NdArray = value): string => {
    const named = called.get(from.data);
    const hint = named ?? (value.shape.length === 0 ? `const_${value.data[0]}` : "const");
    return add(hint, value.dtype, value.shape, value.data, named);
  };
  return {
    array,
    scalar(value, dtype) {
      const data = allocate(dtype, 1);
      data[0] = value;
      return array({ data, shape: [], dtype });
    },
    integers: (values) =>
      add(`i64_${values.slice(0, 8).join("_")}`, "i64", [values.length], BigInt64Array.from(values, BigInt)),
    isNamed: ({ data }) => called.has(data),
    all: () => initializers,
  };
}

/** Equal bytes have equal digests; short ones are their own, so that only long ones depend on a hash (two of 32 bits). */
function digest(bytes: Uint8Array): string {
  if (bytes.length <= 64) return bytes.join();
  let a = 0x811c9dc5;
  let b = bytes.length;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = (Math.imul(b, 31) + byte) | 0;
  }
  return `${a}:${b}:${bytes.length}`;
}
