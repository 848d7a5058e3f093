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

/** Writes models, by their names without ".onnx". Throws what the folder's store throws. */
export async function writeModels(
  folder: string,
  models: Readonly<Record<string, Uint8Array>>,
): Promise<readonly ExportedFile[]> {
  const store = fileStore(folder);
  const files = [];
  for (const [model, bytes] of Object.entries(models)) {
    const name = `${model}.onnx`;
    await store.write(name, bytes);
    files.push({ name, bytes: bytes.length });
  }
  return files;
}
