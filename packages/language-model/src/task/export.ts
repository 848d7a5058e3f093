import type { Export } from "@throughtime/task";
import { charModel } from "../char-model.js";
import { checkLanguageModelOnnx } from "../check-onnx.js";
import { LANGUAGE_MODEL, type LmDescription } from "../model-file.js";
import { languageModelToOnnx } from "../to-onnx.js";

/** `throughtime export` of a language model. */
export const exportOnnx: Export<LmDescription> = {
  description:
    "sequence.onnx reads a batch of whole texts, step.onnx one token at a time, with the state as input and output.",
  async write({ checkpoint, description }, { backend, runtime, writer }) {
    const model = charModel(description.model);
    const { settings, vocabulary } = description.tokens.json;
    const onnx = languageModelToOnnx(model, checkpoint.params, {
      metadata: {
        task: LANGUAGE_MODEL.kind,
        model: JSON.stringify(description.model),
        tokens: JSON.stringify(settings),
        vocabulary: JSON.stringify(vocabulary),
        step: String(checkpoint.step),
        writer,
      },
    });
    const agreement = await checkLanguageModelOnnx(model, checkpoint.params, onnx, {
      backend,
      runtime,
    });
    return { files: { "sequence.onnx": onnx.sequence, "step.onnx": onnx.step }, ...agreement };
  },
};
