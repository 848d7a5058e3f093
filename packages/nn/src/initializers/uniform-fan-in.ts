import { OptionError, uniform } from "@throughtime/core";
import type { Initializer } from "./initializer.js";

/**
 * U(−1/√n, 1/√n), for any shape; n is a layer's number of inputs, or for a recurrent cell its hidden size H, whatever the
 * parameter's own shape. This is how PyTorch starts nn.Linear, nn.RNN, nn.LSTM and nn.GRU, biases included.
 * Throws OptionError where n is not positive. LeCun et al. 1998, "Efficient BackProp", section 4.6, up to the factor √3.
 */
export function uniformFanIn(n: number): Initializer {
  if (!(n > 0))
    throw new OptionError(`uniformFanIn: n must be positive, received ${n}. Give the number of inputs, or H.`, { n });
  const bound = 1 / Math.sqrt(n);
  return (key, shape) => uniform(key, shape, -bound, bound);
}
