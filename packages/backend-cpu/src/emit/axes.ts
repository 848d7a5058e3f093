import type { View } from "../plan/view.js";

/** One axis of a loop nest: its size, and each operand's stride along it. */
export interface Axis {
  readonly size: number;
  readonly strides: readonly number[];
}

/** The axes of a loop over several operands: axes of size 1 go, and those that all operands run through as one are joined. */
export function collapse(shape: readonly number[], strides: readonly (readonly number[])[]): Axis[] {
  const axes: Axis[] = [];
  shape.forEach((size, at) => {
    if (size === 1) return;
    const own = strides.map((each) => each[at] as number);
    const outer = axes.at(-1);
    if (outer?.strides.every((stride, i) => stride === (own[i] as number) * size)) {
      axes[axes.length - 1] = { size: outer.size * size, strides: own };
    } else {
      axes.push({ size, strides: own });
    }
  });
  return axes;
}

/** The axes of a product before its last two, for its f32 operands; one in panels has an axis more at its end. */
export function batchOf({ shape }: View, operands: readonly View[]): Axis[] {
  const rank = shape.length - 2;
  const strides = operands.map((view) => view.strides.slice(0, rank).map((stride) => 4 * stride));
  return collapse(shape.slice(0, rank), strides);
}
