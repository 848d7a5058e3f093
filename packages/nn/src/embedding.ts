import { gather, optionsOf, type Tensor } from "@throughtime/core";
import type { Initializer } from "./initializers/initializer.js";
import { normalInitializer } from "./initializers/normal.js";
import type { Layer } from "./layer.js";
import { requireParams } from "./params.js";
import { requirePositive } from "./positive.js";

/** E: [vocabularySize, size], a row per token. */
export type EmbeddingParams = { E: Tensor };

export interface EmbeddingOptions {
  readonly vocabularySize: number;
  /** The size of a token's vector. */
  readonly size: number;
  /** How the table starts. Default: N(0, 1), as PyTorch's nn.Embedding. */
  readonly initializer?: Initializer;
}

/**
 * An embedding: a vector for each token, y = E[x]. x: i32 [...], each in [0, vocabularySize) → y: [..., size].
 * Throws OptionError where a size is not positive; `apply` throws DtypeError where x is not i32.
 *
 * @example const tokens = embedding({ vocabularySize: 65, size: 32 });
 */
export function embedding(options: EmbeddingOptions): Layer<EmbeddingParams> {
  optionsOf("embedding", options, "vocabularySize", "size", "initializer");
  const { vocabularySize, size, initializer = normalInitializer() } = options;
  requirePositive("embedding", { vocabularySize, size });
  return {
    init: (key) => ({ E: initializer(key, [vocabularySize, size]) }),
    apply: (params, x) => gather(requireParams("embedding", params, ["E"]).E, x),
  };
}
