import { foldIn, isType, key, mapTree, type NdArray, normal, type Type } from "@throughtime/core";
import {
  checkStepwiseOnnx,
  type OnnxAgreement,
  type OnnxCheckOptions,
  type StepwiseModel,
  type StepwiseOnnx,
  type StepwiseOnnxOptions,
  stepwiseToOnnx,
} from "@throughtime/onnx";
import type { ImageTensors } from "@throughtime/vision";
import type { CaptionModel } from "./model.js";

/** The types of what a model's encoder reads, with "B" for the axis of pictures: `{ pixels: type(["B", 3, 64, 64]) }`, or `{ grid, pooled }`. */
export type ImageTypes = ImageTensors<Type>;

type Begun<P, S, N> = ReturnType<CaptionModel<P, S, N>["begin"]>;

const stepwise = <P, S, N>(
  model: CaptionModel<P, S, N>,
  images: ImageTypes,
): StepwiseModel<P, ImageTensors, Begun<P, S, N>["memory"], Begun<P, S, N>["state"]> => ({
  inputs: images as never,
  begin: (params, inputs) => model.begin(params, inputs),
  step: (params, begun, word) => model.step(params, begun, word),
});

/**
 * Writes a model as ONNX: the encoder, up to what a step reads of a picture and the first state, and one step, with B as a dynamic axis.
 *
 *     encoder: pixels f32 [B, C, H, W], or grid f32 [B, L, D] and pooled f32 [B, P] → memory_…, state_…
 *     step: word i32 [B], memory_…, state_… → logits f32 [B, V], next_…, and where there is attention, attention f32 [B, L]
 *
 * The encoder's outputs have the names of the step's inputs, and next_… replaces state_… after each step. `params`: the model's, on the
 * host. Throws UnsupportedOpError for a cell with an op that ONNX has no lowering for.
 *
 * @example captionModelToOnnx(model, params, { pixels: type(["B", 3, 64, 64]) })
 */
export const captionModelToOnnx = <P, S, N>(
  model: CaptionModel<P, S, N>,
  params: unknown,
  images: ImageTypes,
  options: StepwiseOnnxOptions = {},
): StepwiseOnnx => stepwiseToOnnx(stepwise(model, images), params, options);

/** Pictures, and words that are said. */
const SIZES = [
  { B: 1, T: 3 },
  { B: 3, T: 4 },
] as const;

/**
 * Holds what `captionModelToOnnx` wrote to its model: both run on random pictures and words, the files with ONNX Runtime and the model on
 * the backend. Throws CompileError where ONNX Runtime refuses a file or they disagree.
 */
export function checkCaptionModelOnnx<P, S, N>(
  model: CaptionModel<P, S, N>,
  params: unknown,
  files: StepwiseOnnx,
  images: ImageTypes,
  options: OnnxCheckOptions,
): Promise<OnnxAgreement> {
  const own = { ...stepwise(model, images), vocabularySize: model.vocabularySize };
  let drawn = 0;
  const array = ({ shape }: Type, B: number): NdArray => {
    const sizes = [B, ...(shape.slice(1) as number[])];
    return normal(foldIn(key(11), drawn++), sizes, 0, 0.5);
  };
  const trials = () =>
    SIZES.map(({ B, T }) => ({
      ...{ name: `B = ${B}`, batch: B, words: T },
      inputs: mapTree(images as never, isType, (each: Type) => array(each, B)) as never,
    }));
  return checkStepwiseOnnx(own, params, files, trials, options);
}
