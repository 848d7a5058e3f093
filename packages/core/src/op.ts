import { describe } from "./describe.js";
import { type Shape, sameDim, shapeText } from "./dim.js";
import { type DType, isFloat } from "./dtype.js";
import { ArgumentError, DtypeError, ShapeError } from "./errors.js";
import { isNdArray, type NdArray, ndarray, requireArray, requireFit, scalar } from "./ndarray.js";
import type { Program } from "./program.js";
import { requireFunction, requireList } from "./require.js";
import { isTensor, makeNode, type Node, type Tensor, type Type, typeText } from "./tensor.js";
import { requireTypes } from "./types.js";

/** What an op's gradient rule may use. `y` is `outputs[0]`. */
export interface VjpContext<P> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly y: Tensor;
  readonly params: P;
}

/**
 * How an op treats a new leading axis: "elementwise" ops broadcast as they are; others say it in ops. A rule gets the
 * inputs, which of them carry the new axis (at 0), and its size, and returns every output with the axis at 0.
 */
export type BatchRule<P> =
  | "elementwise"
  | ((inputs: readonly Tensor[], batched: readonly boolean[], params: P, size: Shape[number]) => Tensor[]);

/** One equation that has just been evaluated. */
export interface EquationEvent {
  /** The Program or body that the equation is in. */
  readonly program: Program;
  readonly node: Node;
  readonly inputs: readonly NdArray[];
  readonly outputs: readonly NdArray[];
  /** The scans, steps and composites that it is in, outermost first: ["scan", "step 3"]. */
  readonly path: readonly string[];
}

/** Watches an evaluation: called after each equation, those in bodies first. */
export interface Debug {
  readonly onEquation: (event: EquationEvent) => void;
  readonly path: readonly string[];
}

/** An op's one declaration. Everything that the library knows of an op stands here. */
export interface Op<P extends object = object> {
  readonly name: string;
  /** Checks inputs and says the outputs' types. Throws ShapeError or DtypeError. */
  shape(inputs: readonly Type[], params: P): Type | readonly Type[];
  /** The op's meaning on host data, for bound params, in f32 and f64, written to be read. */
  evaluate(inputs: readonly NdArray[], params: P, debug?: Debug): NdArray | readonly NdArray[];
  /** Cotangents of the inputs, in ops; null where none flows. `dys` has null for outputs that nothing used. */
  vjp?(context: VjpContext<P>, dy: Tensor, dys: readonly (Tensor | null)[]): (Tensor | null)[];
  batch: BatchRule<P>;
  /**
   * Σ over the leading axis of what `batch` would compute, where that is one op: Σ_t a_tᵀ·b_t is one product over
   * stacked rows. All outputs have no such axis.
   */
  sumBatch?(inputs: readonly Tensor[], batched: readonly boolean[], params: P, size: Shape[number]): Tensor | undefined;
  /** For composites: what it lowers to, on these inputs. */
  lower?(inputs: readonly Tensor[], params: P): Tensor[];
  /** A view costs nothing to repeat: slices, reshapes and the like. */
  readonly view?: boolean;
}

/** A tensor, or host data that becomes a constant. A number takes the element type of the tensor beside it. */
export type TensorLike = Tensor | number | boolean | NdArray;

export const isTensorLike = (value: unknown): value is TensorLike =>
  isTensor(value) || typeof value === "number" || typeof value === "boolean" || isNdArray(value);

/** Declares an op. The identity at run time; its point is the types and a place for the docs. */
export function defineOp<P extends object>(op: Op<P>): Op<P> {
  for (const part of ["shape", "evaluate"] as const) requireFunction(`defineOp: ${part}`, op?.[part]);
  return Object.freeze(op);
}

/** Applies an op; all outputs. */
export function applyOp<P extends object>(op: Op<P>, inputs: readonly TensorLike[], params: P): readonly Tensor[] {
  if (typeof op?.shape !== "function")
    throw new ArgumentError(`apply: the op is ${describe(op)}; expected one, made with defineOp().`);
  requireList(`${op.name}: the operands`, inputs);
  const tensors = toTensors(op.name, inputs);
  const types = op.shape(tensors, params);
  return makeNode(op, tensors, params, requireTypes(op.name, Array.isArray(types) ? types : [types as Type])).outputs;
}

/** Applies an op of one output. */
export const apply = <P extends object>(op: Op<P>, inputs: readonly TensorLike[], params: P): Tensor =>
  applyOp(op, inputs, params)[0] as Tensor;

