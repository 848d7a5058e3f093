import { add, matmul, optionsOf, splitKey, type Tensor } from "@throughtime/core";
import { glorotUniform, type Initializer, requireParams, requirePositive, zerosInitializer } from "@throughtime/nn";
import { perceptron } from "../products.js";
import type { Score, ScoreSizes } from "../score.js";

/** W: [Q, A], U: [M, A], b: [A], v: [A]; c: [A], the weights of coverage, where there is coverage. */
export type AdditiveParams = { W: Tensor; U: Tensor; b: Tensor; v: Tensor; c?: Tensor };

export interface AdditiveOptions extends ScoreSizes {
  /** A: the size of the hidden layer. Default: querySize. */
  readonly size?: number;
  /** "sum": the score also reads the coverage, the sum of all earlier weights of each entry. Default "none". */
  readonly coverage?: "none" | "sum";
  /** How the matrices start; b and c start at zero. Default: Glorot uniform. */
  readonly initializer?: Initializer;
}

/**
 * A perceptron with one hidden layer over query and memory. Bahdanau, Cho & Bengio 2015, "Neural machine translation by jointly learning to align
 * and translate", section A.1.2.
 *
 *     score(q, m) = v·tanh(q·W + m·U + b)
 *
 * With coverage, c·Σ of the earlier weights joins the sum: See, Liu & Manning 2017, "Get to the point", equation 11.
 * m·U + b is computed once for a sequence. Throws OptionError where a size is not positive.
 */
export function additive(options: AdditiveOptions): Score<AdditiveParams> {
  optionsOf("additive", options, "querySize", "memorySize", "size", "coverage", "initializer");
  const { querySize, memorySize, size: A = querySize, coverage = "none", initializer = glorotUniform() } = options;
  requirePositive("additive", { querySize, memorySize, size: A });
  const zeros = zerosInitializer();
  const names = coverage === "none" ? ["W", "U", "b", "v"] : ["W", "U", "b", "v", "c"];
  return {
    name: "additive",
    querySize,
    memorySize,
    coverage,
    init(key) {
      const [kW, kU, kv, kb] = splitKey(key, 4);
      const v = initializer(kv, [A, 1]);
      const params = {
        W: initializer(kW, [querySize, A]),
        U: initializer(kU, [memorySize, A]),
        b: zeros(kb, [A]),
        v: { ...v, shape: [A] },
      };
      return coverage === "none" ? params : { ...params, c: zeros(kb, [A]) };
    },
    keys: ({ U, b }, memory) => add(matmul(memory, U), b), // [B, S, A]
    score(params, query, keys, covered) {
      const { W, v, c } = requireParams("additive", params, names);
      return perceptron(matmul(query, W), keys, v, c, covered);
    },
  };
}
