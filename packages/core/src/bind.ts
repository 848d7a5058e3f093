import { type Dim, evaluateDim, isSymbolic, matchDim, namesOf, type Sizes, shapeText } from "./dim.js";
import type { DType } from "./dtype.js";
import { ShapeError } from "./errors.js";
import { castArray, isNdArray, type NdArray } from "./ndarray.js";
import { isProgram, makeProgram, type Program, placeholders, replay, requireProgram } from "./program.js";
import { requireList, requireShape } from "./require.js";
import { makeNode, type Type } from "./tensor.js";

interface Substitution {
  readonly dim: (d: Dim) => Dim;
  readonly dtype: (d: DType) => DType;
  readonly array: (a: NdArray) => NdArray;
}

/**
 * Named sizes become numbers, everywhere in the Program and in the bodies of its scans.
 * Throws ShapeError where a size is missing.
 */
export function bind(program: Program, sizes: Sizes): Program {
  return substitute(program, { dim: (d) => evaluateDim(d, sizes), dtype: (d) => d, array: (a) => a });
}

/** The same Program with every f32 as f64: how gradients are checked against central differences. */
export function toF64(program: Program): Program {
  const dtype = (d: DType) => (d === "f32" ? "f64" : d);
  return substitute(program, { dim: (d) => d, dtype, array: (a) => castArray(a, dtype(a.dtype)) });
}

/** The sizes that make a Program's declared inputs fit given shapes. Throws ShapeError naming the input that does not. */
export function inferSizes(program: Program, shapes: readonly (readonly number[])[]): Sizes {
  requireProgram("inferSizes: argument 1", program);
  requireList("inferSizes: the shapes", shapes);
  program.inputs.forEach((_, i) => {
    // Where it is a list it is matched below; this runs at every call.
    if (!Array.isArray(shapes[i])) requireShape(`inferSizes: input ${i}`, shapes[i] as readonly number[]);
  });
  const sizes: Record<string, number> = {};
  // Dims such as T·B become solvable once T is known from another input, so go round until nothing is open.
  for (let round = 0; round <= program.inputs.length; round++) {
    let open = false;
    program.inputs.forEach((input, i) => {
      const shape = shapes[i] as readonly number[];
      const fits =
        shape.length === input.shape.length && input.shape.map((d, axis) => matchDim(d, shape[axis] as number, sizes));
      if (!fits || fits.includes(false)) {
        throw new ShapeError(
          `run: input ${program.inputNames?.[i] ?? i} has shape ${shapeText(shape)}; expected ${shapeText(input.shape)}${knownText(sizes)}.`,
          { input: i, expected: shapeText(input.shape), received: shape },
        );
      }
      open ||= fits.includes(undefined);
    });
    if (!open) break;
  }
  return sizes;
}

const knownText = (sizes: Sizes): string => {
  const known = Object.entries(sizes).map(([name, size]) => `${name} = ${size}`);
  return known.length > 0 ? ` with ${known.join(", ")}` : "";
};

/** The names that a Program's input shapes are built from. */
export function sizeNames(program: Program): readonly string[] {
  requireProgram("sizeNames: argument 1", program);
  return [...new Set(program.inputs.flatMap(({ shape }) => shape.flatMap(namesOf)))];
}

function substitute(program: Program, by: Substitution): Program {
  requireProgram("bind: argument 1", program);
  const type = ({ shape, dtype }: Type): Type => ({ shape: shape.map(by.dim), dtype: by.dtype(dtype) });
  const inputs = placeholders(program.inputs.map(type));
  const outputs = replay(program, inputs, (node, operands) => {
    const params = substituteParams(node.params, by) as object;
    const types = node.op.shape(operands, params);
    return makeNode(node.op, operands, params, Array.isArray(types) ? types : [types as Type]).outputs;
  });
  return makeProgram(inputs, outputs, program);
}

/** Params are plain data; dims, dtypes, arrays and bodies are found wherever they stand. */
function substituteParams(value: unknown, by: Substitution, key = ""): unknown {
  if (isProgram(value)) return substitute(value, by);
  if (isNdArray(value)) return by.array(value);
  if (Array.isArray(value)) return value.map((item) => substituteParams(item, by));
  if (typeof value === "object" && value !== null) {
    if (isSymbolic(value)) return by.dim(value);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, substituteParams(item, by, name)]));
  }
  return key === "dtype" ? by.dtype(value as DType) : value;
}
