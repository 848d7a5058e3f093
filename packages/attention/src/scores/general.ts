import { matmul, optionsOf, type Tensor } from "@throughtime/core";
import { glorotUniform, type Initializer, requirePositive } from "@throughtime/nn";
import { dotProducts } from "../products.js";
import type { Score, ScoreSizes } from "../score.js";

/** W: [M, Q]. */
export type GeneralParams = { W: Tensor };

export interface GeneralOptions extends ScoreSizes {
  /** How W starts. Default: Glorot uniform. */
  readonly initializer?: Initializer;
}

/**
 * A bilinear form of query and memory. Luong, Pham & Manning 2015, "Effective approaches to attention-based neural machine
 * translation", equation 8.
 *
 *     score(q, m) = q·(m·W)
 *
 * m·W is computed once for a sequence. Throws OptionError where a size is not positive.
 */
export function general(options: GeneralOptions): Score<GeneralParams> {
  optionsOf("general", options, "querySize", "memorySize", "initializer");
  const { querySize, memorySize, initializer = glorotUniform() } = options;
  requirePositive("general", { querySize, memorySize });
  return {
    name: "general",
    querySize,
    memorySize,
    coverage: "none",
    init: (key) => ({ W: initializer(key, [memorySize, querySize]) }),
    keys: ({ W }, memory) => matmul(memory, W), // [B, S, Q]
    score: (_, query, keys) => dotProducts(query, keys),
  };
}
