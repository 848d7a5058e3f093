import type { OnnxAgreement } from "@throughtime/onnx";
import { fileStore, holdFolder } from "@throughtime/train/node";

export interface ExportedFile {
  readonly name: string;
  readonly bytes: number;
}

/** What was written, and how well it agrees with the model. */
export interface Exported extends OnnxAgreement {
  readonly files: readonly ExportedFile[];
}

/** Writes files by their names, alone in the folder. Throws what holdFolder and the folder's store throw. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<readonly ExportedFile[]> {
  const store = fileStore(folder);
  const letGo = await holdFolder(folder);
  try {
    for (const [name, bytes] of Object.entries(files)) await store.write(name, bytes);
  } finally {
    await letGo();
  }
  return Object.entries(files).map(([name, bytes]) => ({ name, bytes: bytes.length }));
}
