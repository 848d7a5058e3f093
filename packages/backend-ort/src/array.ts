import {
  BackendError,
  DEVICE_ARRAY,
  type DeviceArray,
  type DType,
  ReleasedError,
  requireDeviceArray,
} from "@throughtime/core";
import type { Tensor } from "onnxruntime-common";
import type { Host } from "./host.js";

/** A value that ONNX Runtime can read. On the CPU its tensor stands over a typed array that is ours alone. */
export interface OrtArray extends DeviceArray {
  readonly host: Host;
  state: "live" | "released" | "donated";
  /** undefined once it is not live. */
  tensor: Tensor | undefined;
  /** The elements of an i32 array that lies on a device, where they are known on the host: ids are checked there. */
  ids?: Int32Array;
  /** Gives the tensor's memory back, where that is more than forgetting it. Doing so twice does nothing. */
  readonly free: (() => void) | undefined;
}

export type LiveArray = OrtArray & { tensor: Tensor };

export function newArray(host: Host, dtype: DType, tensor: Tensor, free?: () => void): OrtArray {
  const once = free && host.ownMemory(free);
  const array = {
    __proto__: DEVICE_ARRAY,
    kind: "device",
    host,
    backend: host.name,
    dtype,
    shape: tensor.dims,
    state: "live",
    tensor,
    free: once,
  } as OrtArray;
  host.arrayMade(array, once);
  return array;
}

/** The array as one of ours that is live. Throws BackendError or ReleasedError, saying what was to be done with it. */
export function liveArray(array: DeviceArray, host: Host, what: string): LiveArray {
  requireDeviceArray(what, array);
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
  return own as LiveArray;
}

/** Ends an array's life. Its tensor is returned where it was live; its memory is not freed yet, since a call may read it. */
export function retire(array: OrtArray, state: "released" | "donated"): Tensor | undefined {
  const { tensor } = array;
  if (tensor === undefined) return undefined;
  array.state = state;
  array.tensor = undefined;
  array.host.arrayGone(array);
  return tensor;
}
