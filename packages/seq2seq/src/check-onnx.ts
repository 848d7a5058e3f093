import { ndarray } from "@throughtime/core";
import { checkStepwiseOnnx, type OnnxAgreement, type OnnxCheckOptions, type StepwiseOnnx } from "@throughtime/onnx";
import type { Seq2Seq } from "./model.js";
import { stepwise } from "./to-onnx.js";

/** Sizes at which the files are run: words of the source, sentences, words that are said. */
const SIZES = [
  { S: 1, B: 1, T: 2 },
  { S: 9, B: 3, T: 4 },
  { S: 30, B: 2, T: 3 },
] as const;

/**
 * Holds what `seq2seqToOnnx` wrote to its model: runs the encoder and, word by word, the step with ONNX Runtime on random
 * sources of different lengths, and the model itself on the backend. `params`: the model's, on the host or on the backend.
 * Throws CompileError where ONNX Runtime refuses a file or they disagree.
 *
 * @example const { values, largest } = await checkSeq2seqOnnx(model, params, files, { backend, runtime });
 */
export const checkSeq2seqOnnx = <P, S, N>(
  model: Seq2Seq<P, S, N>,
  params: unknown,
  files: StepwiseOnnx,
  options: OnnxCheckOptions,
): Promise<OnnxAgreement> =>
  checkStepwiseOnnx(
    { ...stepwise(model), vocabularySize: model.targetVocabularySize },
    params,
    files,
    (ids) =>
      SIZES.map(({ S, B, T }) => ({
        ...{ name: `S = ${S}, B = ${B}`, batch: B, words: T },
        inputs: {
          source: ids([S, B], model.sourceVocabularySize),
          lengths: ndarray(Int32Array.from({ length: B }, (_, b) => Math.max(1, S - b))),
        },
      })),
    options,
  );
