import type { StateLeaf } from "@throughtime/cells";
import { OptionError } from "@throughtime/core";
import type { Bridge } from "./bridge.js";

/**
 * The decoder starts where the encoder ended: Sutskever, Vinyals & Le 2014. Both states must have the same leaves with the
 * same sizes, else `seq2seq` throws OptionError. Has no parameters.
 */
export const copyBridge = (): Bridge => ({
  name: "copy",
  build(encoder, decoder) {
    const text = (leaves: readonly StateLeaf[]) => leaves.map(({ path, size }) => `${path}: ${size}`).join(", ");
    if (text(encoder) !== text(decoder)) {
      throw new OptionError(
        `copyBridge: the encoder ends with {${text(encoder)}}, but the decoder starts with {${text(decoder)}}. Use cells of one kind and size, or linearBridge().`,
        { encoder, decoder },
      );
    }
    return { init: () => ({}), apply: (_, state) => state };
  },
});
