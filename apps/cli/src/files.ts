import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { DataError, OptionError } from "@throughtime/core";
import type { Files } from "@throughtime/task";
import { reasonOf } from "./read-file.js";
import { bytesOf, fileName, isStandardInput, rereadable } from "./text-file.js";

/** Files of this machine's disk, of npm packages, and standard input. */
export function nodeFiles(input?: AsyncIterable<Uint8Array>): Files {
  // What can be read only once is kept, so it is one reader for each path.
  const readers = new Map<string, ReturnType<typeof rereadable>>();
  return {
    open(path, { signal, once = false } = {}) {
      const file = path.startsWith("npm:") ? pathInPackage(path) : path;
      if (once) return bytesOf(file, input, signal);
      const reader = readers.get(path) ?? rereadable(file, input);
      readers.set(path, reader);
      return reader(signal);
    },
    name: (path) => (isStandardInput(path) || path.startsWith("/dev/fd/") ? fileName(path) : basename(path)),
    async list(path) {
      try {
        return (await readdir(path)).sort();
      } catch (cause) {
        throw new DataError(`cannot read ${path}: ${reasonOf(cause)}.`, { path }, { cause });
      }
    },
    requireOneInput(paths) {
      if (paths.filter((path) => path !== undefined && isStandardInput(path)).length > 1) {
        throw new OptionError("Standard input can be only one of the files. Write the others to files, or use <(…).");
      }
    },
  };
}

/** "npm:package/file" as a path. Throws DataError where the package is not installed. */
export function pathInPackage(path: string): string {
  const name = path.slice("npm:".length);
  const [first = "", second = ""] = name.split("/");
  const owner = first.startsWith("@") ? `${first}/${second}` : first;
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new DataError(
      `${owner} is not installed, and its data are needed: npm install ${owner}.`,
      { path },
      { cause },
    );
  }
}
