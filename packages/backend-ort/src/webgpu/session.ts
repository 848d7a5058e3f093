import type { DType } from "@throughtime/core";
import type { InferenceSession, Tensor } from "onnxruntime-common";
import { newArray, type OrtArray } from "../array.js";
import type { Host } from "../host.js";

/**
 * A session whose results stay on the GPU. ONNX Runtime ends the process when a buffer is used after its session is
 * released, so a session that was dropped lives on until the last of its results is gone.
 */
export interface GpuSession {
  run(feeds: readonly Tensor[], dtypes: readonly DType[]): Promise<OrtArray[]>;
  drop(): void;
}

export async function gpuSession(host: Host, model: Uint8Array): Promise<GpuSession> {
  const session: InferenceSession = await host.build(model, { preferredOutputLocation: "gpu-buffer" });
  let results = 0;
  let dropped = false;
  const dropIfUnused = () => {
    if (dropped && results === 0) host.drop(session);
  };
  return {
    async run(feeds, dtypes) {
      const byName = Object.fromEntries(session.inputNames.map((name, i) => [name, feeds[i] as Tensor]));
      const outputs = await host.run(session, byName, session.outputNames);
      return session.outputNames.map((name, i) => {
        const tensor = outputs[name] as Tensor;
        results++;
        return newArray(host, dtypes[i] as DType, tensor, () => {
          tensor.dispose();
          results--;
          dropIfUnused();
        });
      });
    },
    drop() {
      dropped = true;
      dropIfUnused();
    },
  };
}
