import {
  add,
  conv2d,
  OptionError,
  optionsOf,
  reshape,
  ShapeError,
  splitKey,
  type Tensor,
  typeText,
} from "@throughtime/core";
import { heNormal } from "./initializers/he-normal.js";
import type { Initializer } from "./initializers/initializer.js";
import { zerosInitializer } from "./initializers/zeros.js";
import type { Layer } from "./layer.js";
import { requireInitializers, requireParams } from "./params.js";
import { requirePositive } from "./positive.js";

/** W: [O, C, P, P], as PyTorch and ONNX have it; b: [O], absent where the layer has no bias. */
export type ConvParams = { W: Tensor; b?: Tensor };

export interface ConvOptions {
  /** C: channels of the input. */
  readonly inputSize: number;
  /** O: channels of the output. */
  readonly outputSize: number;
  /** P: height and width of the kernel. Default 3. */
  readonly kernelSize?: number;
  /** Steps between windows, along both axes. Default 1. */
  readonly stride?: number;
  /** Zeros on every side. Default ⌊P / 2⌋: with stride 1 and an odd P, the output has the input's height and width. */
  readonly padding?: number;
  /** Whether there is a bias b. Default true. A normalization after the convolution makes it superfluous. */
  readonly bias?: boolean;
  /** How the parameters start. Default: W He normal, b zero. */
  readonly initializers?: { readonly W?: Initializer; readonly b?: Initializer };
}

/**
 * A convolution over height and width, y[n, o] = Σ_c x[n, c] ⋆ W[o, c] + b[o]; LeCun et al. 1989, "Backpropagation applied to
 * handwritten zip code recognition". x: [N, C, H, W] → y: [N, O, H', W'] with H' = ⌊(H + 2·padding − P) / stride⌋ + 1, W' alike.
 * Throws OptionError where an option is outside what it may be, or an initializer is for a bias that there is not; `apply`
 * throws ShapeError where x does not fit.
 *
 * @example const first = conv({ inputSize: 3, outputSize: 32, stride: 2 });
 */
export function conv(options: ConvOptions): Layer<ConvParams> {
  const names = ["inputSize", "outputSize", "kernelSize", "stride", "padding", "bias", "initializers"] as const;
  const { inputSize, outputSize, kernelSize = 3, ...rest } = optionsOf("conv", options, ...names);
  const { stride = 1, padding = Math.floor(kernelSize / 2), bias = true, initializers = {} } = rest;
  requirePositive("conv", { inputSize, outputSize, kernelSize, stride });
  if (!Number.isInteger(padding) || padding < 0)
    throw new OptionError(`conv: padding must be an integer of at least 0, received ${padding}.`, { padding });
  const { W = heNormal(), b = zerosInitializer() } = initializers;
  const keys = bias ? ["W", "b"] : ["W"];
  requireInitializers("conv", initializers, keys);
  return {
    init(key) {
      const [weightKey, biasKey] = splitKey(key);
      const weight = W(weightKey, [outputSize, inputSize, kernelSize, kernelSize]);
      return bias ? { W: weight, b: b(biasKey, [outputSize]) } : { W: weight };
    },
    apply(params, x) {
      if (x.shape.length !== 4 || x.shape[1] !== inputSize) {
        throw new ShapeError(
          `conv: x is ${typeText(x)}, but the layer was built with inputSize ${inputSize}. x must be [N, ${inputSize}, H, W].`,
          { expected: inputSize, received: x.shape },
        );
      }
      const y = conv2d(x, requireParams("conv", params, keys).W, { stride, padding });
      return params.b ? add(y, reshape(params.b, [outputSize, 1, 1])) : y;
    },
  };
}
