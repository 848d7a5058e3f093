import { type Type, type } from "@throughtime/core";
import type { Export } from "@throughtime/task";
import { tokensOf } from "@throughtime/text";
import { imageShape } from "@throughtime/vision";
import { CAPTIONING, type CaptionerDescription } from "../file/description.js";
import type { CaptionerModel } from "../file/settings.js";
import { captionModelToOnnx, checkCaptionModelOnnx, type ImageTypes } from "../to-onnx.js";

const f32 = (...shape: readonly number[]): Type => type(["B", ...shape], "f32");

/** What the encoder of a description reads. */
function imagesOf({ encoder, preprocessing }: CaptionerModel): ImageTypes {
  if (encoder.kind === "cnn") return { pixels: f32(...imageShape(preprocessing)) };
  const { height, width, gridSize, pooledSize } = encoder;
  return { grid: f32(height * width, gridSize), pooled: f32(pooledSize) };
}

/** A captioner as encoder.onnx, step.onnx and tokens.json, how pictures are prepared and ids become text. */
export const exportCaptioner: Export<CaptionerDescription> = {
  description:
    "encoder.onnx reads pictures, step.onnx predicts the next word, tokens.json has the preprocessing, the vocabulary and the tokenizer. Where the encoder is frozen, encoder.onnx reads its grid and pooled vector.",
  async write({ checkpoint, description }, { backend, runtime, writer }) {
    const { network, codec, model } = description;
    const images = imagesOf(model);
    const files = captionModelToOnnx(network, checkpoint.params, images, {
      metadata: {
        task: CAPTIONING.kind,
        model: JSON.stringify(model),
        captions: JSON.stringify(codec.settings),
        step: String(checkpoint.step),
        writer,
      },
    });
    const agreement = await checkCaptionModelOnnx(network, checkpoint.params, files, images, { backend, runtime });
    const tokens = JSON.stringify({ preprocessing: model.preprocessing, captions: tokensOf(codec) });
    return {
      files: {
        "encoder.onnx": files.encoder,
        "step.onnx": files.step,
        "tokens.json": new TextEncoder().encode(tokens),
      },
      ...agreement,
    };
  },
};
