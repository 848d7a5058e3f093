import { stat } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, DataError } from "@throughtime/core";
import { BEST, LAST } from "@throughtime/train";
import { reasonOf } from "./read-file.js";

/** What `read` makes of a file's content; a CheckpointError says which file it is about. */
export async function inFile<R>(path: string, read: () => R | Promise<R>): Promise<R> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof CheckpointError) || cause.message.startsWith(path)) throw cause;
    throw new CheckpointError(`${path}: ${cause.message}`, cause.details, { cause });
  }
}

/**
 * The checkpoint that a path names, of a folder the best one. Throws DataError where there is none, saying how to train one of
 * `task`, if that is what is missing.
 */
export async function checkpointPath(path: string, task?: string): Promise<string> {
  const found = await kindOf(path);
  if (found === "file") return path;
  const how = (more: string) => (task === undefined ? "" : ` Train a model first: throughtime train ${task}${more}.`);
  if (found === "none") throw new DataError(`cannot read ${path}: there is no such file or folder.${how("")}`);
  for (const name of [BEST, LAST]) if ((await kindOf(join(path, name))) === "file") return join(path, name);
  throw new DataError(`${path} holds no checkpoint (${BEST} or ${LAST}).${how(` --out ${path}`)}`);
}

/** Throws DataError where it cannot be told, which is not the same as nothing being there. */
async function kindOf(path: string): Promise<"file" | "folder" | "none"> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "none";
    throw new DataError(`cannot read ${path}: ${reasonOf(cause)}.`, { path }, { cause });
  }
}
