import { type Backend, OptionError } from "@throughtime/core";
import type { Exported } from "@throughtime/task";
import { fileStore, holdFolder } from "@throughtime/train/node";
import { loadOnnxRuntime } from "./onnx-runtime.js";
import type { OpenModel } from "./tasks.js";
import { VERSION } from "./version.js";

/** What was written, and how well it agrees with the model. */
export interface ExportedFiles extends Omit<Exported, "files"> {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/**
 * Writes a model for other runtimes into a folder, after the files were run and agree with it. Throws OptionError where its task has no
 * export, BackendError without ONNX Runtime, CompileError where they disagree: then nothing is written.
 */
export async function exportTo(folder: string, { task, saved }: OpenModel, backend: Backend): Promise<ExportedFiles> {
  if (!task.export) throw new OptionError(`${saved.path} is a ${task.noun}, of which there is no export.`);
  const runtime = await loadOnnxRuntime("the exported models cannot be checked");
  const { files, ...agreement } = await task.export.write(saved, {
    backend,
    runtime,
    writer: `throughtime ${VERSION}`,
  });
  return { files: await write(folder, files), ...agreement };
}

/** Writes files by their names, alone in the folder. */
async function write(folder: string, files: Readonly<Record<string, Uint8Array>>) {
  const store = fileStore(folder);
  const letGo = await holdFolder(folder);
  try {
    for (const [name, content] of Object.entries(files)) await store.write(name, content);
  } finally {
    await letGo();
  }
  return Object.entries(files).map(([name, content]) => ({ name, bytes: content.length }));
}
