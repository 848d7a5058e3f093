import type { Cell, HostTree } from "@throughtime/cells";
import { add, matmul, mul, sigmoid, type Tensor, tanh, zeros } from "@throughtime/core";

/** A gate's own matrices: W and U are [H, H], b is [H]. */
type Gate = { W: Tensor; U: Tensor; b: Tensor };
export type EightGatesParams = { i: Gate; f: Gate; o: Gate; g: Gate };
type EightGatesState = { h: Tensor; c: Tensor };

/** The cell "lstm-eight": the LSTM as a textbook has it, with two matrices for each of its four gates. */
export function eightGates(H: number, initial: HostTree<EightGatesParams>): Cell<EightGatesParams, EightGatesState> {
  return {
    name: "eightGates",
    inputSize: H,
    outputSize: H,
    init: () => initial,
    initialState: (batch) => ({ h: zeros([batch, H]), c: zeros([batch, H]) }),
    step(gates, { h, c }, x) {
      const affine = ({ W, U, b }: Gate) => add(matmul(x, W), matmul(h, U), b); // [B, H]
      const i = sigmoid(affine(gates.i));
      const f = sigmoid(affine(gates.f));
      const o = sigmoid(affine(gates.o));
      const g = tanh(affine(gates.g));
      const cNext = add(mul(f, c), mul(i, g));
      const hNext = mul(o, tanh(cNext));
      return [{ h: hNext, c: cNext }, hNext];
    },
  };
}
