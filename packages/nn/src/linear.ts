import { add, matmul, optionsOf, ShapeError, splitKey, type Tensor, typeText } from "@throughtime/core";
import { glorotUniform } from "./initializers/glorot-uniform.js";
import type { Initializer } from "./initializers/initializer.js";
import { zerosInitializer } from "./initializers/zeros.js";
import type { Layer } from "./layer.js";
import { requireInitializers, requireParams } from "./params.js";
import { requirePositive } from "./positive.js";

/** W: [inputSize, outputSize]; b: [outputSize], absent where the layer has no bias. */
export type LinearParams = { W: Tensor; b?: Tensor };

export interface LinearOptions {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Whether there is a bias b. Default true. */
  readonly bias?: boolean;
  /** How the parameters start. Default: W Glorot uniform, b zero. */
  readonly initializers?: { readonly W?: Initializer; readonly b?: Initializer };
}

/**
 * An affine map, y = x·W + b, over the last axis. x: [..., inputSize] of rank 2 or more → y: [..., outputSize]. All axes
 * before the last run as one product. Throws OptionError where a size is not positive, or an initializer is for a bias that
 * there is not; `apply` throws ShapeError where x does not fit.
 *
 * @example const output = linear({ inputSize: 128, outputSize: 65 });
 */
export function linear(options: LinearOptions): Layer<LinearParams> {
  optionsOf("linear", options, "inputSize", "outputSize", "bias", "initializers");
  const { inputSize, outputSize, bias = true, initializers = {} } = options;
  requirePositive("linear", { inputSize, outputSize });
  const { W = glorotUniform(), b = zerosInitializer() } = initializers;
  const keys = bias ? ["W", "b"] : ["W"];
  requireInitializers("linear", initializers, keys);
  return {
    init(key) {
      const [weightKey, biasKey] = splitKey(key);
      const weight = W(weightKey, [inputSize, outputSize]);
      return bias ? { W: weight, b: b(biasKey, [outputSize]) } : { W: weight };
    },
    apply(params, x) {
      if (x.shape.at(-1) !== inputSize) {
        throw new ShapeError(
          `linear: x is ${typeText(x)}, but the layer was built with inputSize ${inputSize}. Its last axis must be that.`,
          { expected: inputSize, received: x.shape },
        );
      }
      const y = matmul(x, requireParams("linear", params, keys).W);
      return params.b ? add(y, params.b) : y;
    },
  };
}
