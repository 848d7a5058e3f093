import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { trainingStep } from "../models/training-step.js";
import type { OpenPeer } from "../peers/peer.js";
import { treeAt } from "../translate/paths.js";
import { captionerFor } from "./network.js";
import type { CaptionTask } from "./task.js";

/** Throughtime on a backend: on ONNX Runtime's CPU provider, or on WebAssembly. */
export const opened =
  (name: "ort" | "cpu"): OpenPeer<CaptionTask> =>
  async ({ threads }) => {
    const backend = await (name === "ort" ? ort : cpu)({ threads });
    return {
      device: backend.device,
      async build({ learningRate, clipNorm }, inputs) {
        const [params, batch] = [treeAt("params", inputs), treeAt("batch", inputs)];
        const step = await trainingStep({
          backend,
          model: captionerFor(inputs),
          params,
          batch,
          learningRate,
          clipNorm,
        });
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
