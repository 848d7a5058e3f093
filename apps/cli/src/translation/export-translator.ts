import type { Backend } from "@throughtime/core";
import { exportOnnx } from "@throughtime/seq2seq";
import { type Exported, writeModels } from "../export/write-models.js";
import { VERSION } from "../version.js";
import type { SavedTranslator } from "./load.js";
import { network } from "./network.js";
import { verifyTranslator } from "./verify-export.js";

/**
 * Writes encoder.onnx and step.onnx into a folder, after both have been run and agree with the backend. Throws CompileError
 * where they do not (nothing is written then), and what the folder's store throws.
 */
export async function exportTranslator(
  { checkpoint, description }: SavedTranslator,
  backend: Backend,
  folder: string,
): Promise<Exported> {
  const model = network(description.model);
  const models = exportOnnx(model, checkpoint.params, {
    metadata: {
      task: description.task,
      model: JSON.stringify(description.model),
      source: JSON.stringify(description.source),
      target: JSON.stringify(description.target),
      step: String(checkpoint.step),
      throughtime: VERSION,
    },
  });
  const agreement = await verifyTranslator(backend, model, checkpoint.params, models);
  return { files: await writeModels(folder, { ...models }), ...agreement };
}
