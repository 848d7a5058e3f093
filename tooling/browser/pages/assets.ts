// A page that says nothing of where onnxruntime-web's files are.

import { ort } from "@throughtime/backend-ort";
import { add, compile, ndarray, type Tensor } from "@throughtime/core";

/** What the page offers: opens a device, and adds 1 to 1, 2, 3 on it. */
export interface AssetsApi {
  added(device: "cpu" | "webgpu"): Promise<{ device: string; values: number[] }>;
}

const api: AssetsApi = {
  async added(device) {
    const backend = await ort({ device, threads: 2 });
    const plusOne = compile(backend, (x: Tensor) => add(x, 1));
    const { data } = await backend.download(await plusOne(ndarray([1, 2, 3])));
    await backend.close();
    return { device: backend.device, values: [...data] };
  },
};

Object.assign(globalThis, { assets: api });
