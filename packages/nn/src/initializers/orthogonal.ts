import { normal } from "@throughtime/core";
import { fansOf } from "./fans.js";
import type { Initializer } from "./initializer.js";

/**
 * A random matrix with orthonormal rows or columns, whichever are fewer, times gain (default 1), so that a signal keeps
 * its length through many steps. Throws ShapeError for other ranks. Saxe, McClelland & Ganguli 2014, "Exact solutions to
 * the nonlinear dynamics of learning in deep linear neural networks".
 */
export const orthogonal =
  (gain = 1): Initializer =>
  (key, shape) => {
    const [rows, columns] = fansOf("orthogonal", shape);
    const count = Math.min(rows, columns);
    const length = Math.max(rows, columns);
    const basis = Float64Array.from(normal(key, [count, length]).data);
    orthonormalize(basis, count, length);
    const data = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const at = rows <= columns ? i * length + j : j * length + i;
        data[i * columns + j] = gain * (basis[at] as number);
      }
    }
    return { data, shape, dtype: "f32" };
  };

/**
 * Modified Gram–Schmidt over the rows of a matrix [count, length], in place. Rows of normal numbers point anywhere with
 * equal chance, and so do the results; in f64 the lost digits stay far below f32's.
 */
function orthonormalize(rows: Float64Array, count: number, length: number): void {
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * length, (i + 1) * length);
    const norm = Math.sqrt(dot(row, row));
    for (let k = 0; k < length; k++) row[k] = (row[k] as number) / norm;
    for (let j = i + 1; j < count; j++) {
      const later = rows.subarray(j * length, (j + 1) * length);
      const along = dot(row, later);
      for (let k = 0; k < length; k++) later[k] = (later[k] as number) - along * (row[k] as number);
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
  return sum;
}
