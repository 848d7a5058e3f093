import { createRequire } from "node:module";
import type { Runtime } from "@throughtime/backend-ort";
import type { NdArray } from "@throughtime/core";
import { createHandLstm } from "../hand/run.js";
import type { OpenPeer } from "./peer.js";

/** The LSTM's training step, written directly as one ONNX graph: see `hand/`. */
export const open: OpenPeer = async ({ threads }) => {
  // The very runtime that our own backend runs on.
  const runtime = createRequire(import.meta.resolve("@throughtime/backend-ort"))("onnxruntime-node") as Runtime;
  return {
    device: "ONNX Runtime · a graph written by hand",
    async build(task, { E, W, U, b, Wo, bo, tokens, targets }) {
      if (task.work !== "train-step") throw new Error(`hand: there is no graph for ${task.work}.`);
      const { B, T, H, V, learningRate } = task;
      const rows = (array: NdArray | undefined) => transposed(array as NdArray);
      const flat = (array: NdArray | undefined) => (array as NdArray).data as Float32Array;
      const weights = { E: flat(E), W: rows(W), U: rows(U), b: flat(b), Wo: rows(Wo), bo: flat(bo) };
      const initial = { tokens: tokens?.data as Int32Array, targets: targets?.data as Int32Array, weights };
      const embedding = V < T * B ? "commuted" : "plain";
      const hand = await createHandLstm({ B, T, H, V, threads, learningRate, initial, embedding, runtime });
      return { step: hand.step, close: hand.release };
    },
  };
};

function transposed({ data, shape }: NdArray): Float32Array {
  const [rows, columns] = shape as readonly [number, number];
  const at = (k: number) => data[(k % rows) * columns + Math.floor(k / rows)] as number;
  return Float32Array.from({ length: data.length }, (_, k) => at(k));
}
