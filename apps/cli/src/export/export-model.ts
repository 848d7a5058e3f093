import { type Backend, optimize } from "@throughtime/core";
import { type CharModel, charModel } from "@throughtime/language-model";
import { PRIMITIVES, toOnnx } from "@throughtime/onnx";
import { fileStore } from "@throughtime/train/node";
import type { SavedModel } from "../lm/checkpoint-file.js";
import { VERSION } from "../version.js";
import { exportedPrograms, type NamedProgram } from "./programs.js";
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
  const model: CharModel = charModel(description.model);
  const { params } = checkpoint;
  const { sequence, step } = exportedPrograms(model, params);
  const metadata = {
    task: description.task,
    model: JSON.stringify(description.model),
    vocabulary: JSON.stringify(vocabulary),
    step: String(checkpoint.step),
    throughtime: VERSION,
  };
  const bytes = { sequence: onnxOf("sequence", sequence, metadata), step: onnxOf("step", step, metadata) };
  const agreement = await verifyExport(backend, model, params, bytes);
  const store = fileStore(folder);
  const files = [];
  for (const [name, file] of Object.entries(bytes)) {
    await store.write(`${name}.onnx`, file);
    files.push({ name: `${name}.onnx`, bytes: file.length });
  }
  return { files, ...agreement };
}

/** Standard cells become ONNX's own operators, others a Scan. */
function onnxOf(
  name: string,
  { program, ...names }: NamedProgram,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const lowerings = {};
  const writes = (op: string) => Object.hasOwn(PRIMITIVES, op) || Object.hasOwn(lowerings, op);
  return toOnnx(optimize(program, writes).program, { name, ...names, metadata, lowerings });
}
