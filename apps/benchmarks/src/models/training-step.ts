import {
  type Backend,
  compile,
  type DimNames,
  foldIn,
  type Key,
  key,
  scalar,
  type Tensor,
  upload,
  valueAndGrad,
} from "@throughtime/core";
import { adam, clipByNorm, globalNorm } from "@throughtime/train";
import type { Step } from "../peers/peer.js";

/** What `train` takes of a model: the trees of its parameters, batches and noise are its own. */
export interface Trainable {
  readonly dims: { readonly batch: DimNames; readonly noise: DimNames };
  noise(key: Key, batch: never): unknown;
  loss(params: unknown, inputs: { readonly batch: never; readonly noise: unknown }): { readonly loss: Tensor };
}

export interface TrainingWork {
  readonly backend: Backend;
  readonly model: Trainable;
  readonly params: unknown;
  /** Arrays, every time the same. */
  readonly batch: unknown;
  readonly learningRate: number;
  readonly clipNorm: number;
}

interface State {
  readonly params: unknown;
  readonly optimizer: unknown;
}

/** What `train` does in a step, without reading ahead: masks drawn, forward, backward, clipping, Adam. */
export async function trainingStep({
  backend,
  model,
  params,
  batch,
  learningRate,
  clipNorm,
}: TrainingWork): Promise<Step> {
  const optimizer = adam({ learningRate });
  const clip = clipByNorm(clipNorm);
  const update = compile(
    backend,
    (state: State, inputs: { batch: never; noise: unknown }, now: { learningRate: Tensor; step: Tensor }) => {
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
      const noise = model.noise(foldIn(key(1), count), batch as never);
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
