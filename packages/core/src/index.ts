export * from "./errors.js";
export { allocate, byteSize, type DType, DTYPES, isFloat, type TypedArray } from "./dtype.js";
export {
  addDim, type Dim, dim, dimKey, divDim, elementCount, evaluateDim, isStatic, isSymbolic, mulDim, namesOf, sameDim, sameShape,
  type Shape, shapeText, type Sizes, subDim, type SymbolicDim,
} from "./dim.js";
export { castArray, full as fullArray, isNdArray, type NdArray, ndarray, type Nested, scalar, sizeOf, toNested, zerosArray } from "./ndarray.js";
export { describe, flattenTree, type FlatTree, mapTree, type MapTree, type Structure, structureKey, type Tree, unflattenTree } from "./tree.js";
export { isTensor, type Node, type Tensor, type Type, typeText } from "./tensor.js";
export {
  apply, applyOp, type BatchRule, broadcastShapes, constant, constantOp, type Debug, defineOp, type EquationEvent, normalizeAxis, type Op, requireFloat,
  requireSameDtype, type TensorLike, toTensor, toTensors, type VjpContext,
} from "./op.js";
export { type Composite, defineComposite } from "./composite.js";
export { isProgram, makeProgram, placeholders, type Program, replay, rewriteProgram, withOutputs } from "./program.js";
export { evaluateProgram } from "./evaluate.js";
export { backpropagate, grad, valueAndGrad, vjp } from "./gradient.js";
export { batchProgram, vmap } from "./vmap.js";
export { scan, type ScanOptions, scanOp, type ScanParams, splitInputs, splitOutputs } from "./scan.js";
export { isType, trace, type Traced } from "./trace.js";
export { type } from "./types.js";
export { bind, inferSizes, sizeNames, toF64 } from "./bind.js";
export { verify } from "./verify.js";
export { countOps, print, printEquation } from "./print.js";
export { type Backend, type CompileOptions, type DeviceArray, type Executable, isDeviceArray } from "./device.js";
export {
  type CallArguments, type CallResult, compile, type Compiled, type CompileFunctionOptions, type CompileStats, type DimNames, download,
  type HostOrDevice, upload,
} from "./compile.js";
export { inlineComposites } from "./passes/inline.js";
export { mergeScans } from "./passes/merge-scans.js";
export { equationCount, optimize, type PassStats } from "./passes/optimize.js";
export { simplify } from "./passes/simplify.js";
export { split as splitScans } from "./passes/split.js";
export { dropoutMask, foldIn, type Key, key, normal, randomBits, splitKey, uniform } from "./key.js";
export * from "./ops/index.js";
