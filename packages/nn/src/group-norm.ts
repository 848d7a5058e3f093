import { OptionError, optionsOf, ShapeError, splitKey, type Tensor, typeText } from "@throughtime/core";
import { groupNormOf } from "./group-norm-op.js";
import { constantInitializer } from "./initializers/constant.js";
import type { Initializer } from "./initializers/initializer.js";
import { zerosInitializer } from "./initializers/zeros.js";
import type { Layer } from "./layer.js";
import { requireParams } from "./params.js";
import { requirePositive } from "./positive.js";

/** gain and bias: [C]. */
export type GroupNormParams = { gain: Tensor; bias: Tensor };

export interface GroupNormOptions {
  /** C: channels of the input. */
  readonly size: number;
  /** G: into how many groups the channels are divided; 1 is layer norm over all of a picture. G must divide C. */
  readonly groups: number;
  /** ε. Default 1e-5. */
  readonly epsilon?: number;
  /** How the parameters start. Default: gain 1, bias 0. */
  readonly initializers?: { readonly gain?: Initializer; readonly bias?: Initializer };
}

/**
 * Group normalization: y = (x − μ) / √(Var x + ε) · gain + bias, with μ and (biased) variance over the channels of a group and
 * all places of one picture, and gain and bias of each channel. So a picture's result does not depend on what is beside it. x: [N, C, H, W] → y: x's
 * shape. Wu & He 2018, "Group normalization", equation 7. Throws OptionError where a size is not positive or G does not divide C;
 * `apply` throws ShapeError where x does not fit.
 *
 * @example const norm = groupNorm({ size: 32, groups: 8 });
 */
export function groupNorm(options: GroupNormOptions): Layer<GroupNormParams> {
  optionsOf("groupNorm", options, "size", "groups", "epsilon", "initializers");
  const { size, groups, epsilon = 1e-5, initializers = {} } = options;
  requirePositive("groupNorm", { size, groups });
  if (size % groups !== 0) {
    throw new OptionError(`groupNorm: ${size} channels are not divisible into ${groups} groups.`, { size, groups });
  }
  if (!(epsilon > 0)) throw new OptionError(`groupNorm: epsilon must be above 0, received ${epsilon}.`, { epsilon });
  const { gain = constantInitializer(1), bias = zerosInitializer() } = initializers;
  return {
    init(key) {
      const [gainKey, biasKey] = splitKey(key);
      return { gain: gain(gainKey, [size]), bias: bias(biasKey, [size]) };
    },
    apply(params, x) {
      if (x.shape.length !== 4 || x.shape[1] !== size || !x.shape.slice(2).every((d) => typeof d === "number")) {
        throw new ShapeError(
          `groupNorm: x is ${typeText(x)}, but the layer was built with size ${size}. x must be [N, ${size}, H, W], with numbers for H and W.`,
          { expected: size, received: x.shape },
        );
      }
      const given = requireParams("groupNorm", params, ["gain", "bias"]);
      return groupNormOf(x, given.gain, given.bias, { groups, epsilon });
    },
  };
}
