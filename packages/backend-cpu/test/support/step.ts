import {
  add,
  broadcast,
  crossEntropy,
  gather,
  key,
  matmul,
  mean,
  mul,
  type NdArray,
  ndarray,
  normal,
  scan,
  sigmoid,
  split,
  splitKey,
  sub,
  type Tensor,
  tanh,
  valueAndGrad,
} from "@throughtime/core";

export type Params = { E: Tensor; U: Tensor; W: Tensor };

/** A training step of a recurrent character model with V characters and H units: params and ids [T, B] to params and a loss. */
export function trainStep(params: Params, ids: Tensor): { params: Params; loss: Tensor } {
  const [loss, slopes] = valueAndGrad((p: Params) => {
    const [H] = p.U.shape as [number];
    const zero = broadcast(0, [ids.shape[1] as number, H]);
    const [, hs] = scan(
      ({ h, c }: { h: Tensor; c: Tensor }, x: Tensor) => {
        const [ifo, g] = split(add(x, matmul(h, p.U)), [3 * H, H]) as [Tensor, Tensor];
        const [i, f, o] = split(sigmoid(ifo), 3) as [Tensor, Tensor, Tensor];
        const next = add(mul(f, c), mul(i, tanh(g)));
        const out = mul(o, tanh(next));
        return [{ h: out, c: next }, out];
      },
      { h: zero, c: zero },
      gather(p.E, ids), // [T, B, 4H]
    );
    return mean(crossEntropy(matmul(hs, p.W), ids));
  }, params);
  const next = (["E", "U", "W"] as const).map((name) => [name, sub(params[name], mul(0.1, slopes[name]))]);
  return { params: Object.fromEntries(next) as Params, loss };
}

/** Weights and ids for it. */
export function trainInputs(V: number, H: number, T: number, B: number) {
  const [a, b, c] = splitKey(key(1), 3);
  const weights = (k: typeof a, ...shape: number[]): NdArray => {
    const { data } = normal(k, shape);
    return ndarray(
      Float32Array.from(data as Float32Array, (x) => x / Math.sqrt(H)),
      { shape },
    );
  };
  return {
    params: { E: weights(a, V, 4 * H), U: weights(b, H, 4 * H), W: weights(c, H, V) },
    ids: ndarray(
      Int32Array.from({ length: T * B }, (_, i) => (i * i + 3 * i) % V),
      { shape: [T, B] },
    ),
  };
}
