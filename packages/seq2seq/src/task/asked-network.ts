import { OptionError } from "@throughtime/core";
import { type Network, network } from "../translation/network.js";
import type { NetworkDescription } from "../translation/settings.js";

/** The network that options ask for. Throws OptionError, in their words, where its parts do not fit each other. */
export function askedNetwork(description: NetworkDescription): Network {
  requireFitting(description);
  return inFlags(() => network(description));
}

/** What seq2seq says of the sizes of tied matrices, by the option that sets them. */
function inFlags<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== "OptionError" || !message.includes("tied")) throw error;
    const said = message
      .replace(/^seq2seq: tied "(\w+)" is/, "--tied $1:")
      .replace(/^seq2seq: /, "--tied: ")
      .replace(/readoutSize: /g, "--readout ");
    throw new OptionError(said, {}, { cause: error });
  }
}

function requireFitting({ attention: score, encoder, hiddenSize: H }: NetworkDescription): void {
  const M = encoder === "bidirectional" ? 2 * H : H;
  if (score === "dot" && M !== H) {
    throw new OptionError(
      `--attention dot multiplies the decoder's state (${H}) by the encoder's (${M} in both directions). Choose --attention general, or --encoder forwards.`,
    );
  }
}
