import type { ConformanceOptions } from "@throughtime/testkit";

const noNan = "WGSL lets an implementation assume that there is no NaN";

/** What WebGPU needs of the conformance suite over SwiftShader: shapes that do not take all day, and what WGSL allows. */
export const OVER_SWIFTSHADER = {
  sizes: "small",
  tolerance: {
    sin: { absolute: 2 ** -11, reason: "all that WGSL promises" },
    cos: { absolute: 2 ** -11, reason: "all that WGSL promises" },
    random: {
      absolute: 1e-4,
      ofLargest: 5e-4,
      reason: "sin and cos, and exp and tanh of a few ulp, over many equations",
    },
  },
  skip: [
    { test: "gradient/sin", reason: "cos is as exact as WGSL promises, 2^-11" },
    { test: "gradient/cos", reason: "sin is as exact as WGSL promises, 2^-11" },
    { test: "special/exp", reason: noNan },
    { test: "special/log", reason: noNan },
    { test: "special/sigmoid", reason: noNan },
    { test: "special/softmax.nan-rows", reason: noNan },
    { test: "special/logSoftmax.nan-rows", reason: noNan },
    { test: "special/logSoftmax.nan-rows-gradient", reason: noNan },
    { test: "special/crossEntropy.nan-rows", reason: noNan },
    { test: "special/crossEntropy.nan-rows-gradient", reason: noNan },
    { test: "extremes/pow", reason: noNan },
    { test: "random/special", reason: noNan },
  ],
} as const satisfies Partial<ConformanceOptions>;
