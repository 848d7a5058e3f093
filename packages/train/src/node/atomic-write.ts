import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { CheckpointError } from "@throughtime/core";
import { NEW_FILE, nameBeside } from "./exclusive.js";

/** What the writing needs of a file system; another can stand in for Node's. */
export interface Files {
  open(path: string, flags: string | number): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { readonly force: true }): Promise<void>;
}

export interface OpenFile {
  writeFile(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export const nodeFiles: Files = { open, rename, rm };

/**
 * Replaces a file whole or not at all, and durably: writes beside it, syncs, renames over it, syncs the folder. Throws
 * CheckpointError where that fails (a full disk, no permission); the file is then what it was before.
 */
export async function writeAtomically(path: string, bytes: Uint8Array, files: Files = nodeFiles): Promise<void> {
  const beside = nameBeside(path);
  try {
    const file = await files.open(beside, NEW_FILE);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await files.rename(beside, path);
    await syncFolder(dirname(path), files);
  } catch (cause) {
    await files.rm(beside, { force: true }).catch(() => {});
    throw writeError(path, cause as NodeJS.ErrnoException);
  }
}

/**
 * Without it a power cut may undo the rename. Some systems cannot do it (Windows opens no folders); the file is whole
 * either way, the old one or the new, so that is no failure.
 */
async function syncFolder(folder: string, files: Files): Promise<void> {
  const handle = await files.open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close().catch(() => {});
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk quota is used up; free some space",
  EFBIG: "the file is larger than this system allows",
  EACCES: "there is no permission to write there; choose another folder",
  EPERM: "there is no permission to write there; choose another folder",
  ENOENT: "there is no such folder, and none can be made there; choose another",
  EROFS: "the file system is read-only; choose another folder",
  EMFILE: "this process has too many files open (ulimit -n)",
  ENFILE: "the system has too many files open",
};

/** An error of the file system as a CheckpointError that says what to do. */
export function writeError(path: string, cause: NodeJS.ErrnoException): CheckpointError {
  const reason = REASONS[cause.code ?? ""] ?? cause.message;
  return new CheckpointError(
    `checkpoint: cannot write ${path}: ${reason} (${cause.code ?? cause.name}). What was saved there before is as it was.`,
    { path, code: cause.code },
    { cause },
  );
}
