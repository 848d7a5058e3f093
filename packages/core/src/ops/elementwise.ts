import { allocate, type DType, isFloat } from "../dtype.js";
import { DtypeError } from "../errors.js";
import type { NdArray } from "../ndarray.js";
import { apply, broadcastShapes, defineOp, type Op, requireFloat, requireSameDtype, type TensorLike } from "../op.js";
import { type Tensor, type Type, typeText } from "../tensor.js";
import { expandTo } from "./layout.js";

/** Which dtypes an op takes: f32 and f64; those and i32; bool alone; all. */
export type Accepts = "float" | "numeric" | "bool" | "any";

/** Throws DtypeError where an operand is not of the kind that an op takes. */
export function requireDtype(op: string, accepts: Accepts, inputs: readonly Type[]): void {
  if (accepts === "float") requireFloat(op, inputs);
  for (const type of inputs) {
    if (accepts === "numeric" && type.dtype === "bool") {
      throw new DtypeError(`${op}: expected numbers, received ${typeText(type)}. Use cast(x, "f32").`, {
        op,
        received: type.dtype,
      });
    }
    if (accepts === "bool" && type.dtype !== "bool") {
      throw new DtypeError(`${op}: expected bool, received ${typeText(type)}. Compare first: notEqual(x, 0).`, {
        op,
        received: type.dtype,
      });
    }
  }
}

/** f of every element. */
export function map(x: NdArray, f: (x: number) => number, dtype: DType = x.dtype): NdArray {
  const data = allocate(dtype, x.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(x.data[i] as number);
  return { data, shape: x.shape, dtype };
}

/** f of every pair of elements, broadcast. */
export function zip(
  op: string,
  a: NdArray,
  b: NdArray,
  f: (a: number, b: number) => number,
  dtype: DType = a.dtype,
): NdArray {
  const shape = broadcastShapes(op, [a.shape, b.shape]) as readonly number[];
  const left = expandTo(a, shape).data;
  const right = expandTo(b, shape).data;
  const data = allocate(dtype, left.length);
  for (let i = 0; i < data.length; i++) data[i] = f(left[i] as number, right[i] as number);
  return { data, shape, dtype };
}

export interface UnaryRule {
  readonly name: string;
  /** Default: float. */
  readonly accepts?: Accepts;
  readonly f: (x: number) => number;
  /** The input's cotangent. Default: none flows. */
  readonly vjp?: (dy: Tensor, x: Tensor, y: Tensor) => Tensor | null;
}

export type Unary = ((x: TensorLike) => Tensor) & { readonly op: Op<object> };

/** An op on one tensor, element by element, and the function that applies it. */
export function unary({ name, accepts = "float", f, vjp }: UnaryRule): Unary {
  const op = defineOp<object>({
    name,
    shape([x]) {
      requireDtype(name, accepts, [x as Type]);
      return { shape: (x as Type).shape, dtype: (x as Type).dtype };
    },
    evaluate: ([x]) => map(x as NdArray, f),
    vjp: ({ inputs, y }, dy) => [vjp ? vjp(dy, inputs[0] as Tensor, y) : null],
    batch: "elementwise",
  });
  return Object.assign((x: TensorLike) => apply(op, [x], {}), { op });
}

export interface BinaryRule {
  readonly name: string;
  /** Default: numeric. */
  readonly accepts?: Accepts;
  /** Default: the operands' dtype. */
  readonly result?: DType;
  readonly f: (a: number, b: number) => number;
  /** The meaning on i32 where it is another. */
  readonly i32?: (a: number, b: number) => number;
  /** The operands' cotangents, of the result's shape: gradients are summed back over broadcast axes elsewhere. */
  readonly vjp?: (dy: Tensor, a: Tensor, b: Tensor, y: Tensor) => [da: Tensor | null, db: Tensor | null];
}

export type Binary = ((a: TensorLike, b: TensorLike) => Tensor) & { readonly op: Op<object> };

/** An op on two tensors of one dtype, element by element with NumPy's broadcasting, and the function that applies it. */
export function binary({ name, accepts = "numeric", result, f, i32 = f, vjp }: BinaryRule): Binary {
  const op = defineOp<object>({
    name,
    shape(inputs) {
      requireSameDtype(name, inputs);
      requireDtype(name, accepts, inputs);
      const [a, b] = inputs as readonly [Type, Type];
      return { shape: broadcastShapes(name, [a.shape, b.shape]), dtype: result ?? a.dtype };
    },
    evaluate(inputs) {
      const [a, b] = inputs as readonly [NdArray, NdArray];
      return zip(name, a, b, isFloat(a.dtype) ? f : i32, result);
    },
    vjp: ({ inputs, y }, dy) => (vjp ? vjp(dy, inputs[0] as Tensor, inputs[1] as Tensor, y) : [null, null]),
    batch: "elementwise",
  });
  return Object.assign((a: TensorLike, b: TensorLike) => apply(op, [a, b], {}), { op });
}
