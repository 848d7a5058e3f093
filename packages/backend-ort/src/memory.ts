import type { NdArray, TypedArray } from "@throughtime/core";
import type { Tensor } from "onnxruntime-common";
import { type LiveArray, newArray, type OrtArray } from "./array.js";
import type { Host } from "./host.js";
import { ELEMENT_TYPES } from "./runtime.js";

/** How data comes to a device and back. To be called in order with everything else (see Host.inOrder). */
export interface Memory {
  upload(array: NdArray): Promise<OrtArray>;
  download(array: LiveArray): Promise<NdArray>;
}

/** A tensor over a copy of host data: the memory may serve a later result once the array is donated. */
export function hostTensor({ runtime, spare }: Host, { data, shape, dtype }: NdArray): Tensor {
  const used = spare.take(dtype, data.length);
  used?.set(data);
  return new runtime.Tensor(ELEMENT_TYPES[dtype], (used ?? data.slice()) as Float32Array, shape) as Tensor;
}

export const cpuMemory = (host: Host): Memory => ({
  upload: async (array) => newArray(host, array.dtype, hostTensor(host, array)),
  download: async ({ tensor, dtype, shape }) => ({ data: (tensor.data as TypedArray).slice(), shape, dtype }),
});
