import type { AnyCell } from "@throughtime/cells";
import {
  type Backend,
  compile,
  type DeviceArray,
  type NdArray,
  ndarray,
  type Tensor,
  type Tree,
  upload,
  zerosArray,
} from "@throughtime/core";
import { embedding, linear } from "@throughtime/nn";
import { V } from "../config.js";
import { argmax, type Step } from "../peers/peer.js";
import type { Inputs } from "../problem.js";
import { cellOf } from "./cell-of.js";

type Params = { embedding: { E: Tensor }; cell: Tree<Tensor>; output: { W: Tensor; b: Tensor } };
type State = Tree<Tensor>;

/** One character of the language model: token [1] → logits [1, V] and the next state, which is donated. */
const characterOf = (cell: AnyCell, H: number) => {
  const embed = embedding({ vocabularySize: V, size: H });
  const output = linear({ inputSize: H, outputSize: V });
  return (params: Params, token: Tensor, state: State): { logits: Tensor; state: State } => {
    const [next, h] = cell.step(params.cell, state, embed.apply(params.embedding, token), {});
    return { logits: output.apply(params.output, h), state: next as State };
  };
};

/** Writes with the LSTM of a training step's inputs, always the likeliest character. */
export async function buildSampling(backend: Backend, H: number, inputs: Inputs): Promise<Step> {
  const { E, Wo, bo } = inputs;
  const { cell, params: cellParams } = cellOf("lstm", H, inputs);
  const next = compile(backend, characterOf(cell, H), { donate: 2 }) as unknown as {
    (params: unknown, token: NdArray, state: unknown): Promise<{ logits: DeviceArray; state: unknown }>;
    release(): void;
  };
  const params = await upload(backend, { embedding: { E }, cell: cellParams, output: { W: Wo, b: bo } });
  let state: unknown = await upload(backend, { h: zerosArray([1, H]), c: zerosArray([1, H]) });
  let token = 0;
  return {
    async step() {
      const result = await next(params, ndarray(Int32Array.of(token)), state);
      state = result.state;
      const { data } = await backend.download(result.logits);
      backend.release(result.logits);
      token = argmax(data);
      return data[token] as number;
    },
    async close() {
      next.release();
      await backend.close();
    },
  };
}
