import { lstat, readFile } from "node:fs/promises";
import { DataError, OptionError } from "@throughtime/core";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "there is no permission for it",
  EMFILE: "too many files are open; allow more (ulimit -n 1024)",
  ENFILE: "the system has too many files open",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EIO: "the device failed",
  ENOTDIR: "a part of the path is a file, not a folder",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links go in a circle",
  Z_DATA_ERROR: "it is not gzipped, although its name says so, or it is damaged",
  Z_BUF_ERROR: "it is gzipped, and ends too early",
};

/** A file's bytes. Throws DataError where it cannot be read. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new DataError(`cannot read ${path}: ${reasonOf(cause)}.`, { path }, { cause });
  }
}

/** A file's bytes; undefined where there is none. Throws DataError where it cannot be read. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new DataError(`cannot read ${path}: ${reasonOf(cause)}.`, { path }, { cause });
  }
}

/** Why a file could not be read, for people. */
export function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}

/** Throws OptionError where something is at the path of a file that is to be written. */
export async function requireFreeFile(path: string): Promise<void> {
  const isThere = await lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== "ENOENT",
  );
  if (isThere) throw new OptionError(`--out ${path}: it is there already. Name another file, or remove it.`, { path });
}
