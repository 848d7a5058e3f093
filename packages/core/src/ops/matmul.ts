import { type Dim, dimKey, elementCount, mulDim, type Shape, sameDim, sameShape } from "../dim.js";
import { allocate } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { type NdArray, sizeOf } from "../ndarray.js";
import { apply, defineOp, requireFloat, requireSameDtype, type TensorLike, toTensors } from "../op.js";
import { optionsOf } from "../require.js";
import { type Tensor, type Type, typeText } from "../tensor.js";
import { broadcast } from "./broadcast.js";
import { withSize } from "./layout.js";
import { reshape } from "./reshape.js";
import { sum } from "./sum.js";
import { moveAxis, transpose } from "./transpose.js";

export interface MatmulParams {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const leading = (shape: Shape): Shape => shape.slice(0, -2);
/** The last two axes as the product sees them. */
const matrix = (shape: Shape, transposed: boolean): readonly [Dim, Dim] => {
  const [rows, columns] = shape.slice(-2) as [Dim, Dim];
  return transposed ? [columns, rows] : [rows, columns];
};

/**
 * y = a·b over the last two axes: a […, M, K], b [… the same, K, P] → y […, M, P]. transposeA: a is […, K, M];
 * transposeB: b is […, P, K]. f32, f64.
 */
export const matmulOp = defineOp<MatmulParams>({
  name: "matmul",
  shape(inputs, params) {
    const [a, b] = inputs as readonly [Type, Type];
    requireSameDtype("matmul", inputs);
    requireFloat("matmul", inputs);
    if (a.shape.length < 2 || b.shape.length < 2) {
      throw mismatch(a, b, "both need at least two axes", "Add one with expandDims().");
    }
    if (!sameShape(leading(a.shape), leading(b.shape))) {
      throw mismatch(a, b, "axes before the last two must be equal", "Make them so with broadcast() or reshape().");
    }
    requireContraction(a, b, params);
    const [m] = matrix(a.shape, params.transposeA);
    const [, p] = matrix(b.shape, params.transposeB);
    return { shape: [...leading(a.shape), m, p], dtype: a.dtype };
  },
  evaluate: ([a, b], params) => product(a as NdArray, b as NdArray, params),
  vjp({ inputs, params: { transposeA, transposeB } }, dy) {
    const [a, b] = inputs as readonly [Tensor, Tensor];
    return [
      transposeA
        ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
        : matmul(dy, b, { transposeB: !transposeB }),
      transposeB
        ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, dy, { transposeA: !transposeA }),
    ];
  },
  batch(inputs, [onA, onB], params, size) {
    const [a, b] = inputs as readonly [Tensor, Tensor];
    if (onA && onB) return [matmul(a, b, params)];
    // One product over stacked rows or columns is faster than `size` small ones, even where one must be turned for it,
    // and needs no copies of the operand that all share.
    if (onA && b.shape.length === 2) {
      return [matmul(params.transposeA ? transpose(a, [0, 2, 1]) : a, b, { transposeB: params.transposeB })];
    }
    if (onA) {
      const m = a.shape.at(params.transposeA ? -1 : -2) as Dim;
      const y = matmul(stackInto(a, params.transposeA ? -1 : -2), b, params);
      return [unstackFrom(y, -2, size, m)];
    }
    const p = b.shape.at(params.transposeB ? -2 : -1) as Dim;
    const y = matmul(a, stackInto(b, params.transposeB ? -2 : -1), params);
    return [unstackFrom(y, -1, size, p)];
  },
  sumBatch(inputs, [onA, onB], params) {
    const [a, b] = inputs as readonly [Tensor, Tensor];
    if (!onA) return matmul(a, sum(b, { axis: 0 }), params);
    if (!onB) return matmul(sum(a, { axis: 0 }), b, params);
    return matmul(stackInto(a, params.transposeA ? -2 : -1), stackInto(b, params.transposeB ? -1 : -2), params);
  },
});

/** The leading axis of x put into another, counted from the end: at −2, [N, L, M, K] → [L, N·M, K]. */
function stackInto(x: Tensor, axis: -1 | -2): Tensor {
  const [n, ...shape] = x.shape as readonly [Dim, ...Dim[]];
  const at = shape.length + axis;
  return reshape(moveAxis(x, { axis: 0, to: at }), withSize(shape, at, mulDim(n, shape[at] as Dim)));
}

