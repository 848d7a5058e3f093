import {
  add,
  argmax,
  cast,
  type Dim,
  iota,
  less,
  lessEqual,
  matmul,
  max,
  mul,
  pad,
  reshape,
  slice,
  stopGradient,
  type Tensor,
} from "@throughtime/core";

/**
 * Inversion: the first entry at which the cumulative weight exceeds u of the whole. weights: [B, N], each ≥ 0; u: [B, 1] in [0, 1)
 * → i32 [B]. No gradient flows.
 */
export function draw(weights: Tensor, u: Tensor): Tensor {
  const cumulative = cumulativeSums(stopGradient(weights)); // [B, N]
  // A little less than all of it, so that rounding leaves no u without an entry.
  const share = mul(u, mul(max(cumulative, { axis: 1, keepDims: true }), 1 - 1e-6));
  return argmax(cast(less(share, cumulative), "i32"));
}

/** y_n = Σ_{i ≤ n} x_i, by blocks of √N, so that N may be a vocabulary. x: [B, N] → [B, N]. */
export function cumulativeSums(x: Tensor): Tensor {
  const [B, N] = x.shape as readonly [Dim, number];
  const m = Math.ceil(Math.sqrt(N));
  const [row, column] = [reshape(iota(m), [m, 1]), reshape(iota(m), [1, m])];
  const blocks = reshape(pad(x, { axis: 1, after: m * m - N }), [B, m, m]);
  const within = matmul(blocks, cast(lessEqual(row, column), x.dtype)); // [B, m, m]
  const totals = reshape(slice(within, { axis: 2, start: m - 1 }), [B, m]);
  const before = matmul(totals, cast(less(row, column), x.dtype)); // [B, m]
  return slice(reshape(add(within, reshape(before, [B, m, 1])), [B, m * m]), { axis: 1, end: N });
}
