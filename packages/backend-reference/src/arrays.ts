import {
  BackendError,
  DEVICE_ARRAY,
  type DeviceArray,
  type NdArray,
  ReleasedError,
  requireDeviceArray,
  shapeText,
} from "@throughtime/core";

interface Slot {
  value: NdArray | undefined;
  state: DeviceArray["state"];
}

/** The DeviceArrays of one backend and the host data behind each. */
export interface Arrays {
  /** Hands out a live array. The data is not copied and must not change any more. */
  put(value: NdArray): DeviceArray;
  /** The data of a live array. Throws ReleasedError, or BackendError for another backend's array. */
  read(array: DeviceArray, use: string): NdArray;
  /** Ends a life; an array that has ended already stays as it is. */
  end(array: DeviceArray, state: "released" | "donated"): void;
  /** How many arrays are live: handed out, and neither released nor donated. */
  count(): number;
  close(): void;
}

export function makeArrays(backend: string): Arrays {
  const slots = new WeakMap<DeviceArray, Slot>();
  let live = 0;
  let closed = false;
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
  return {
    put(value) {
      const slot: Slot = { value, state: "live" };
      const array = Object.freeze({
        __proto__: DEVICE_ARRAY,
        kind: "device",
        shape: value.shape,
        dtype: value.dtype,
        backend,
        get state() {
          return closed && slot.state === "live" ? "released" : slot.state;
        },
      }) as DeviceArray;
      slots.set(array, slot);
      live++;
      return array;
    },
    read(array, use) {
      const { value } = slotOf(array, use);
      if (value && !closed) return value;
      throw new ReleasedError(
        `${backend}: ${use} expected a live array, received ${array.dtype}${shapeText(array.shape)}, which was ${array.state}. ` +
          (array.state === "donated"
            ? "Use what the run returned in its place."
            : "Release an array after its last use."),
        { use, state: array.state },
      );
    },
    end(array, state) {
      const slot = slotOf(array, "release");
      if (!slot.value) return;
      slot.value = undefined;
      slot.state = state;
      live--;
    },
    count: () => (closed ? 0 : live),
    close() {
      closed = true;
    },
  };
}
