import { add, expandDims, matmul, mul, reshape, squeeze, type Tensor, tanh } from "@throughtime/core";

/** q·k for every entry: query [B, K], keys [B, S, K] → [B, S]. */
export const dotProducts = (query: Tensor, keys: Tensor): Tensor =>
  squeeze(matmul(expandDims(query, { axis: 1 }), keys, { transposeB: true }), { axis: 1 });

/** v·tanh(q + k + u·c): q [B, A], keys [B, S, A], v [A]; and where there is coverage c [B, S], u [A] → [B, S]. */
export function perceptron(q: Tensor, keys: Tensor, v: Tensor, u?: Tensor, coverage?: Tensor): Tensor {
  const sum = add(keys, expandDims(q, { axis: 1 })); // [B, S, A]
  const covered = u && coverage ? add(sum, mul(expandDims(coverage, { axis: 2 }), u)) : sum;
  const A = v.shape[0] as number;
  return squeeze(matmul(tanh(covered), reshape(v, [A, 1])), { axis: 2 });
}
