import {
  compile,
  download,
  flattenTree,
  isNdArray,
  type NdArray,
  ndarray,
  putOnBackend,
  release,
  type Tensor,
} from "@throughtime/core";
import { checkOnnx, type OnnxAgreement, type OnnxCheckOptions } from "@throughtime/onnx";
import type { Encoded, Seq2Seq } from "./model.js";
import type { Seq2SeqOnnx } from "./to-onnx.js";

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
export async function checkSeq2seqOnnx<P, S, N>(
  model: Seq2Seq<P, S, N>,
  params: unknown,
  files: Seq2SeqOnnx,
  options: OnnxCheckOptions,
): Promise<OnnxAgreement> {
  const { backend } = options;
  const named = { "encoder.onnx": files.encoder, "step.onnx": files.step };
  return checkOnnx(named, options, async ({ models, compare, ids }) => {
    const encode = compile(backend, (p: unknown, source: Tensor, lengths: Tensor) =>
      model.encode(p as P, source, lengths),
    );
    const say = compile(backend, (p: unknown, encoded: unknown, word: Tensor) => {
      const { logits, state, weights } = model.step(p as P, encoded as Encoded<S>, word);
      return { logits, state, attention: weights };
    });
    const placed = await putOnBackend(backend, params);
    const onHost = async (result: unknown): Promise<Record<string, unknown>> => {
      const host = await download(backend, result);
      release(backend, result);
      return host as Record<string, unknown>;
    };
    const states = models["step.onnx"].outputNames.filter((name) => name.startsWith("next_")).length;
    try {
      for (const { S, B, T } of SIZES) {
        const sizes = `S = ${S}, B = ${B}`;
        const source = ids([S, B], model.sourceVocabularySize);
        const lengths = ndarray(Int32Array.from({ length: B }, (_, b) => Math.max(1, S - b)));
        const known = await models["encoder.onnx"]([source, lengths]);
        const memory = known.slice(0, known.length - states);
        let state = known.slice(known.length - states);
        let encoded = await onHost(await encode(placed.tree, source, lengths));
        // Of the memory, what stands past a source's end is never read, so it is compared by what is made of it.
        compare(`encoder.onnx (${sizes})`, state, arrays(encoded.state));
        for (let t = 0; t < T; t++) {
          const word = ids([B], model.targetVocabularySize);
          const said = await models["step.onnx"]([word, ...memory, ...state]);
          const { logits, state: next, attention } = await onHost(await say(placed.tree, encoded, word));
          const all = [logits as NdArray, ...arrays(next), ...(attention ? [attention as NdArray] : [])];
          compare(`step.onnx (${sizes}, word ${t + 1})`, said, all);
          state = said.slice(1, 1 + states);
          encoded = { ...encoded, state: next };
        }
      }
    } finally {
      placed.release();
      for (const compiled of [encode, say]) compiled.release();
    }
  });
}

const arrays = (tree: unknown): readonly NdArray[] => flattenTree(tree, isNdArray).leaves;
