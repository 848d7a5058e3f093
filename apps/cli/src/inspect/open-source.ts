import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DataError } from "@throughtime/core";
import { reasonOf } from "../read-file.js";

/** A file's bytes, read where they are asked for. */
export interface FileSource {
  readonly size: number;
  read(offset: number, length: number): Uint8Array;
}

/** Opens a file for as long as `use` takes. Throws DataError where it cannot be read, or is no file of a known size. */
export async function withFile<T>(path: string, use: (source: FileSource) => T | Promise<T>): Promise<T> {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const stats = fstatSync(file);
    if (!stats.isFile())
      throw new DataError(`cannot read ${path}: it is not a file, but a folder, a pipe or a device.`);
    return await use(sourceOf(file, stats.size));
  } catch (cause) {
    if (!(cause as NodeJS.ErrnoException).code) throw cause;
    throw new DataError(`cannot read ${path}: ${reasonOf(cause)}.`, { path }, { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const sourceOf = (file: number, size: number): FileSource => ({
  size,
  read(offset, length) {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const count = readSync(file, bytes, at, length - at, offset + at);
      // Somebody made the file shorter.
      if (count === 0) return bytes.subarray(0, at);
      at += count;
    }
    return bytes;
  },
});
