export { checkOnnx, type OnnxAgreement, type OnnxCheck, type OnnxCheckOptions } from "./check/check.js";
export { type OnnxFunction, type OnnxRuntime, type OnnxSession, openOnnx } from "./check/open.js";
export { readModel, writeModel } from "./decode.js";
export { encodeGraph, loweredOps, type OnnxOptions, OPSET, toGraph, toOnnx } from "./export.js";
export {
  type Attribute,
  countNodes,
  type ElementType,
  type Graph,
  type GraphInitializer,
  type GraphNode,
  type GraphValue,
} from "./graph.js";
export { extractModel, type NodeOutput, nodeOutputs } from "./inspect/extract-model.js";
export { inspectModel, type ModelInfo } from "./inspect/model.js";
export { type ValueInfo, valueText } from "./inspect/values.js";
export type { WeightInfo } from "./inspect/weights.js";
export type { InspectLimits, ModelSource } from "./inspect/wire.js";
export { COMPOSITES } from "./lower/composites.js";
export type { BodyOptions, Lowering, LoweringContext, LoweringTable, NodeAttributes } from "./lower/context.js";
export { IMAGES } from "./lower/images.js";
export { ONE_THREAD } from "./lower/indexing.js";
export { delicateSizes } from "./lower/over-nothing.js";
export { RECURRENT } from "./lower/recurrent.js";
export { PRIMITIVES } from "./lower/table.js";
export type { ModelProto } from "./proto/types.js";
export { checkStepwiseOnnx, type StepwiseTrial } from "./stepwise/check.js";
export {
  type StepwiseModel,
  type StepwiseOnnx,
  type StepwiseOnnxOptions,
  stepwiseToOnnx,
} from "./stepwise/to-onnx.js";
export { unrollScans } from "./unroll.js";
