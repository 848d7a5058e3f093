import { add, matmul, mul, sigmoid, split, splitKey, sub, type Tensor, tanh, zeros } from "@throughtime/core";
import { glorotUniform, orthogonal } from "@throughtime/nn";
import {
  type AnyCell,
  type AnyUnrollable,
  bidirectional,
  type Cell,
  cellOptions,
  defineSequence,
  dropout,
  type GatedCellOptions,
  type GateParams,
  gatedCell,
  gru,
  lstm,
  maskedState,
  plus,
  type RecurrentNoise,
  residual,
  rnn,
  stacked,
} from "../src/index.js";

export interface Sizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
}

/** A cell as a third party would write it, from nothing: the update gate recurrent unit, Collins et al. 2017, without biases. */
function ugrnn({ inputSize, hiddenSize }: Sizes): Cell<{ W: Tensor; U: Tensor }, { h: Tensor }> {
  return {
    name: "ugrnn",
    inputSize,
    outputSize: hiddenSize,
    init(key) {
      const [kW, kU] = splitKey(key);
      return { W: glorotUniform()(kW, [inputSize, 2 * hiddenSize]), U: orthogonal()(kU, [hiddenSize, 2 * hiddenSize]) };
    },
    initialState: (batch) => ({ h: zeros([batch, hiddenSize]) }),
    step({ W, U }, { h }, x) {
      const [g, c] = split(add(matmul(x, W), matmul(h, U)), 2); // each [B, H]
      const hNext = add(mul(sigmoid(g), h), mul(sub(1, sigmoid(g)), tanh(c)));
      return [{ h: hNext }, hNext];
    },
  };
}

/** The same with `gatedCell`: the minimal gated unit, Zhou et al. 2016. */
const mgu = (options: GatedCellOptions) =>
  gatedCell(cellOptions("mgu", options), {
    gates: ["f", "n"],
    sequence: mguSequenceOp,
    step: mguStep,
  });

function mguStep(
  { W, U, b, bh }: GateParams,
  { h }: { h: Tensor },
  x: Tensor,
  noise?: RecurrentNoise,
): [{ h: Tensor }, Tensor] {
  const hm = maskedState(h, noise);
  const [xf, xn] = split(plus(matmul(x, W), b, bh), 2); // each [B, H]
  const [Uf, Un] = split(U, 2); // each [H, H]
  const f = sigmoid(add(xf, matmul(hm, Uf)));
  const n = tanh(add(xn, matmul(mul(f, hm), Un)));
  const hNext = add(mul(sub(1, f), h), mul(f, n));
  return [{ h: hNext }, hNext];
}

const mguSequenceOp = defineSequence("mguSequence", () => mguStep);

/** Every cell and wrapper of the package, and some that are not of it. Suites run over this list. */
export const ALL_CELLS: readonly { readonly name: string; readonly make: (sizes: Sizes) => AnyCell }[] = [
  { name: "rnn tanh", make: (sizes) => rnn(sizes) },
  { name: "rnn relu", make: (sizes) => rnn({ ...sizes, activation: "relu" }) },
  { name: "rnn sigmoid", make: (sizes) => rnn({ ...sizes, activation: "sigmoid" }) },
  { name: "lstm", make: (sizes) => lstm(sizes) },
  { name: "lstm with peepholes", make: (sizes) => lstm({ ...sizes, peepholes: "diagonal" }) },
  { name: "lstm with a projection", make: (sizes) => lstm({ ...sizes, projectionSize: 2, biases: "two" }) },
  { name: "lstm without biases", make: (sizes) => lstm({ ...sizes, biases: "none", peepholes: "diagonal" }) },
  { name: "gru with two biases, reset before", make: (sizes) => gru({ ...sizes, reset: "before", biases: "two" }) },
  { name: "gru with two biases, reset after", make: (sizes) => gru({ ...sizes, biases: "two" }) },
  { name: "gru without biases", make: (sizes) => gru({ ...sizes, biases: "none" }) },
  { name: "rnn with two biases", make: (sizes) => rnn({ ...sizes, biases: "two" }) },
  { name: "rnn without biases", make: (sizes) => rnn({ ...sizes, biases: "none" }) },
  { name: "gru, reset after", make: (sizes) => gru(sizes) },
  { name: "gru, reset before", make: (sizes) => gru({ ...sizes, reset: "before" }) },
  { name: "a user's own", make: ugrnn },
  { name: "a user's own, gated", make: mgu },
  { name: "dropout of a user's own", make: (sizes) => dropout(mgu({ ...sizes, biases: "two" }), { state: 0.3 }) },
  {
    name: "stack of two kinds",
    make: (sizes) =>
      stacked([
        lstm({ ...sizes, hiddenSize: sizes.hiddenSize + 1 }),
        gru({ ...sizes, inputSize: sizes.hiddenSize + 1 }),
      ]),
  },
  { name: "dropout of input and output", make: (sizes) => dropout(lstm(sizes), { input: 0.3, output: 0.5 }) },
  {
    name: "variational dropout of a gru",
    make: (sizes) => dropout(gru(sizes), { input: 0.3, output: 0.2, state: 0.4, masks: "sequence" }),
  },
  {
    name: "dropout of a projected state",
    make: (sizes) => dropout(lstm({ ...sizes, projectionSize: 2 }), { state: 0.4, output: 0.2 }),
  },
  { name: "dropout of the state at every step", make: (sizes) => dropout(rnn(sizes), { state: 0.4 }) },
  {
    name: "stack of dropouts",
    make: (sizes) =>
      stacked([
        dropout(lstm(sizes), { output: 0.4, state: 0.2 }),
        gru({ ...sizes, inputSize: sizes.hiddenSize }),
        dropout(rnn({ ...sizes, inputSize: sizes.hiddenSize }), { output: 0.3, masks: "sequence" }),
      ]),
  },
  {
    name: "dropout of a stack",
    make: (sizes) =>
      dropout(stacked([lstm(sizes), rnn({ ...sizes, inputSize: sizes.hiddenSize })]), { input: 0.3, output: 0.3 }),
  },
  {
    name: "residual",
    make: ({ inputSize }) => residual(dropout(gru({ inputSize, hiddenSize: inputSize }), { output: 0.3 })),
  },
];

/** What reads whole sequences only. */
export const ALL_SEQUENCE_CELLS: readonly { readonly name: string; readonly make: (sizes: Sizes) => AnyUnrollable }[] =
  [
    {
      name: "bidirectional, concat",
      make: (sizes) =>
        bidirectional({ forward: lstm(sizes), backward: dropout(gru(sizes), { input: 0.3, state: 0.2 }) }),
    },
    {
      name: "bidirectional, sum",
      make: (sizes) => bidirectional({ forward: rnn(sizes), backward: gru(sizes), merge: "sum" }),
    },
    {
      name: "stack of bidirectional and residual",
      make: (sizes) => {
        const above = { inputSize: 2 * sizes.hiddenSize, hiddenSize: sizes.hiddenSize };
        return stacked([
          bidirectional({ forward: gru(sizes), backward: gru(sizes) }),
          residual(bidirectional({ forward: lstm(above), backward: rnn(above) })),
        ]);
      },
    },
  ];