/** The inverse, where the axis holds n·m: at −2, [L, N·M, P] → [N, L, M, P]. */
function unstackFrom(x: Tensor, axis: -1 | -2, n: Dim, m: Dim): Tensor {
  const at = x.shape.length + axis;
  return moveAxis(reshape(x, [...x.shape.slice(0, at), n, m, ...x.shape.slice(at + 1)]), { axis: at, to: 0 });
}

/**
 * y = a·b over the last two axes: a [M, K], b [K, P] → y [M, P]; axes before them are equal and run along. With
 * transposeA a is [K, M], with transposeB b is [P, K]. Beside an operand of rank 3 or more, one of rank 2 serves every
 * matrix of it: a [T, B, K], b [K, P] → [T, B, P] is one product over T·B rows. f32 or f64.
 * Throws ShapeError where the axes do not fit, DtypeError where dtypes differ or are not float.
 */
export function matmul(a: TensorLike, b: TensorLike, options: Partial<MatmulParams> = {}): Tensor {
  const [left, right] = toTensors("matmul", [a, b]) as readonly [Tensor, Tensor];
  const { transposeA = false, transposeB = false } = optionsOf("matmul", options, "transposeA", "transposeB");
  const params = { transposeA, transposeB };
  const ranks = [left.shape.length, right.shape.length] as const;
  if (ranks[0] > 2 && ranks[1] === 2) {
    requireContraction(left, right, params);
    if (params.transposeA) {
      return apply(matmulOp, [left, broadcast(right, [...leading(left.shape), ...right.shape])], params);
    }
    const rows = left.shape.slice(0, -1);
    const flat = apply(matmulOp, [reshape(left, [elementCount(rows), left.shape.at(-1) as Dim]), right], params);
    return reshape(flat, [...rows, flat.shape[1] as Dim]);
  }
  if (ranks[0] === 2 && ranks[1] > 2) {
    return apply(matmulOp, [broadcast(left, [...leading(right.shape), ...left.shape]), right], params);
  }
  return apply(matmulOp, [left, right], params);
}

function requireContraction(a: Type, b: Type, { transposeA, transposeB }: MatmulParams): void {
  const k = matrix(a.shape, transposeA)[1];
  const l = matrix(b.shape, transposeB)[0];
  if (sameDim(k, l)) return;
  const flags = [transposeA ? "transposeA" : "", transposeB ? "transposeB" : ""].filter(Boolean).join(", ");
  const [axisA, axisB] = [transposeA ? "second to last" : "last", transposeB ? "last" : "second to last"];
  throw mismatch(
    a,
    b,
    `the ${axisA} axis of a must equal the ${axisB} of b${flags && ` (${flags})`}, ${dimKey(k)} is not ${dimKey(l)}`,
    "Transpose one with transposeA or transposeB, or give the weight the shape [input, output].",
  );
}

function mismatch(a: Type, b: Type, expected: string, fix: string): ShapeError {
  return new ShapeError(`matmul: a is ${typeText(a)} and b is ${typeText(b)}; ${expected}. ${fix}`, {
    op: "matmul",
    a: a.shape,
    b: b.shape,
  });
}

function product(a: NdArray, b: NdArray, { transposeA, transposeB }: MatmulParams): NdArray {
  const [m, k] = matrix(a.shape, transposeA) as readonly [number, number];
  const p = matrix(b.shape, transposeB)[1] as number;
  const shape = [...a.shape.slice(0, -2), m, p];
  const data = allocate(a.dtype, sizeOf(shape));
  const [rowA, columnA] = transposeA ? [1, m] : [k, 1];
  const [rowB, columnB] = transposeB ? [1, k] : [p, 1];
  const row = new Float64Array(p);
  for (let n = 0; n < sizeOf(shape.slice(0, -2)); n++) {
    for (let i = 0; i < m; i++) {
      row.fill(0);
      for (let j = 0; j < k; j++) {
        const left = a.data[n * m * k + i * rowA + j * columnA] as number;
        const start = n * k * p + j * rowB;
        for (let q = 0; q < p; q++) row[q] = (row[q] as number) + left * (b.data[start + q * columnB] as number);
      }
      data.set(row, (n * m + i) * p);
    }
  }
  return { data, shape, dtype: a.dtype };
}
