import { type CellParams, type CellState, cellSize, gru, unroll } from "@throughtime/cells";
import {
  cast,
  crossEntropy,
  type Dim,
  div,
  expandDims,
  iota,
  type Key,
  less,
  type NdArray,
  reshape,
  select,
  splitKey,
  sum,
  type Tensor,
  tanh,
} from "@throughtime/core";
import { embedding, linear, type ParamsOf } from "@throughtime/nn";

// A picture comes in, a caption comes out, character by character:
//
//     h₀ = tanh(W·pixels + b)     h = GRU(E[caption], h₀)     p(next character) = softmax(V·h + c)

export type Sizes = {
  readonly width: number;
  readonly height: number;
  readonly embedding: number;
  readonly hidden: number;
};
/** pixels: [B, width·height], from 0, white, to 1; input and output: [T, B]; lengths: [B]. */
export type Batch<A = NdArray> = { pixels: A; input: A; output: A; lengths: A };

export type Network = ReturnType<typeof network>;
export type Params = Parameters<Network["loss"]>[0];

export function network({ width, height, embedding: size, hidden }: Sizes, vocabularySize: number) {
  const look = linear({ inputSize: width * height, outputSize: hidden });
  const table = embedding({ vocabularySize, size });
  const cell = gru({ inputSize: size, hiddenSize: hidden });
  const output = linear({ inputSize: hidden, outputSize: vocabularySize });
  type Params = {
    look: ParamsOf<typeof look>;
    table: ParamsOf<typeof table>;
    cell: CellParams<typeof cell>;
    output: ParamsOf<typeof output>;
  };
  const begin = (p: Params, pixels: Tensor): CellState<typeof cell> => ({ h: tanh(look.apply(p.look, pixels)) });
  return {
    size: (width * height + 1) * hidden + vocabularySize * size + cellSize(cell) + (hidden + 1) * vocabularySize,
    begin,
    init(seed: Key) {
      const [k0, k1, k2, k3] = splitKey(seed, 4);
      return { look: look.init(k0), table: table.init(k1), cell: cell.init(k2), output: output.init(k3) };
    },
    loss(p: Params, { batch: { pixels, input, output: said, lengths } }: { batch: Batch<Tensor> }) {
      const state = begin(p, pixels);
      const { outputs } = unroll(cell, p.cell, table.apply(p.table, input), { state, lengths }); // [T, B, H]
      const nats = crossEntropy(output.apply(p.output, outputs), said); // [T, B]
      const live = less(reshape(iota(said.shape[0] as Dim), [-1, 1]), expandDims(lengths, { axis: 0 }));
      return { loss: div(sum(select(live, nats, 0)), sum(cast(live, "f32"))) };
    },
    step(p: Params, state: CellState<typeof cell>, token: Tensor) {
      const [next, h] = cell.step(p.cell, state, table.apply(p.table, token));
      return { state: next, logits: output.apply(p.output, h) };
    },
    dims: { batch: { pixels: ["B", null], input: ["T", "B"], output: ["T", "B"], lengths: ["B"] } },
  };
}
