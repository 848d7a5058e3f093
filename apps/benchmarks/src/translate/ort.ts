import { ort } from "@throughtime/backend-ort";
import type { NdArray } from "@throughtime/core";
import type { Seq2SeqBatch } from "@throughtime/seq2seq";
import { trainingStep } from "../models/training-step.js";
import type { OpenPeer } from "../peers/peer.js";
import { decodeStepOf } from "./decode-step.js";
import { translatorOf } from "./network.js";
import { treeAt } from "./paths.js";
import type { TranslateTask } from "./task.js";

/** Throughtime on ONNX Runtime's CPU provider. */
export const open: OpenPeer<TranslateTask> = async ({ threads }) => {
  const backend = await ort({ threads });
  return {
    device: backend.device,
    async build({ work, dropout, ...task }, inputs) {
      const size = (name: string, axis: number) => inputs[name]?.shape[axis] as number;
      const [Vs, E] = [size("params.source.E", 0), size("params.source.E", 1)];
      const model = translatorOf({
        Vs,
        E,
        Vt: size("params.target.E", 0),
        H: size("params.decoder.cell.U", 0),
        dropout,
      });
      const params = treeAt("params", inputs);
      const batch = treeAt("batch", inputs) as Seq2SeqBatch<NdArray>;
      const step = await (work === "train" ? trainingStep : decodeStepOf)({ backend, model, params, batch, ...task });
      return {
        ...step,
        async close() {
          await step.close();
          await backend.close();
        },
      };
    },
  };
};
