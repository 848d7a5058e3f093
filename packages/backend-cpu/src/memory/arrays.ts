import {
  allocate as allocateHost,
  BackendError,
  DEVICE_ARRAY,
  type DeviceArray,
  type DType,
  type NdArray,
  ReleasedError,
  requireDeviceArray,
  shapeText,
  sizeOf,
} from "@throughtime/core";
import type { Machine } from "../machine/machine.js";
import type { Allocator } from "./allocator.js";

/** The DeviceArrays of one backend, each over a block of its memory. */
export interface Arrays {
  /** Hands out an array over a block, which is its own from now on. */
  put(address: number, shape: readonly number[], dtype: DType): DeviceArray;
  upload(array: NdArray): DeviceArray;
  download(array: DeviceArray): Promise<NdArray>;
  /** The elements of an i32 array: at once where they were uploaded. */
  ids(array: DeviceArray): Int32Array | Promise<Int32Array>;
  /** The address of a live array. Throws ReleasedError, or BackendError for another backend's array. */
  address(array: DeviceArray, use: string): number;
  /** Ends a life and frees the block; an array that has ended stays as it is. */
  release(array: DeviceArray): void;
  /** Ends a life; the block belongs to the caller now. */
  donate(array: DeviceArray): void;
  /** Keeps a live array's block as it is, even if the array is released, until what this returns is called. */
  hold(array: DeviceArray): () => void;
  count(): number;
  close(): void;
}

interface Slot {
  address: number | undefined;
  state: DeviceArray["state"];
  /** How many runs read it that have not ended. */
  holds: number;
  /** What was uploaded, if it is i32: ids are checked on the host. */
  ids?: Int32Array;
}

export function newArrays(backend: string, allocator: Allocator, machine: Machine): Arrays {
  const slots = new WeakMap<DeviceArray, Slot>();
  let live = 0;
  let closed = false;
  /** What a user drops without releasing is freed when it is collected. */
  const collected = new FinalizationRegistry<Slot>((slot) => end(slot, "released", true));

  const end = (slot: Slot, state: "released" | "donated", free: boolean): void => {
    if (slot.state !== "live") return;
    slot.state = state;
    live--;
    if (free) freeUnheld(slot);
    else slot.address = undefined;
  };
  const freeUnheld = (slot: Slot): void => {
    if (slot.holds > 0 || slot.state === "live" || slot.address === undefined) return;
    allocator.free(slot.address);
    slot.address = undefined;
  };
  const slotOf = (array: DeviceArray, use: string): Slot => {
    const slot = slots.get(array);
    if (slot) return slot;
    requireDeviceArray(`${backend}: what ${use} was given`, array);
    throw new BackendError(
      `${backend}: ${use} expected an array of this backend, received ${array.dtype}${shapeText(array.shape)} of another (${array.backend}). ` +
        "Download it there and upload it here.",
      { use, received: array.backend },
    );
  };
  const addressOf = (array: DeviceArray, use: string): number => {
    const { address, state } = slotOf(array, use);
    if (address !== undefined && state === "live" && !closed) return address;
    throw new ReleasedError(
      `${backend}: ${use} expected a live array, received ${array.dtype}${shapeText(array.shape)}, which was ${array.state}. ` +
        (array.state === "donated"
          ? "Use what the run returned in its place."
          : "Release an array after its last use."),
      { use, state: array.state },
    );
  };
  const put: Arrays["put"] = (address, shape, dtype) => {
    const slot: Slot = { address, state: "live", holds: 0 };
    const array = Object.freeze({
      __proto__: DEVICE_ARRAY,
      kind: "device",
      shape,
      dtype,
      backend,
      get state() {
        return closed && slot.state === "live" ? "released" : slot.state;
      },
    }) as DeviceArray;
    slots.set(array, slot);
    collected.register(array, slot, slot);
    live++;
    return array;
  };
  const finish = (array: DeviceArray, state: "released" | "donated"): void => {
    const slot = slotOf(array, "release");
    collected.unregister(slot);
    end(slot, state, state === "released");
  };
  const hold: Arrays["hold"] = (array) => {
    const slot = slotOf(array, "run");
    slot.holds++;
    return () => {
      slot.holds--;
      freeUnheld(slot);
    };
  };
  const download: Arrays["download"] = async (array) => {
    const address = addressOf(array, "download");
    const data = allocateHost(array.dtype, sizeOf(array.shape));
    const letGo = hold(array);
    try {
      await machine.read(address, new Uint8Array(data.buffer));
    } finally {
      letGo();
    }
    return { data, shape: [...array.shape], dtype: array.dtype };
  };
  return {
    put,
    hold,
    upload({ data, shape, dtype }) {
      const address = allocator.allocate(data.byteLength);
      machine.write(address, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      const array = put(address, [...shape], dtype);
      if (dtype === "i32") slotOf(array, "upload").ids = data.slice() as Int32Array;
      return array;
    },
    ids(array) {
      return slotOf(array, "run").ids ?? download(array).then(({ data }) => data as Int32Array);
    },
    download,
    address: addressOf,
    release: (array) => finish(array, "released"),
    donate: (array) => finish(array, "donated"),
    count: () => (closed ? 0 : live),
    close() {
      closed = true;
    },
  };
}
