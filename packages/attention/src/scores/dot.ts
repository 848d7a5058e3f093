import { OptionError, optionsOf, type Tensor } from "@throughtime/core";
import { requirePositive } from "@throughtime/nn";
import { dotProducts } from "../products.js";
import type { Score, ScoreSizes } from "../score.js";

/** None. */
export type DotParams = { readonly [name: string]: Tensor };

/**
 * The product of query and memory. Luong, Pham & Manning 2015, "Effective approaches to attention-based neural machine
 * translation", equation 8.
 *
 *     score(q, m) = q·m
 *
 * Has no parameters. Throws OptionError where the sizes are not positive and equal.
 */
export function dot(options: ScoreSizes): Score<DotParams> {
  const { querySize, memorySize } = optionsOf("dot", options, "querySize", "memorySize");
  requirePositive("dot", { querySize, memorySize });
  if (querySize !== memorySize) {
    throw new OptionError(
      `dot: a query of size ${querySize} has no product with a memory of size ${memorySize}. Make them equal, or use general().`,
      { querySize, memorySize },
    );
  }
  return {
    name: "dot",
    querySize,
    memorySize,
    coverage: "none",
    init: () => ({}),
    keys: (_, memory) => memory,
    score: (_, query, keys) => dotProducts(query, keys),
  };
}
