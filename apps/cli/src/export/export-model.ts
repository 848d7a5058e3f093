import type { Backend } from "@throughtime/core";
import { charModel, exportOnnx } from "@throughtime/language-model";
import { fileStore } from "@throughtime/train/node";
import type { SavedModel } from "../lm/checkpoint-file.js";
import { VERSION } from "../version.js";
import { type Agreement, verifyExport } from "./verify.js";

export interface Exported extends Agreement {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/**
 * Writes sequence.onnx and step.onnx into a folder, after both have been run and agree with the backend. Throws
 * CompileError where they do not (nothing is written then), and what the folder's store throws.
 */
export async function exportModel(
  { checkpoint, description, vocabulary }: Pick<SavedModel, "checkpoint" | "description" | "vocabulary">,
  backend: Backend,
  folder: string,
): Promise<Exported> {
  const model = charModel(description.model);
  const { params } = checkpoint;
  const models = exportOnnx(model, params, {
    metadata: {
      task: description.task,
      model: JSON.stringify(description.model),
      vocabulary: JSON.stringify(vocabulary),
      step: String(checkpoint.step),
      throughtime: VERSION,
    },
  });
  const agreement = await verifyExport(backend, model, params, models);
  const store = fileStore(folder);
  const files = [];
  for (const [name, file] of Object.entries(models) as [string, Uint8Array][]) {
    await store.write(`${name}.onnx`, file);
    files.push({ name: `${name}.onnx`, bytes: file.length });
  }
  return { files, ...agreement };
}
