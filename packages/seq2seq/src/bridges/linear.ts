import { concat, foldIn, optionsOf, tanh } from "@throughtime/core";
import { type LinearParams, linear } from "@throughtime/nn";
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
    build(encoder, decoder) {
      const inputSize = encoder.reduce((sum, { size }) => sum + size, 0);
      const layers = decoder.map(({ path, size }) => ({ path, layer: linear({ inputSize, outputSize: size }) }));
      return {
        init(key) {
          return Object.fromEntries(layers.map(({ path, layer }, i) => [path, layer.init(foldIn(key, i))]));
        },
        apply(params, state) {
          const x = concat(state, { axis: -1 }); // [B, inputSize]
          return layers.map(({ path, layer }) => {
            const y = layer.apply(params[path] as LinearParams, x);
            return activation === "tanh" ? tanh(y) : y;
          });
        },
      };
    },
  };
}
