import { byteSize, type DType, sizeOf } from "@throughtime/core";

/**
 * A piece of memory that one value fills. Where it lies is decided after all steps are known: in the arena, whose
 * places are shared by values that are not alive at once; in an input's or output's own block; or among the constants.
 */
export interface Buffer {
  readonly id: number;
  readonly bytes: number;
  readonly place:
    | { readonly kind: "arena" }
    | { readonly kind: "input" | "output"; readonly index: number }
    | { readonly kind: "constant"; readonly offset: number };
}

/** A scan's running step: its place in a view's address. */
export interface Loop {
  readonly id: number;
  readonly length: number;
  readonly reverse: boolean;
}

/**
 * How a value's elements lie in a buffer: element [i, j, …] at offset + i·strides[0] + j·strides[1] + … + Σ step of each
 * loop × its stride, all in elements.
 */
export interface View {
  readonly buffer: Buffer;
  readonly dtype: DType;
  readonly offset: number;
  readonly steps: readonly { readonly loop: Loop; readonly stride: number }[];
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Strides of elements that lie in row-major order. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return strides;
}

export const wholeView = (buffer: Buffer, shape: readonly number[], dtype: DType): View => ({
  buffer,
  dtype,
  offset: 0,
  steps: [],
  shape,
  strides: rowMajor(shape),
});

export const byteLength = (shape: readonly number[], dtype: DType): number => sizeOf(shape) * byteSize(dtype);

/** Whether the elements lie in row-major order without gaps. */
export function isContiguous({ shape, strides }: View): boolean {
  const expected = rowMajor(shape);
  return sizeOf(shape) === 0 || shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}

export function sliceView(view: View, axis: number, start: number, end: number): View {
  return {
    ...view,
    offset: view.offset + start * (view.strides[axis] as number),
    shape: view.shape.map((size, i) => (i === axis ? end - start : size)),
  };
}

export const transposeView = (view: View, permutation: readonly number[]): View => ({
  ...view,
  shape: permutation.map((axis) => view.shape[axis] as number),
  strides: permutation.map((axis) => view.strides[axis] as number),
});

export function broadcastView(view: View, shape: readonly number[]): View {
  const missing = shape.length - view.shape.length;
  return {
    ...view,
    shape,
    strides: shape.map((_, axis) =>
      axis < missing || view.shape[axis - missing] === 1 ? 0 : (view.strides[axis - missing] as number),
    ),
  };
}

/** One step of a scan along axis 0. */
export const stepView = (view: View, loop: Loop): View => ({
  ...view,
  steps: [...view.steps, { loop, stride: view.strides[0] as number }],
  shape: view.shape.slice(1),
  strides: view.strides.slice(1),
});

/** The same elements in row-major order under another shape, or undefined where no strides say so. */
export function reshapeView(view: View, shape: readonly number[]): View | undefined {
  if (sizeOf(shape) === 0) return { ...view, shape, strides: rowMajor(shape) };
  const from = view.shape.flatMap((size, axis) => (size === 1 ? [] : [{ size, stride: view.strides[axis] as number }]));
  const strides: number[] = [];
  let at = 0;
  for (let axis = 0; axis < shape.length; ) {
    if (shape[axis] === 1) {
      strides[axis++] = 0;
      continue;
    }
    // The smallest runs of axes on either side with as many elements.
    let [old, fresh] = [(from[at] as { size: number }).size, shape[axis] as number];
    let [oldEnd, freshEnd] = [at + 1, axis + 1];
    while (old !== fresh) {
      if (old < fresh) old *= (from[oldEnd++] as { size: number }).size;
      else fresh *= shape[freshEnd++] as number;
    }
    for (let i = at; i + 1 < oldEnd; i++) {
      const [outer, inner] = [from[i], from[i + 1]] as [{ stride: number }, { size: number; stride: number }];
      if (outer.stride !== inner.size * inner.stride) return undefined;
    }
    let stride = (from[oldEnd - 1] as { stride: number }).stride;
    for (let i = freshEnd - 1; i >= axis; i--) {
      strides[i] = stride;
      stride *= shape[i] as number;
    }
    at = oldEnd;
    axis = freshEnd;
  }
  return { ...view, shape, strides };
}
