import { allocate, type DType, type NdArray } from "@throughtime/core";
import type { ElementType, GraphInitializer } from "./graph.js";
import type { Names } from "./names.js";

/** The fixed tensors of a model, each kept once. */
export interface Constants {
  array(value: NdArray): string;
  scalar(value: number, dtype: DType): string;
  /** An i64 vector. */
  integers(values: readonly number[]): string;
  all(): GraphInitializer[];
}

export function constantsOf(names: Names): Constants {
  const initializers: GraphInitializer[] = [];
  const byContent = new Map<string, string>();

  const add = (hint: string, dtype: ElementType, shape: readonly number[], view: ArrayBufferView): string => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const key = `${dtype}[${shape.join()}]${digest(bytes)}`;
    const known = byContent.get(key);
    if (known !== undefined) return known;
    const name = names(hint);
    byContent.set(key, name);
    initializers.push({ name, dtype, shape, bytes });
    return name;
  };
  const array = (value: NdArray): string =>
    add(value.shape.length === 0 ? `const_${value.data[0]}` : "const", value.dtype, value.shape, value.data);
  return {
    array,
    scalar(value, dtype) {
      const data = allocate(dtype, 1);
      data[0] = value;
      return array({ data, shape: [], dtype });
    },
    integers: (values) => add(`i64_${values.join("_")}`, "i64", [values.length], BigInt64Array.from(values, BigInt)),
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
