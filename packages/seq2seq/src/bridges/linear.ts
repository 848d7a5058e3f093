import { linearState } from "@throughtime/cells";
import { concat, optionsOf } from "@throughtime/core";
import type { Bridge } from "./bridge.js";

export interface LinearBridgeOptions {
  /** What follows the product. Default "tanh". */
  readonly activation?: "tanh" | "none";
}

/**
 * The decoder's first state is a layer over all of the encoder's last: leaf_i = tanh([h ; …]·W_i + b_i). Bahdanau, Cho &
 * Bengio 2015, section A.2.2, where it is over the backward direction only. Fits any two states.
 */
export function linearBridge(options: LinearBridgeOptions = {}): Bridge {
  const { activation = "tanh" } = optionsOf("linearBridge", options, "activation");
  return {
    name: "linear",
    build(encoder, leaves) {
      const inputSize = encoder.reduce((sum, { size }) => sum + size, 0);
      const { init, apply } = linearState({ inputSize, leaves, activation });
      return { init, apply: (params, state) => apply(params, concat(state, { axis: -1 })) };
    },
  };
}
