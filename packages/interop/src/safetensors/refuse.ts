import { CheckpointError } from "@throughtime/core";

/** What a file may claim before it is refused. Each is checked before memory is taken for what it counts. */
export interface SafetensorsLimits {
  /** The header's length in bytes. Default: 32,000,000, which is enough for 100,000 tensors. */
  readonly headerBytes?: number;
  /** How many tensors there are, and how many entries the metadata has. Default: 100,000. */
  readonly tensors?: number;
  /** The length of a name, in characters. Default: 4,096. */
  readonly nameLength?: number;
  /** The number of dimensions of one tensor. Default: 32. */
  readonly rank?: number;
}

export const DEFAULT_LIMITS: Required<SafetensorsLimits> = {
  headerBytes: 32_000_000,
  tensors: 100_000,
  nameLength: 4096,
  rank: 32,
};

/** Raises a CheckpointError about a safetensors file. */
export function refuse(what: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown): never {
  throw new CheckpointError(`safetensors: ${what}`, details, cause === undefined ? undefined : { cause });
}
