import { matmul, optionsOf, slice, splitKey, type Tensor } from "@throughtime/core";
import { glorotUniform, type Initializer, requireParams, requirePositive, zerosInitializer } from "@throughtime/nn";
import { perceptron } from "../products.js";
import type { Score, ScoreSizes } from "../score.js";

/** W: [Q + M, A], v: [A]; c: [A], the weights of coverage, where there is coverage. */
export type ConcatParams = { W: Tensor; v: Tensor; c?: Tensor };

export interface ConcatOptions extends ScoreSizes {
  /** A: the size of the hidden layer. Default: querySize. */
  readonly size?: number;
  /** "sum": the score also reads the coverage, the sum of all earlier weights of each entry. Default "none". */
  readonly coverage?: "none" | "sum";
  /** How the matrices start; c starts at zero. Default: Glorot uniform. */
  readonly initializer?: Initializer;
}

/**
 * A perceptron with one hidden layer over the concatenation of query and memory. Luong, Pham & Manning 2015, "Effective approaches to attention-based neural
 * machine translation", equation 8.
 *
 *     score(q, m) = v·tanh([q ; m]·W)
 *
 * The product of m with its rows of W is computed once for a sequence. With coverage, c·Σ of the earlier weights joins
 * the sum (See, Liu & Manning 2017). Throws OptionError where a size is not positive.
 */
export function concatScore(options: ConcatOptions): Score<ConcatParams> {
  optionsOf("concatScore", options, "querySize", "memorySize", "size", "coverage", "initializer");
  const { querySize, memorySize, size: A = querySize, coverage = "none", initializer = glorotUniform() } = options;
  requirePositive("concatScore", { querySize, memorySize, size: A });
  const names = coverage === "none" ? ["W", "v"] : ["W", "v", "c"];
  return {
    name: "concat",
    querySize,
    memorySize,
    coverage,
    init(key) {
      const [kW, kv, kc] = splitKey(key, 3);
      const v = initializer(kv, [A, 1]);
      const params = { W: initializer(kW, [querySize + memorySize, A]), v: { ...v, shape: [A] } };
      return coverage === "none" ? params : { ...params, c: zerosInitializer()(kc, [A]) };
    },
    keys: ({ W }, memory) => matmul(memory, slice(W, { axis: 0, start: querySize })), // [B, S, A]
    score(params, query, keys, covered) {
      const { W, v, c } = requireParams("concatScore", params, names);
      return perceptron(matmul(query, slice(W, { axis: 0, start: 0, end: querySize })), keys, v, c, covered);
    },
  };
}
