import type { Backend } from "@throughtime/core";
import { checkSeq2seqOnnx, seq2seqToOnnx } from "@throughtime/seq2seq";
import { checked } from "../export/check.js";
import { type Exported, writeFiles } from "../export/write-files.js";
import { VERSION } from "../version.js";
import { type SideSettings, sideOf } from "./description.js";
import type { SavedTranslator } from "./load.js";
import { network } from "./network.js";

/**
 * Writes encoder.onnx, step.onnx and tokens.json, how texts become ids, into a folder, after both models have been run and
 * agree with the backend. Throws CompileError
 * where they do not (nothing is written then), and what the folder's store throws.
 */
export async function exportTranslator(
  { checkpoint, description }: SavedTranslator,
  backend: Backend,
  folder: string,
): Promise<Exported> {
  const model = network(description.model);
  const models = seq2seqToOnnx(model, checkpoint.params, {
    metadata: {
      task: description.task,
      model: JSON.stringify(description.model),
      source: JSON.stringify(description.source),
      target: JSON.stringify(description.target),
      step: String(checkpoint.step),
      throughtime: VERSION,
    },
  });
  const agreement = await checked((runtime) =>
    checkSeq2seqOnnx(model, checkpoint.params, models, { backend, runtime }),
  );
  const tokens = JSON.stringify({ source: tokensOf(description.source), target: tokensOf(description.target) });
  const files = await writeFiles(folder, {
    "encoder.onnx": models.encoder,
    "step.onnx": models.step,
    "tokens.json": new TextEncoder().encode(tokens),
  });
  return { files, ...agreement };
}

/** A side as readers without this library want it: what it is cut into, and all tokens by id. */
const tokensOf = (side: SideSettings) => ({ ...side.tokens, tokens: sideOf(side).vocabulary.tokens });
