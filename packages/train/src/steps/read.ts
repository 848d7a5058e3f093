import { type Backend, type DeviceArray, flattenTree, isDeviceArray, mapTree, release } from "@throughtime/core";

/** Brings a tree of scalars to the host as numbers, and frees them on the backend. */
export async function readScalars<T>(backend: Backend, tree: unknown): Promise<T> {
  const { leaves } = flattenTree(tree, isDeviceArray);
  const values = await Promise.all(leaves.map((leaf) => backend.download(leaf)));
  release(backend, tree);
  const numbers = new Map<DeviceArray, number>(leaves.map((leaf, i) => [leaf, Number(values[i]?.data[0])]));
  return mapTree(tree, isDeviceArray, (leaf) => numbers.get(leaf)) as T;
}