/** y = value. No inputs; y has the value's shape and dtype. */
export const constantOp = defineOp<{ readonly value: NdArray }>({
  name: "constant",
  shape: (_, { value }) => ({ shape: value.shape, dtype: value.dtype }),
  evaluate: (_, { value }) => value,
  vjp: () => [],
  batch: (_, __, { value }) => [constant(value)],
});

/**
 * A tensor of host data, fixed when the Program is traced. Throws ArgumentError where it is something else, ShapeError
 * and DtypeError where an array contradicts itself.
 */
export const constant = (value: NdArray | number | boolean): Tensor => tensorAt("constant: the value", value);

/**
 * A tensor of a value that stands at a place, `scan: init.h`; a number becomes one of dtype `beside`. Throws ArgumentError
 * where it is neither a tensor nor host data, DtypeError where a number does not fit.
 */
export function tensorAt(place: string, value: TensorLike, beside: DType = "f32"): Tensor {
  if (isTensor(value)) return value;
  if (isNdArray(value)) return apply(constantOp, [], { value: requireArray(place, value) });
  if (typeof value === "boolean") return apply(constantOp, [], { value: ndarray(value) });
  if (typeof value !== "number") {
    throw new ArgumentError(
      `${place} is ${describe(value)}; expected a tensor, an array made with ndarray(), a number or a boolean.`,
    );
  }
  const dtype = beside === "bool" ? "f32" : beside;
  requireFit(place, value, dtype);
  return apply(constantOp, [], { value: scalar(value, dtype) });
}

const argument = (i: number): string => `argument ${i + 1}`;

/**
 * Makes tensors of an operation's operands; numbers take the dtype of the first tensor among them, f32 if there is none.
 * Throws ArgumentError where one is neither a tensor nor host data, DtypeError where a number does not fit its dtype.
 * `placeOf` names an operand for that; default: `argument 2`.
 */
export function toTensors(op: string, inputs: readonly TensorLike[], placeOf = argument): readonly Tensor[] {
  requireList(`${op}: the operands`, inputs);
  const beside = inputs.find(isTensor)?.dtype ?? inputs.find(isNdArray)?.dtype ?? "f32";
  return inputs.map((input, i) => (isTensor(input) ? input : tensorAt(`${op}: ${placeOf(i)}`, input, beside)));
}

/** Makes a tensor of an operation's first operand. See toTensors. */
export const toTensor = (op: string, input: TensorLike): Tensor => tensorAt(`${op}: argument 1`, input);

/** The shape that operands broadcast to, aligned at the right as in NumPy. Throws ShapeError. */
export function broadcastShapes(op: string, shapes: readonly Shape[]): Shape {
  requireList(`${op}: the shapes`, shapes);
  const rank = shapes.reduce((most, shape) => Math.max(most, shape.length), 0);
  return Array.from({ length: rank }, (_, axis) => {
    let result: Shape[number] = 1;
    for (const shape of shapes) {
      const d = shape[axis - rank + shape.length] ?? 1;
      if (d === 1) continue;
      if (result !== 1 && !sameDim(result, d)) {
        throw new ShapeError(
          `${op}: shapes ${shapes.map(shapeText).join(" and ")} do not broadcast: axes must be equal or 1, aligned at the right.`,
          { op, shapes: shapes.map(shapeText) },
        );
      }
      result = d;
    }
    return result;
  });
}

export function requireFloat(op: string, inputs: readonly Type[]): void {
  requireList(`${op}: the operands`, inputs);
  for (const type of inputs) {
    if (!isFloat(type.dtype)) {
      throw new DtypeError(`${op}: expected f32 or f64, received ${typeText(type)}. Use cast(x, "f32").`, {
        op,
        received: type.dtype,
      });
    }
  }
}

export function requireSameDtype(op: string, inputs: readonly Type[]): void {
  requireList(`${op}: the operands`, inputs);
  const [first, ...rest] = inputs;
  for (const type of rest) {
    if (type.dtype !== first?.dtype) {
      throw new DtypeError(
        `${op}: operands are ${inputs.map(typeText).join(" and ")}; their dtypes must be equal. Use cast().`,
        {
          op,
          received: inputs.map(({ dtype }) => dtype),
        },
      );
    }
  }
}

/** Where an op works; negative counts from the end. An op's doc comment says its default. */
export interface AxisOption {
  readonly axis?: number;
}

/** A negative axis counts from the end. Throws ShapeError outside [-rank, rank). */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) {
    throw new ShapeError(`${op}: axis ${axis} of a tensor of rank ${rank}; it must be in [${-rank}, ${rank - 1}].`, {
      op,
      axis,
      rank,
    });
  }
  return normal;
}
