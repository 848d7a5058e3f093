import {
  type Backend,
  compile,
  foldIn,
  key,
  type NdArray,
  scalar,
  type Tensor,
  upload,
  valueAndGrad,
} from "@throughtime/core";
import type { Seq2SeqBatch } from "@throughtime/seq2seq";
import { adam, clipByNorm, globalNorm } from "@throughtime/train";
import type { Step } from "../peers/peer.js";
import type { Network } from "./network.js";

export interface TranslateWork {
  readonly backend: Backend;
  readonly model: Network;
  readonly params: unknown;
  readonly batch: Seq2SeqBatch<NdArray>;
  readonly learningRate: number;
  readonly clipNorm: number;
  readonly beam: number;
}

interface State {
  readonly params: unknown;
  readonly optimizer: unknown;
}

/** What `train` does in a step, without reading ahead: masks drawn, forward, backward, clipping, Adam. */
export async function trainStepOf({
  backend,
  model,
  params,
  batch,
  learningRate,
  clipNorm,
}: TranslateWork): Promise<Step> {
  const optimizer = adam({ learningRate });
  const clip = clipByNorm(clipNorm);
  const update = compile(
    backend,
    (
      state: State,
      inputs: { batch: Seq2SeqBatch<Tensor>; noise: unknown },
      now: { learningRate: Tensor; step: Tensor },
    ) => {
      const [loss, grads] = valueAndGrad((p: unknown) => model.loss(p, inputs).loss, state.params);
      const next = optimizer.update(state.params, clip(grads, globalNorm(grads)), state.optimizer, now);
      return { state: { params: next.params, optimizer: next.state }, loss };
    },
    { donate: 0, dims: [null, model.dims, null] },
  );
  let state: unknown = await upload(backend, { params, optimizer: optimizer.init(params as never) });
  let count = 0;
  return {
    async step() {
      count++;
      const noise = model.noise(foldIn(key(1), count), batch);
      const now = { learningRate: scalar(learningRate), step: scalar(count) };
      const result = (await update(state as never, { batch, noise } as never, now as never)) as {
        state: unknown;
        loss: never;
      };
      state = result.state;
      const { data } = await backend.download(result.loss);
      return data[0] as number;
    },
    async close() {
      update.release();
    },
  };
}
