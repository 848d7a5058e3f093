import type { Export } from "@throughtime/task";
import { tokensOf } from "@throughtime/text";
import { checkSeq2seqOnnx } from "../check-onnx.js";
import { seq2seqToOnnx } from "../to-onnx.js";
import { TRANSLATION, type TranslatorDescription } from "../translation/description.js";

/** A translator as encoder.onnx, step.onnx and tokens.json, how texts become ids. */
export const exportTranslator: Export<TranslatorDescription> = {
  description:
    "encoder.onnx reads the source, step.onnx predicts the next word, tokens.json has the vocabularies and tokenizers.",
  async write({ checkpoint, description }, { backend, runtime, writer }) {
    const { network: model, source, target } = description;
    const models = seq2seqToOnnx(model, checkpoint.params, {
      metadata: {
        task: TRANSLATION.kind,
        model: JSON.stringify(description.model),
        source: JSON.stringify(source.settings),
        target: JSON.stringify(target.settings),
        step: String(checkpoint.step),
        writer,
      },
    });
    const agreement = await checkSeq2seqOnnx(model, checkpoint.params, models, { backend, runtime });
    const tokens = JSON.stringify({ source: tokensOf(source), target: tokensOf(target) });
    return {
      files: {
        "encoder.onnx": models.encoder,
        "step.onnx": models.step,
        "tokens.json": new TextEncoder().encode(tokens),
      },
      ...agreement,
    };
  },
};
