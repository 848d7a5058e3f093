import {
  type CheckpointError,
  flattenTree,
  isNdArray,
  type Key,
  type NdArray,
  OptionError,
  printable,
  quote,
  type Structure,
  unflattenTree,
} from "@throughtime/core";
import { decodeSafetensors, type EncodeOptions, encodeSafetensors, type SafetensorsLimits } from "@throughtime/interop";
import type { Json } from "../json.js";
import type { Stopping } from "../loop/stopping.js";
import type { AnyTree } from "../trees.js";
import { BLANK_SEAL, checkSeal, refusal, seal } from "./seal.js";

/** The complete state of a training between two steps. */
export interface Checkpoint {
  /** How many updates were made. */
  readonly step: number;
  /** Which pass over the data the last of them belonged to, from 0. */
  readonly epoch: number;
  /** The source's cursor of the next batch. */
  readonly cursor: Json;
  /** The key that noise is drawn from. */
  readonly key: Key;
  /** The state of a schedule that depends on validation losses; null for others. */
  readonly schedule: Json;
  readonly stopping: Stopping;
  /** The model's own description: sizes, vocabulary, whatever makes the parameters usable. */
  readonly description: Json;
  /** Trees of host data: what the model learned, the optimizer's state, and the state carried between batches. */
  readonly params: AnyTree;
  readonly optimizer: AnyTree;
  readonly carry: AnyTree;
}

const FORMAT = "throughtime checkpoint 1";

/**
 * A checkpoint as one safetensors file: tensors named by their paths ("params.encoder.W", "optimizer.encoder.W.m"), the
 * rest as JSON in its metadata, and over all of it a SHA-256. Equal checkpoints give equal bytes. Throws OptionError
 * where two leaves have one path. `f32As: "f16"` rounds: of what was trained, not of a training that goes on.
 */
export async function encodeCheckpoint(checkpoint: Checkpoint, options: EncodeOptions = {}): Promise<Uint8Array> {
  const { params, optimizer, carry, ...training } = checkpoint;
  const { leaves, paths, structure } = flattenTree({ params, optimizer, carry }, isNdArray);
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) {
    throw new OptionError(`checkpoint: two tensors are at the path ${twice}. Keep dots out of the tree's keys.`, {
      path: twice,
    });
  }
  const tensors = Object.fromEntries(leaves.map((leaf, i) => [paths[i] as string, leaf]));
  const metadata = {
    ...BLANK_SEAL,
    format: FORMAT,
    structure: JSON.stringify(structure),
    training: JSON.stringify(training),
  };
  const file = encodeSafetensors(tensors, metadata, options);
  await seal(file);
  return file;
}

/**
 * Reads a checkpoint, checking length and digest before anything else. Throws CheckpointError, saying what is wrong,
 * for whatever is not exactly what encodeCheckpoint wrote.
 */
export async function decodeCheckpoint(file: Uint8Array, limits: SafetensorsLimits = {}): Promise<Checkpoint> {
  await checkSeal(file);
  // Its digest is right, so it may be as large as what was written.
  const { tensors, metadata } = decodeSafetensors(file, { headerBytes: 100_000_000, ...limits });
  const facts = readFacts(metadata);
  try {
    return { ...facts, ...rebuild(parse(metadata.structure) as Structure, tensors) };
  } catch (cause) {
    if (isCheckpointError(cause)) throw cause;
    throw refusal(`its metadata cannot be read: ${printable((cause as Error).message)}`, {}, cause);
  }
}

/** What a checkpoint is beside its tensors. */
export type CheckpointFacts = Omit<Checkpoint, "params" | "optimizer" | "carry">;

/** Whether a safetensors file's metadata are those of a checkpoint. */
export const isCheckpoint = (metadata: Readonly<Record<string, string>>): boolean => metadata.format === FORMAT;

/**
 * What stands in a checkpoint's metadata, for whoever looks at a file without reading its tensors: nothing is held
 * against the digest. Throws CheckpointError where they are not those of a checkpoint.
 */
export function readFacts(metadata: Readonly<Record<string, string>>): CheckpointFacts {
  if (!isCheckpoint(metadata)) {
    throw refusal(`the file's format is ${quote(metadata.format)}; this version reads "${FORMAT}"`);
  }
  try {
    const facts = parse(metadata.training) as CheckpointFacts;
    const { step, key, stopping } = facts;
    if (!Number.isSafeInteger(step) || !Array.isArray(key)) throw new TypeError("no step or key");
    if (typeof stopping !== "object" || stopping === null) throw new TypeError("no word on stopping");
    return facts;
  } catch (cause) {
    throw refusal(`its metadata cannot be read: ${printable((cause as Error).message)}`, {}, cause);
  }
}

/** No description of ours nests so deep, and whoever walks one must not run out of stack. */
const MAX_DEPTH = 100;

/** JSON of a file. Throws where it is not there, is none, or nests too deep. */
function parse(text: string | undefined): unknown {
  let depth = 0;
  for (let at = 0, inString = false; at < (text ?? "").length; at++) {
    const char = (text as string)[at];
    if (inString && char === "\\") at++;
    else if (char === '"') inString = !inString;
    else if (!inString && (char === "{" || char === "[") && ++depth > MAX_DEPTH)
      throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
    else if (!inString && (char === "}" || char === "]")) depth--;
  }
  return JSON.parse(text as string);
}

type Trees = Pick<Checkpoint, "params" | "optimizer" | "carry">;

function rebuild(structure: Structure, tensors: Readonly<Record<string, NdArray>>): Trees {
  const names = leafPaths(structure, "");
  const missing = names.find((name) => !Object.hasOwn(tensors, name));
  if (missing !== undefined) throw refusal(`tensor ${quote(missing)} is missing`, { name: missing });
  if (names.length !== Object.keys(tensors).length) throw refusal("it holds tensors that belong to nothing");
  return unflattenTree(
    structure,
    names.map((name) => tensors[name]),
  ) as Trees;
}

function leafPaths(structure: Structure, path: string): string[] {
  const at = (key: string | number) => (path === "" ? String(key) : `${path}.${key}`);
  if (structure.kind === "leaf") return [path];
  if (structure.kind === "array") return structure.items.flatMap((item, i) => leafPaths(item, at(i)));
  return structure.items.flatMap((item, i) => leafPaths(item, at(structure.keys[i] as string)));
}

const isCheckpointError = (error: unknown): error is CheckpointError =>
  error instanceof Error && error.name === "CheckpointError";
