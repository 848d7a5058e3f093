export { abs, absOp } from "./abs.js";
export { add, addOp } from "./add.js";
export { and, andOp } from "./and.js";
export { argmax, argmaxOp } from "./argmax.js";
export {
  type AveragePool2dGradientParams,
  averagePool2d,
  averagePool2dGradientOp,
  averagePool2dOp,
} from "./average-pool2d.js";
export { broadcast, broadcastOp } from "./broadcast.js";
export { cast, castOp } from "./cast.js";
export { greater, greaterEqual, notEqual } from "./compare.js";
export { concat, concatOp, stack } from "./concat.js";
export {
  type Conv2dGradientParams,
  type Conv2dOptions,
  type Conv2dParams,
  conv2d,
  conv2dInputGradientOp,
  conv2dOp,
  conv2dWeightGradientOp,
} from "./conv2d.js";
export { cos, cosOp } from "./cos.js";
export { crossEntropy, crossEntropyOp } from "./cross-entropy.js";
export { div, divOp } from "./div.js";
export { equal, equalOp } from "./equal.js";
export { erf, erfOp } from "./erf.js";
export { exp, expOp } from "./exp.js";
export { constantOf, full, ones, zeros } from "./fill.js";
export { floor, floorOp } from "./floor.js";
export { type GatherParams, gather, gatherOp } from "./gather.js";
export { identity, identityOp } from "./identity.js";
export { type IotaParams, iota, iotaOp } from "./iota.js";
export { type LayerNormParams, layerNorm, layerNormOp } from "./layer-norm.js";
export { less, lessOp } from "./less.js";
export { lessEqual, lessEqualOp } from "./less-equal.js";
export { log, logOp } from "./log.js";
export { logSoftmax, logSoftmaxOp } from "./log-softmax.js";
export { log1p, log1pOp } from "./log1p.js";
export { logsumexp } from "./logsumexp.js";
export { type MatmulParams, matmul, matmulOp } from "./matmul.js";
export { max, maxOp, min } from "./max.js";
export { maxPool2d, maxPool2dGradientOp, maxPool2dOp } from "./max-pool2d.js";
export { maximum, maximumOp } from "./maximum.js";
export { mean } from "./mean.js";
export { minimum, minimumOp } from "./minimum.js";
export { mul, mulOp } from "./mul.js";
export { neg, negOp } from "./neg.js";
export { not, notOp } from "./not.js";
export { oneHot } from "./one-hot.js";
export { or, orOp } from "./or.js";
export { mergePads, type PadOptions, type PadParams, pad, padOp } from "./pad.js";
export type { Pool2dOptions, Pool2dParams } from "./pool2d.js";
export { pow, powOp } from "./pow.js";
export type { ReductionOptions, ReductionParams } from "./reduction.js";
export { relu } from "./relu.js";
export { type IndexRole, isRequired, requireIndices, requireInRange } from "./require-indices.js";
export { expandDims, reshape, reshapeOp, squeeze } from "./reshape.js";
export { scatterAdd, scatterAddOp } from "./scatter-add.js";
export { select, selectOp } from "./select.js";
export { sigmoid, sigmoidOp } from "./sigmoid.js";
export { sign, signOp } from "./sign.js";
export { sin, sinOp } from "./sin.js";
export { type SizeParams, sizeOfDim, sizeOp } from "./size.js";
export { type Parts, type SliceOptions, type SliceParams, slice, sliceOp, split } from "./slice.js";
export { type SoftmaxParams, softmax, softmaxOp } from "./softmax.js";
export { sqrt, sqrtOp } from "./sqrt.js";
export { stopGradient, stopGradientOp } from "./stop-gradient.js";
export { sub, subOp } from "./sub.js";
export { sum, sumOp, sumTo } from "./sum.js";
export { tanh, tanhOp } from "./tanh.js";
export { type MoveAxisOptions, moveAxis, transpose, transposeOp } from "./transpose.js";
