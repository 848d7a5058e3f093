import type { DType, TypedArray } from "@throughtime/core";

/** Buffers that nobody reads any more, to be written again: fresh memory costs more than most of what is put in it. */
export interface Spare {
  take(dtype: DType, length: number): TypedArray | undefined;
  give(dtype: DType, data: TypedArray): void;
  clear(): void;
}

export function newSpare(): Spare {
  const buffers = new Map<string, TypedArray[]>();
  const key = (dtype: DType, length: number) => `${dtype} ${length}`;
  return {
    take: (dtype, length) => buffers.get(key(dtype, length))?.pop(),
    give(dtype, data) {
      const others = buffers.get(key(dtype, data.length));
      if (others) others.push(data);
      else buffers.set(key(dtype, data.length), [data]);
    },
    clear: () => buffers.clear(),
  };
}
