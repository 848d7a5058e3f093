import { type Backend, type DeviceArray, isDeviceArray } from "./device.js";
import { isNdArray, type NdArray, requireArray } from "./ndarray.js";
import { requireBackend } from "./require.js";
import { flattenTree, type MapTree, placeIn, unflattenTree } from "./tree.js";

// Trees of arrays between the host and a backend.

/** What a compiled function takes at a leaf: a value on the backend, host data (uploaded for this call and freed), or a number. */
export type HostOrDevice = DeviceArray | NdArray | number | boolean;

export const isHostOrDevice = (value: unknown): value is HostOrDevice =>
  isDeviceArray(value) || isNdArray(value) || typeof value === "number" || typeof value === "boolean";

export const HOST_DATA = "arrays made with ndarray(), DeviceArrays, numbers or booleans";

/** A tree whose arrays are on a backend. */
export interface OnBackend<T> {
  readonly tree: T;
  /** Frees what was put there for this tree; DeviceArrays that were given stay their owner's. Again does nothing. */
  release(): void;
}

/**
 * Puts every NdArray of a tree on the backend, to be used for a while: `release` of the result frees what was put there, and
 * nothing else. Other leaves stay. Where one cannot be put there, none stays.
 *
 * @example const { tree, release } = await putOnBackend(backend, params);   // params: on the host, or on the backend
 */
export async function putOnBackend<T>(backend: Backend, tree: T): Promise<OnBackend<MapTree<T, NdArray, DeviceArray>>> {
  return put("putOnBackend", backend, tree);
}

/** Puts every NdArray of a tree on the backend; other leaves stay. Where one cannot be put there, none stays. */
export async function upload<T>(backend: Backend, tree: T): Promise<MapTree<T, NdArray, DeviceArray>> {
  return (await put("upload", backend, tree)).tree;
}

/** Copies every DeviceArray of a tree to the host; other leaves stay. */
export async function download<T>(backend: Backend, tree: T): Promise<MapTree<T, DeviceArray, NdArray>> {
  const { leaves, structure } = leavesOf("download", backend, tree);
  const host = await Promise.all(leaves.map((leaf) => (isDeviceArray(leaf) ? backend.download(leaf) : leaf)));
  return unflattenTree(structure, host) as MapTree<T, DeviceArray, NdArray>;
}

/** Frees every DeviceArray of a tree; other leaves stay, and so do DeviceArrays that were released or donated before. */
export function release(backend: Backend, tree: unknown): void {
  free(backend, leavesOf("release", backend, tree).leaves.filter(isDeviceArray));
}

async function put<T>(op: string, backend: Backend, tree: T): Promise<OnBackend<MapTree<T, NdArray, DeviceArray>>> {
  const { leaves, paths, structure } = leavesOf(op, backend, tree);
  leaves.forEach((leaf, i) => {
    if (isNdArray(leaf)) requireArray(placeIn(`${op}: the tree`, paths[i] as string), leaf);
  });
  const { placed, own } = await place(backend, leaves);
  return {
    tree: unflattenTree(structure, placed) as MapTree<T, NdArray, DeviceArray>,
    release: () => free(backend, own),
  };
}

/** Puts what is on the host on the backend: `placed`, in the order of `values`; `own` is what was put there. All or none. */
export async function place<V extends HostOrDevice>(
  backend: Backend,
  values: readonly V[],
): Promise<{ readonly placed: readonly Exclude<V | DeviceArray, NdArray>[]; readonly own: readonly DeviceArray[] }> {
  const own: DeviceArray[] = [];
  const put = async (value: V) => {
    if (!isNdArray(value)) return value as Exclude<V, NdArray>;
    const array = await backend.upload(value);
    own.push(array);
    return array;
  };
  const pending = values.map(put);
  try {
    return { placed: (await Promise.all(pending)) as Exclude<V | DeviceArray, NdArray>[], own };
  } catch (error) {
    await Promise.allSettled(pending);
    free(backend, own);
    throw error;
  }
}

/** Frees those that are still there. */
export function free(backend: Backend, arrays: readonly DeviceArray[]): void {
  for (const array of arrays) if (array.state === "live") backend.release(array);
}

function leavesOf(op: string, backend: Backend, tree: unknown) {
  requireBackend(op, backend);
  return flattenTree<HostOrDevice>(tree, isHostOrDevice, `${op}: the tree`, HOST_DATA);
}
