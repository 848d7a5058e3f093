import {
  type Backend,
  compile,
  crossEntropy,
  key,
  mean,
  ndarray,
  normal,
  randomBits,
  scalar,
  splitKey,
  type Tensor,
  upload,
  valueAndGrad,
} from "@throughtime/core";
import { linear } from "@throughtime/nn";
import { adam } from "@throughtime/train";
import { type CnnParams, cnn } from "@throughtime/vision";
import type { Step } from "../peers/peer.js";
import type { Inputs } from "../problem.js";
import { pathsOf, treeAt } from "../translate/paths.js";

type Params = { readonly encoder: CnnParams; readonly output: { W: Tensor; b: Tensor } };
type Batch = { readonly pixels: Tensor; readonly labels: Tensor };

/** Height and width of the pictures, and how many classes there are. */
const SIZE = 64;
const CLASSES = 10;

/** `cnn` of @throughtime/vision as it is by default, and a linear layer over the mean of its grid. */
const encoder = cnn({ size: [SIZE, SIZE] });
const output = linear({ inputSize: encoder.pooledSize, outputSize: CLASSES });

const lossOf = (params: Params, { pixels, labels }: Batch): Tensor =>
  mean(crossEntropy(output.apply(params.output, encoder.encode(params.encoder, { pixels }).pooled), labels));

/** First parameters by their paths, and B pictures of noise with a class each. Equal seeds give equal inputs. */
export function makeImageInputs(B: number, seed = 0): Inputs {
  const [encoderKey, outputKey, pixelsKey, labelsKey] = splitKey(key(seed), 4);
  return {
    ...pathsOf("params", { encoder: encoder.init(encoderKey), output: output.init(outputKey) }),
    "batch.pixels": normal(pixelsKey, [B, 3, SIZE, SIZE]),
    "batch.labels": ndarray(Int32Array.from(randomBits(labelsKey, B), (bits) => bits % CLASSES)),
  };
}

/** A training step: forward, mean cross-entropy, backward, Adam. B is a named size, as in an application. */
export async function buildImageClassifier(backend: Backend, learningRate: number, inputs: Inputs): Promise<Step> {
  const optimizer = adam({ learningRate });
  type State = { params: Params; optimizer: unknown };
  const update = compile(
    backend,
    (state: State, batch: Batch, now: { learningRate: Tensor; step: Tensor }) => {
      const [loss, grads] = valueAndGrad((p: Params) => lossOf(p, batch), state.params);
      const next = optimizer.update(state.params, grads, state.optimizer as never, now);
      return { state: { params: next.params, optimizer: next.state }, loss };
    },
    { donate: 0, dims: [null, { ...encoder.dims, labels: ["B"] }, null] },
  );
  const params = treeAt("params", inputs) as never;
  const batch = treeAt("batch", inputs);
  let state: unknown = await upload(backend, { params, optimizer: optimizer.init(params) });
  let count = 0;
  return {
    async step() {
      const now = { learningRate: scalar(learningRate), step: scalar(++count) };
      const result = (await update(state as never, batch as never, now as never)) as { state: unknown; loss: never };
      state = result.state;
      const { data } = await backend.download(result.loss);
      return data[0] as number;
    },
    async close() {
      update.release();
      await backend.close();
    },
  };
}
