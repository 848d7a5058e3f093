import { flattenTree, isNdArray } from "@throughtime/core";
import type { Inputs } from "../problem.js";

/** A tree of arrays as arrays by path: params.encoder.forward.W. */
export function pathsOf(prefix: string, tree: unknown): Inputs {
  const { leaves, paths } = flattenTree(tree, isNdArray);
  return Object.fromEntries(leaves.map((leaf, i) => [`${prefix}.${paths[i]}`, leaf]));
}

/** The tree that `pathsOf` was given. */
export function treeAt(prefix: string, arrays: Inputs): unknown {
  const tree: Record<string, unknown> = {};
  for (const [name, array] of Object.entries(arrays)) {
    if (!name.startsWith(`${prefix}.`)) continue;
    const steps = name.slice(prefix.length + 1).split(".");
    const last = steps.pop() as string;
    let place = tree;
    for (const step of steps) {
      place[step] ??= {};
      place = place[step] as Record<string, unknown>;
    }
    place[last] = array;
  }
  return tree;
}
