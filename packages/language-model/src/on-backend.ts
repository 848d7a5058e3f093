import {
  type Backend,
  type DeviceArray,
  flattenTree,
  isDeviceArray,
  isNdArray,
  type NdArray,
  unflattenTree,
} from "@throughtime/core";

/** A tree of arrays on a backend, and what frees those of them that were put there for it. */
export interface OnBackend {
  readonly tree: unknown;
  release(): void;
}

/** Puts the host arrays of a tree on a backend; arrays that live there already stay their owner's. */
export async function putOnBackend(backend: Backend, tree: unknown): Promise<OnBackend> {
  const { leaves, structure } = flattenTree(tree, isArray);
  const placed = await Promise.all(leaves.map((leaf) => (isDeviceArray(leaf) ? leaf : backend.upload(leaf))));
  return {
    tree: unflattenTree(structure, placed),
    release() {
      placed.forEach((array, i) => {
        if (array !== leaves[i]) backend.release(array);
      });
    },
  };
}

const isArray = (value: unknown): value is NdArray | DeviceArray => isNdArray(value) || isDeviceArray(value);

/** Frees the arrays of a tree that live on the backend. */
export function releaseTree(backend: Backend, tree: unknown): void {
  for (const leaf of flattenTree(tree, isArray).leaves) if (isDeviceArray(leaf)) backend.release(leaf);
}
