import {
  CheckpointError,
  flattenTree,
  isNdArray,
  type NdArray,
  sameShape,
  typeText,
  unflattenTree,
} from "@throughtime/core";
import { firstDifference, type Json } from "../json.js";
import type { AnyTree } from "../trees.js";
import type { Checkpoint } from "./format.js";

export type StateTrees = Pick<Checkpoint, "params" | "optimizer" | "carry">;

/**
 * The trees of a checkpoint in the structure of those that a new training would begin with. Throws CheckpointError
 * naming what does not fit: a tensor that is missing or of another shape, or another description of the model.
 */
export function restore(checkpoint: Checkpoint, fresh: StateTrees, description: Json): StateTrees {
  const difference = firstDifference(checkpoint.description, description);
  if (difference !== undefined) {
    throw new CheckpointError(
      `resume: the checkpoint is of another model: its description differs at ${difference}. ` +
        "Describe the same model (sizes, vocabulary), or begin a training of its own in another place.",
      { path: difference },
    );
  }
  return {
    params: fitted("params", checkpoint.params, fresh.params),
    optimizer: fitted("optimizer", checkpoint.optimizer, fresh.optimizer),
    carry: fitted("carry", checkpoint.carry, fresh.carry),
  };
}

function fitted(what: string, saved: AnyTree, fresh: AnyTree): AnyTree {
  const have = flattenTree(saved, isNdArray);
  const want = flattenTree(fresh, isNdArray);
  const byPath = new Map<string, NdArray>(have.leaves.map((leaf, i) => [have.paths[i] as string, leaf]));
  const extra = have.paths.find((path) => !want.paths.includes(path));
  if (extra !== undefined) throw misfit(`${what}.${extra} is in the checkpoint, and this training has no such tensor`);
  const leaves = want.leaves.map((expected, i) => {
    const path = want.paths[i] as string;
    const leaf = byPath.get(path);
    if (!leaf) throw misfit(`${what}.${path} is not in the checkpoint`);
    if (leaf.dtype === expected.dtype && sameShape(leaf.shape, expected.shape)) return leaf;
    throw misfit(`${what}.${path} is ${typeText(leaf)} in the checkpoint and ${typeText(expected)} in this training`);
  });
  return unflattenTree(want.structure, leaves);
}

const misfit = (what: string) =>
  new CheckpointError(`resume: ${what}. Resume with the model, optimizer and carry that the checkpoint was made with.`);
