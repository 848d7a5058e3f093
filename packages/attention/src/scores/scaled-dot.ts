import { matmul, mul, optionsOf, splitKey, type Tensor } from "@throughtime/core";
import { glorotUniform, type Initializer, requirePositive } from "@throughtime/nn";
import { dotProducts } from "../products.js";
import type { Score, ScoreSizes } from "../score.js";

/** W: [Q, K], U: [M, K]. */
export type ScaledDotParams = { W: Tensor; U: Tensor };

export interface ScaledDotOptions extends ScoreSizes {
  /** K: the size of the projections. Default: querySize. */
  readonly size?: number;
  /** How the matrices start. Default: Glorot uniform. */
  readonly initializer?: Initializer;
}

/**
 * The product of projections of query and memory, scaled so that its variance does not grow with their size. Vaswani et
 * al. 2017, "Attention is all you need", equation 1, with one head.
 *
 *     score(q, m) = (q·W)·(m·U) / √K
 *
 * m·U is computed once for a sequence. Throws OptionError where a size is not positive.
 */
export function scaledDot(options: ScaledDotOptions): Score<ScaledDotParams> {
  optionsOf("scaledDot", options, "querySize", "memorySize", "size", "initializer");
  const { querySize, memorySize, size: K = querySize, initializer = glorotUniform() } = options;
  requirePositive("scaledDot", { querySize, memorySize, size: K });
  return {
    name: "scaledDot",
    querySize,
    memorySize,
    coverage: "none",
    init(key) {
      const [kW, kU] = splitKey(key);
      return { W: initializer(kW, [querySize, K]), U: initializer(kU, [memorySize, K]) };
    },
    // Scaled once for a sequence, where it costs nothing.
    keys: ({ U }, memory) => mul(matmul(memory, U), 1 / Math.sqrt(K)), // [B, S, K]
    score: ({ W }, query, keys) => dotProducts(matmul(query, W), keys),
  };
}
