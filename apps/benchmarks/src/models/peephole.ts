import type { Cell, HostTree } from "@throughtime/cells";
import { add, matmul, mul, sigmoid, split, type Tensor, tanh, zeros } from "@throughtime/core";

/** W: [H, 4H], U: [H, 4H], b: [4H], gates i f o g; p: [3H], peepholes of i f o. */
export type PeepholeParams = { W: Tensor; U: Tensor; b: Tensor; p: Tensor };
type PeepholeState = { h: Tensor; c: Tensor };

/**
 * The cell "custom": an LSTM with peepholes, written as a user would who knows nothing of what comes after.
 * Gers & Schmidhuber 2000, "Recurrent nets that time and count".
 */
export function peephole(H: number, initial: HostTree<PeepholeParams>): Cell<PeepholeParams, PeepholeState> {
  return {
    name: "peephole",
    inputSize: H,
    outputSize: H,
    init: () => initial,
    initialState: (batch) => ({ h: zeros([batch, H]), c: zeros([batch, H]) }),
    step({ W, U, b, p }, { h, c }, x) {
      const z = add(matmul(x, W), matmul(h, U), b); // [B, 4H]
      const [zi, zf, zo, zg] = split(z, 4); // each [B, H]
      const [pi, pf, po] = split(p, 3); // each [H]
      const i = sigmoid(add(zi, mul(pi, c)));
      const f = sigmoid(add(zf, mul(pf, c)));
      const cNext = add(mul(f, c), mul(i, tanh(zg)));
      const o = sigmoid(add(zo, mul(po, cNext)));
      const hNext = mul(o, tanh(cNext));
      return [{ h: hNext, c: cNext }, hNext];
    },
  };
}
