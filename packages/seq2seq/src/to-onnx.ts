import { type Tensor, type } from "@throughtime/core";
import { type StepwiseModel, type StepwiseOnnx, type StepwiseOnnxOptions, stepwiseToOnnx } from "@throughtime/onnx";
import type { Encoded, Seq2Seq } from "./model.js";

type Source = { readonly source: Tensor; readonly lengths: Tensor };

/** A model as one that reads a source and then writes. */
export const stepwise = <P, S, N>(
  model: Seq2Seq<P, S, N>,
): StepwiseModel<P, Source, Encoded<S>["memory"], Encoded<S>["state"]> => ({
  inputs: { source: type(["S", "B"], "i32"), lengths: type(["B"], "i32") },
  begin: (params, { source, lengths }) => model.encode(params, source, lengths),
  step: (params, encoded, word) => model.step(params, encoded, word),
});

/**
 * Writes a model as ONNX: the encoder with the bridge, and one step of the decoder, with S and B as dynamic axes.
 *
 *     encoder: source i32 [S, B], lengths i32 [B] → memory_…, state_…
 *     step: word i32 [B], memory_…, state_… → logits f32 [B, V], next_…, and where there is attention, attention f32 [B, S]
 *
 * The encoder's outputs have the names of the step's inputs, and next_… replaces state_… after each step: decoding needs no
 * more than these names. `params`: the model's, on the host. Throws UnsupportedOpError for a cell with an op that ONNX has no
 * lowering for.
 *
 * @example const { encoder, step } = seq2seqToOnnx(model, params); await writeFile("step.onnx", step);
 */
export const seq2seqToOnnx = <P, S, N>(
  model: Seq2Seq<P, S, N>,
  params: unknown,
  options: StepwiseOnnxOptions = {},
): StepwiseOnnx => stepwiseToOnnx(stepwise(model), params, options);
