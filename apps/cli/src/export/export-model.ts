import type { Backend } from "@throughtime/core";
import { charModel, checkLanguageModelOnnx, languageModelToOnnx } from "@throughtime/language-model";
import type { SavedModel } from "../lm/load.js";
import { VERSION } from "../version.js";
import { checked } from "./check.js";
import { type Exported, writeFiles } from "./write-files.js";

/**
 * Writes sequence.onnx and step.onnx into a folder, after both have been run and agree with the backend. Throws
 * CompileError where they do not (nothing is written then), and what the folder's store throws.
 */
export async function exportModel(
  { checkpoint, description, tokens }: Pick<SavedModel, "checkpoint" | "description" | "tokens">,
  backend: Backend,
  folder: string,
): Promise<Exported> {
  const model = charModel(description.model);
  const { params } = checkpoint;
  const models = languageModelToOnnx(model, params, {
    metadata: {
      task: description.task,
      model: JSON.stringify(description.model),
      tokens: JSON.stringify(tokens.json.settings),
      vocabulary: JSON.stringify(tokens.json.vocabulary),
      step: String(checkpoint.step),
      throughtime: VERSION,
    },
  });
  const agreement = await checked((runtime) => checkLanguageModelOnnx(model, params, models, { backend, runtime }));
  const files = await writeFiles(folder, { "sequence.onnx": models.sequence, "step.onnx": models.step });
  return { files, ...agreement };
}
