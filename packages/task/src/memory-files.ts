import { DataError, OptionError, printable } from "@throughtime/core";
import type { Files } from "./files.js";

/** What a file holds: a text, which is read as UTF-8, its bytes, or what an `<input type="file">` gives. */
export type FileContent = string | Uint8Array | Blob;

/**
 * Files that are in memory, by their paths: of a page, or of a test. "-" is standard input; gzipped ones are unzipped.
 *
 * @example const files = memoryFiles({ "poems.txt": "the rain …", "npm:moby-dick/data/file_list.json": json });
 */
export function memoryFiles(contents: Readonly<Record<string, FileContent>>): Files {
  const name = (path: string) => (path === "-" ? "standard input" : (path.split("/").at(-1) as string));
  return {
    name,
    async *open(path, { signal } = {}) {
      const content = Object.hasOwn(contents, path) ? contents[path] : undefined;
      if (content === undefined) throw unreadable(path, "there is no such file");
      signal?.throwIfAborted();
      const bytes = await bytesOf(content);
      if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) yield bytes;
      else yield* unzipped(path, bytes);
    },
    async list(path) {
      const folder = path.endsWith("/") ? path : `${path}/`;
      const inside = Object.keys(contents).filter((file) => file.startsWith(folder));
      if (inside.length === 0) throw unreadable(path, "there is no such folder");
      return [...new Set(inside.map((file) => file.slice(folder.length).split("/")[0] as string))].sort();
    },
    requireOneInput(paths) {
      if (paths.filter((path) => path === "-").length > 1) {
        throw new OptionError("Standard input can be only one of the files. Write the others to files.");
      }
    },
  };
}

async function bytesOf(content: FileContent): Promise<Uint8Array> {
  if (typeof content === "string") return new TextEncoder().encode(content);
  return content instanceof Uint8Array ? content : new Uint8Array(await content.arrayBuffer());
}

async function* unzipped(path: string, bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value as Uint8Array;
  } catch (cause) {
    throw unreadable(path, "it is gzipped, and damaged or cut", cause);
  } finally {
    await reader.cancel().catch(() => {});
  }
}

const unreadable = (path: string, why: string, cause?: unknown): DataError =>
  new DataError(`cannot read ${printable(path)}: ${why}.`, { path }, { cause });
