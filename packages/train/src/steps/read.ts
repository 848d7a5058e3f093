import { type Backend, type DeviceArray, flattenTree, isDeviceArray, mapTree } from "@throughtime/core";

/** Brings a tree of scalars to the host as numbers, and frees them on the backend. */
export async function readScalars<T>(backend: Backend, tree: unknown): Promise<T> {
  const { leaves } = flattenTree(tree, isDeviceArray);
  const values = await Promise.all(leaves.map((leaf) => backend.download(leaf)));
  releaseTree(backend, tree);
  const numbers = new Map<DeviceArray, number>(leaves.map((leaf, i) => [leaf, Number(values[i]?.data[0])]));
  return mapTree(tree, isDeviceArray, (leaf) => numbers.get(leaf)) as T;
}

/** Frees what lives on the backend; host data and what is gone already stay as they are. */
export function releaseTree(backend: Backend, tree: unknown): void {
  if (isDeviceArray(tree)) {
    if (tree.state === "live") backend.release(tree);
  } else if (typeof tree === "object" && tree !== null && !ArrayBuffer.isView(tree)) {
    for (const item of Object.values(tree)) releaseTree(backend, item);
  }
}
