import { fileStore } from "@throughtime/train/node";
import type { Agreement } from "./agreement.js";

export interface ExportedFile {
  readonly name: string;
  readonly bytes: number;
}

/** What was written, and how well it agrees with the model. */
export interface Exported extends Agreement {
  readonly files: readonly ExportedFile[];
}

/** Writes files by their names. Throws what the folder's store throws. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<readonly ExportedFile[]> {
  const store = fileStore(folder);
  const written = [];
  for (const [name, bytes] of Object.entries(files)) {
    await store.write(name, bytes);
    written.push({ name, bytes: bytes.length });
  }
  return written;
}
