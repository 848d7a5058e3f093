import type { Key, NdArray } from "@throughtime/core";

/** Draws a parameter's first value. Equal keys and shapes give equal values on every machine. */
export type Initializer = (key: Key, shape: readonly number[]) => NdArray;
