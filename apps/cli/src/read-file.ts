import { readFile } from "node:fs/promises";
import { DataError } from "@throughtime/core";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "there is no permission to read it",
};

/** A file's bytes. Throws DataError where it cannot be read. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new DataError(`cannot read ${path}: ${REASONS[code ?? ""] ?? message}.`, { path, code }, { cause });
  }
}
