import { BackendError, type DeviceArray, type DType, ReleasedError } from "@throughtime/core";
import type { Tensor } from "onnxruntime-node";
import type { Host } from "./host.js";

/** A value that ONNX Runtime can read. On the CPU its tensor stands over a typed array that is ours alone. */
export interface OrtArray extends DeviceArray {
  readonly host: Host;
  state: "live" | "released" | "donated";
  /** undefined once it is not live. */
  tensor: Tensor | undefined;
}

export const newArray = (host: Host, dtype: DType, tensor: Tensor): OrtArray => ({
  kind: "device",
  host,
  backend: host.name,
  dtype,
  shape: tensor.dims,
  state: "live",
  tensor,
});

/** The array as one of ours that is live. Throws BackendError or ReleasedError, saying what was to be done with it. */
export function liveArray(array: DeviceArray, host: Host, what: string): OrtArray & { tensor: Tensor } {
  const own = array as OrtArray;
  if (own.host !== host) {
    throw new BackendError(
      `${what}: the array lives on another backend (${array.backend}). Download it there and upload it here.`,
    );
  }
  if (own.tensor === undefined) {
    const advice =
      own.state === "donated" ? " A donated input is consumed by the call: use what the call returned." : "";
    throw new ReleasedError(`${what}: the array was ${own.state}.${advice}`, { state: own.state, shape: own.shape });
  }
  return own as OrtArray & { tensor: Tensor };
}

/** Gives up the array's tensor, which is returned. */
export function retire(array: OrtArray, state: "released" | "donated"): Tensor | undefined {
  const { tensor } = array;
  array.state = state;
  array.tensor = undefined;
  return tensor;
}
