import type { NdArray } from "@throughtime/core";
import { importPeerPackage, peerPackageFile } from "../install.js";
import type { OpenPeer } from "./peer.js";
import type { State, Tf, TfTensor, Wasm, Weights } from "./tfjs-wasm/api.js";
import { tfMatmul, tfSampling } from "./tfjs-wasm/inference.js";

/** The step as a user of TensorFlow.js writes it: a loop over time inside `variableGrads`, on its WebAssembly backend. */
export const open: OpenPeer = async () => {
  const tf = await importPeerPackage<Tf>("tfjs-wasm", "@tensorflow/tfjs");
  const { setWasmPaths } = await importPeerPackage<Wasm>("tfjs-wasm", "@tensorflow/tfjs-backend-wasm");
  setWasmPaths(peerPackageFile("tfjs-wasm", "@tensorflow/tfjs-backend-wasm/dist/"));
  await tf.setBackend("wasm");
  await tf.ready();
  return {
    device: `TensorFlow.js ${tf.version_core} · WASM · 1 thread`,
    async build(task, { tokens, targets, ...weights }) {
      if (task.work === "matmul") return tfMatmul(tf, weights);
      if (task.work === "sample") return tfSampling(tf, task, weights);
      if (task.work === "cnn") throw new Error("tfjs-wasm: there is no convolutional network.");
      const { cell, B, T, H, V, learningRate, inputProduct } = task;
      const variables = Object.fromEntries(
        Object.entries(weights).map(([name, { data, shape }]) => [
          name,
          tf.variable(tf.tensor(data as Float32Array, shape)),
        ]),
      );
      // The backend has no kernel for the gradient of a gather, so tokens are one-hot rows: all there is at this V.
      const rows = ({ data }: NdArray) => tf.oneHot(tf.tensor1d(data as Int32Array, "int32"), V);
      const tokenRows = tf.cast(rows(tokens as NdArray), "float32"); // [T·B, V]
      const targetRows = tf.cast(rows(targets as NdArray), "float32");
      const { W, U, b, bn, p, E, Wo, bo } = variables as Weights;

      const steps: Record<string, (zx: TfTensor, state: State) => readonly [TfTensor, ...TfTensor[]]> = {
        lstm(zx, [h, c]) {
          const [i, f, o, g] = tf.split(tf.add(zx, tf.matMul(h, U)), 4, 1);
          const cNext = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
          return [tf.mul(tf.sigmoid(o), tf.tanh(cNext)), cNext];
        },
        gru(zx, [h]) {
          const [xz, xr, xn] = tf.split(zx, 3, 1);
          const [hz, hr, hn] = tf.split(tf.matMul(h, U), 3, 1);
          const z = tf.sigmoid(tf.add(xz, hz));
          const r = tf.sigmoid(tf.add(xr, hr));
          const n = tf.tanh(tf.add(xn, tf.mul(r, tf.add(hn, bn))));
          return [tf.add(n, tf.mul(z, tf.sub(h, n)))];
        },
        custom(zx, [h, c]) {
          const [zi, zf, zo, zg] = tf.split(tf.add(zx, tf.matMul(h, U)), 4, 1);
          const [pi, pf, po] = tf.split(p, 3);
          const i = tf.sigmoid(tf.add(zi, tf.mul(pi, c)));
          const f = tf.sigmoid(tf.add(zf, tf.mul(pf, c)));
          const cNext = tf.add(tf.mul(f, c), tf.mul(i, tf.tanh(zg)));
          const o = tf.sigmoid(tf.add(zo, tf.mul(po, cNext)));
          return [tf.mul(o, tf.tanh(cNext)), cNext];
        },
      };
      const step = steps[cell];
      if (!step) throw new Error(`tfjs-wasm: there is no cell ${cell}.`);

      const lossOf = (): TfTensor => {
        const times = (x: TfTensor) => tf.add(tf.matMul(x, W), b); // [·, H] → [·, G·H]
        const before = inputProduct === "before";
        const embedded = tf.matMul(tokenRows, E); // [T·B, H]
        let state: readonly TfTensor[] = [tf.zeros([B, H]), tf.zeros([B, H])];
        const hs = tf.split(before ? times(embedded) : embedded, T, 0).map((xt) => {
          state = step(before ? xt : times(xt), state as State);
          return state[0] as TfTensor;
        });
        const logits = tf.add(tf.matMul(tf.concat(hs, 0), Wo), bo); // [T·B, V]
        return tf.neg(tf.mean(tf.sum(tf.mul(targetRows, tf.logSoftmax(logits)), 1)));
      };
      const optimizer = tf.train.sgd(learningRate);
      return {
        async step() {
          const loss = optimizer.minimize(lossOf, true) as TfTensor;
          const [value] = await loss.data();
          loss.dispose();
          return value as number;
        },
        async close() {},
      };
    },
  };
};
