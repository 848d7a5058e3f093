import type { NdArray } from "@throughtime/core";
import type { Inputs } from "../../problem.js";
import type { SampleTask } from "../../protocol.js";
import { argmax, type Step } from "../peer.js";
import type { State, Tf, TfTensor, Weights } from "./api.js";

/** a · b. */
export function tfMatmul(tf: Tf, { a, b }: Inputs): Step {
  const [x, y] = [uploaded(tf, a), uploaded(tf, b)];
  return {
    async step() {
      const product = tf.matMul(x, y);
      const data = await product.data();
      product.dispose();
      return data.at(-1) as number;
    },
    async close() {},
  };
}

/** The next character of the LSTM language model. */
export function tfSampling(tf: Tf, { H, V }: SampleTask, weights: Inputs): Step {
  const { E, W, U, b, Wo, bo } = Object.fromEntries(
    ["E", "W", "U", "b", "Wo", "bo"].map((name) => [name, uploaded(tf, weights[name])]),
  ) as unknown as Weights;
  let state: State = [tf.zeros([1, H]), tf.zeros([1, H])];
  let token = 0;
  return {
    async step() {
      const [h, c] = state;
      const [logits, ...next] = tf.tidy(() => {
        const x = tf.matMul(tf.cast(tf.oneHot(tf.tensor1d(Int32Array.of(token), "int32"), V), "float32"), E);
        const [i, f, o, g] = tf.split(tf.add(tf.add(tf.matMul(x, W), b), tf.matMul(h, U)), 4, 1);
        const cNext = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
        const hNext = tf.mul(tf.sigmoid(o), tf.tanh(cNext));
        return [tf.add(tf.matMul(hNext, Wo), bo), hNext, cNext] as const;
      });
      for (const old of state) old.dispose();
      state = next;
      const data = await logits.data();
      logits.dispose();
      token = argmax(data);
      return data[token] as number;
    },
    async close() {},
  };
}

const uploaded = (tf: Tf, array: NdArray | undefined): TfTensor => {
  const { data, shape } = array as NdArray;
  return tf.tensor(data as Float32Array, shape);
};
