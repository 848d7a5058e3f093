export { bind, inferSizes, sizeNames, toF64 } from "./bind.js";
export {
  type CallArguments,
  type CallResult,
  type Compiled,
  type CompileFunctionOptions,
  type CompileStats,
  compile,
} from "./compile.js";
export { type Composite, defineComposite } from "./composite.js";
export { describe, isPromise } from "./describe.js";
export {
  type Backend,
  type CompileOptions,
  DEVICE_ARRAY,
  type DeviceArray,
  type Executable,
  isDeviceArray,
} from "./device.js";
export {
  addDim,
  type Dim,
  dim,
  dimKey,
  divDim,
  elementCount,
  evaluateDim,
  isStatic,
  isSymbolic,
  mulDim,
  namesOf,
  type Shape,
  type Sizes,
  type SymbolicDim,
  sameDim,
  sameShape,
  shapeText,
  subDim,
} from "./dim.js";
export type { DimNames } from "./dim-names.js";
export { allocate, byteSize, DTYPES, type DType, isFloat, type TypedArray } from "./dtype.js";
export * from "./errors.js";
export { evaluateProgram } from "./evaluate.js";
export { backpropagate, grad, valueAndGrad, vjp } from "./gradient.js";
export { guardIndices, type IndexGuard } from "./guard-indices.js";
export { fromHalf, toHalf } from "./half.js";
export {
  dropoutMask,
  foldIn,
  type Key,
  type Keys,
  key,
  normal,
  randomBits,
  shuffled,
  splitKey,
  uniform,
} from "./key.js";
export {
  castArray,
  full as fullArray,
  isNdArray,
  type NdArray,
  type Nested,
  ndarray,
  requireArray,
  scalar,
  sizeOf,
  toNested,
  zerosArray,
} from "./ndarray.js";
export { once } from "./once.js";
export {
  type AxisOption,
  apply,
  applyOp,
  type BatchRule,
  broadcastShapes,
  constant,
  constantOp,
  type Debug,
  defineOp,
  type EquationEvent,
  normalizeAxis,
  type Op,
  requireFloat,
  requireSameDtype,
  type TensorLike,
  tensorAt,
  toTensor,
  toTensors,
  type VjpContext,
} from "./op.js";
export * from "./ops/index.js";
export { type Users, usersOf } from "./passes/analysis.js";
export { fission } from "./passes/fission.js";
export { inlineComposites } from "./passes/inline.js";
export { mergeScans } from "./passes/merge-scans.js";
export { equationCount, optimize, type PassStats } from "./passes/optimize.js";
export { simplify, tidy } from "./passes/simplify.js";
export { split as splitScans } from "./passes/split.js";
export { countOps, print, printEquation } from "./print.js";
export {
  isProgram,
  makeProgram,
  type Program,
  placeholders,
  replay,
  requireProgram,
  rewriteProgram,
  withOutputs,
} from "./program.js";
export { printable, quote } from "./quote.js";
export { optionsOf, requireBackend, requireDeviceArray, requireFunction, requireList } from "./require.js";
export { type ScanOptions, type ScanParams, scan, scanOp, splitInputs, splitOutputs } from "./scan.js";
export { isTensor, type Node, type Tensor, type Type, typeText } from "./tensor.js";
export { isType, type Traced, trace } from "./trace.js";
export { download, type HostOrDevice, type OnBackend, putOnBackend, release, upload } from "./transfer.js";
export {
  type FlatTree,
  flattenTree,
  type MapTree,
  mapTree,
  placeIn,
  type Structure,
  structureKey,
  type Tree,
  unflattenTree,
} from "./tree.js";
export { type } from "./types.js";
export { verify } from "./verify.js";
export { VERSION } from "./version.js";
export { batchProgram, vmap } from "./vmap.js";
