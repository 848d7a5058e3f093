import { CheckpointError, printable, quote } from "@throughtime/core";
import { type Checkpoint, decodeCheckpoint, type Json } from "@throughtime/train";
import { soundsLike } from "./sounds-like.js";

/** The version of what stands in a model file's description. One that is newer is refused. */
export const FORMAT = 1;

/** What every model file says of itself. What a task adds stands beside it. */
export interface Header {
  /** Which task's model it is: its `kind`. */
  readonly task: string;
  readonly format: number;
  /** What wrote it: "throughtime 1.0.0". */
  readonly writer: string;
  /** What opens it in a program. */
  readonly loader: string;
  /** The options that it was trained with. */
  readonly options: Readonly<Record<string, Json>>;
  /** Of a file without the training's state, which cannot be gone on with: how its numbers are stored. */
  readonly packed?: "f32" | "f16";
}

/** A model file: a checkpoint, and what messages call it. */
export interface Saved {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  /** A file that stands beside it, by its name; undefined where there is none. */
  beside?(name: string): Promise<Uint8Array | undefined>;
}

/** A model file's content, from a disk, a `fetch` or an `<input type="file">`. */
export type ModelBytes = Uint8Array | ArrayBuffer | Blob;

export interface OpenOptions {
  /** What messages call the file. Default: "model file". */
  readonly name?: string | undefined;
  /** A file that stands beside it. Default: there is none. */
  beside?(name: string): Promise<Uint8Array | undefined>;
}

/** A task, as far as opening goes by it. */
export interface Opens {
  readonly kind: string;
  readonly noun: string;
  readonly loader: string;
}

/**
 * Reads a model file of any task: its length and its digest are checked before anything else. Throws CheckpointError, saying what it
 * is instead, where it is none, is damaged, or was written by a newer version.
 */
export async function openFile(content: ModelBytes, { name = "model file", beside }: OpenOptions = {}): Promise<Saved> {
  const bytes = await bytesOf(content);
  const path = printable(name);
  const checkpoint = await decodeCheckpoint(bytes).catch((cause: Error) => {
    if (cause.name !== "CheckpointError") throw cause;
    throw new CheckpointError(`${path}: ${soundsLike(bytes) ?? cause.message}`, {}, { cause });
  });
  const { format, writer } = headerOf(checkpoint.description);
  if (typeof format === "number" && format > FORMAT) {
    throw new CheckpointError(
      `${path}: it was written by ${typeof writer === "string" ? printable(writer, 60) : "a newer version"}, whose model files are of format ${format}; this version reads up to ${FORMAT}. Install a newer one.`,
      { format },
    );
  }
  return { path, checkpoint, ...(beside && { beside }) };
}

/**
 * What a task reads of a file's description. Where it is not what this version writes, the error says which version wrote it, if the file
 * says that.
 */
export function readOf<R>(saved: Saved, read: (saved: Saved) => R): R {
  try {
    return read(saved);
  } catch (cause) {
    const { writer } = headerOf(saved.checkpoint.description);
    const { name, message, details } = cause as CheckpointError;
    if (name !== "CheckpointError" || typeof writer !== "string" || !message.includes("not of this version"))
      throw cause;
    throw new CheckpointError(
      `${message} It was written by ${printable(writer, 60)}: open it with that version, or train anew.`,
      details,
      { cause },
    );
  }
}

async function bytesOf(content: ModelBytes): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content;
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  if (typeof Blob !== "undefined" && content instanceof Blob) return new Uint8Array(await content.arrayBuffer());
  throw new CheckpointError(
    `a model file is opened from its bytes: a Uint8Array, an ArrayBuffer or a Blob; received ${quote(content)}. Read the file first: await readFile(path), or (await fetch(url)).arrayBuffer().`,
  );
}

/** What a description says of itself, as far as it does: nothing is believed. */
export const headerOf = (description: Json): Partial<Header> =>
  typeof description === "object" && description !== null ? (description as Partial<Header>) : {};

/** Throws CheckpointError where a model file is not of this task, with the name of what opens it. */
export function requireTask({ path, checkpoint }: Saved, { kind, noun, loader }: Opens): void {
  const { task, loader: own } = headerOf(checkpoint.description);
  if (task === kind) return;
  const what =
    typeof task === "string" ? `a model of the task ${quote(task)}` : "a checkpoint without a description of its model";
  const how = typeof own === "string" ? ` ${printable(own, 100)} opens it.` : "";
  throw new CheckpointError(
    `${path}: it is ${what}, not a ${noun}, which is what ${loader.split(" ")[0]} opens.${how}`,
    { task: task ?? null, expected: kind },
  );
}
