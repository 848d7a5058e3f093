import type { NdArray } from "@throughtime/core";
import { type NamedTensors, take, transposed } from "../tensors.js";

/** The parameters of `linear`. W: [D, E]; b: [E], absent where the layer has no bias. */
export type LinearWeights = { W: NdArray; b?: NdArray };

export interface PrefixOptions {
  /** What stands before the names: "head." for head.weight. Default "". */
  readonly prefix?: string;
}

export interface LinearImportOptions extends PrefixOptions {
  /** D. Default: as the file says. */
  readonly inputSize?: number;
  /** E. Default: as the file says. */
  readonly outputSize?: number;
}

/** The parameters of an nn.Linear. Throws CheckpointError where a tensor is missing or has another shape. */
export function linearFromPyTorch(tensors: NamedTensors, options: LinearImportOptions = {}): LinearWeights {
  const { prefix = "", inputSize = null, outputSize = null } = options;
  const who = "nn.Linear from PyTorch";
  const weight = take(who, tensors, `${prefix}weight`, [outputSize, inputSize]);
  const W = transposed(weight);
  return Object.hasOwn(tensors, `${prefix}bias`)
    ? { W, b: take(who, tensors, `${prefix}bias`, [weight.shape[0] as number]) }
    : { W };
}

/** The state_dict of an nn.Linear with these parameters. */
export function linearToPyTorch({ W, b }: LinearWeights, { prefix = "" }: PrefixOptions = {}): Record<string, NdArray> {
  const weight = { [`${prefix}weight`]: transposed(W) };
  return b ? { ...weight, [`${prefix}bias`]: b } : weight;
}
