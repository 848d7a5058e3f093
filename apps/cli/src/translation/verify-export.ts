import {
  type Backend,
  compile,
  download,
  flattenTree,
  foldIn,
  isNdArray,
  key,
  type NdArray,
  ndarray,
  randomBits,
  type Tensor,
} from "@throughtime/core";
import type { Encoded, Seq2SeqOnnx } from "@throughtime/seq2seq";
import { type Agreement, agreementWith } from "../export/agreement.js";
import { loadRuntime, openModel } from "../export/runtime.js";
import type { Network } from "./network.js";

/** Sizes at which the models are run: words of the source, sentences, words that are said. */
const SIZES = [
  { S: 1, B: 1, T: 2 },
  { S: 9, B: 3, T: 4 },
  { S: 30, B: 2, T: 3 },
] as const;

/**
 * Runs encoder.onnx and, word by word, step.onnx with ONNX Runtime on random sources of different lengths, and the model
 * itself on the backend. Throws CompileError where ONNX Runtime refuses a model or they disagree.
 */
export async function verifyTranslator(
  backend: Backend,
  model: Network,
  params: unknown,
  files: Seq2SeqOnnx,
): Promise<Agreement> {
  const runtime = await loadRuntime();
  const encoder = await openModel(runtime, "encoder.onnx", files.encoder);
  const step = await openModel(runtime, "step.onnx", files.step);
  const encode = compile(backend, (p: unknown, source: Tensor, lengths: Tensor) => model.encode(p, source, lengths));
  const say = compile(backend, (p: unknown, encoded: unknown, word: Tensor) => {
    const { logits, state, weights } = model.step(p, encoded as Encoded<unknown>, word);
    return { logits, state, attention: weights };
  });
  const { compare, agreement } = agreementWith(backend);
  const states = step.outputNames.filter((name) => name.startsWith("next_")).length;
  try {
    for (const [i, { S, B, T }] of SIZES.entries()) {
      const sizes = `S = ${S}, B = ${B}`;
      const source = randomWords(i, [S, B], model.sourceVocabularySize);
      const lengths = ndarray(Int32Array.from({ length: B }, (_, b) => Math.max(1, S - b)));
      const known = await encoder([source, lengths]);
      const memory = known.slice(0, known.length - states);
      let state = known.slice(known.length - states);
      let encoded = (await download(backend, await encode(params, source, lengths))) as Encoded<unknown>;
      // Of the memory, what stands past a source's end is never read, so it is compared by what is made of it.
      compare(`encoder.onnx (${sizes})`, state, arrays(encoded.state));
      for (let t = 0; t < T; t++) {
        const word = randomWords(100 + 10 * i + t, [B], model.targetVocabularySize);
        const said = await step([word, ...memory, ...state]);
        const expected = await download(backend, await say(params, encoded, word));
        const { logits, state: next, attention } = expected as Record<string, unknown>;
        const all = [logits as NdArray, ...arrays(next), ...(attention ? [attention as NdArray] : [])];
        compare(`step.onnx (${sizes}, word ${t + 1})`, said, all);
        state = said.slice(1, 1 + states);
        encoded = { ...encoded, state: next } as Encoded<unknown>;
      }
    }
  } finally {
    for (const compiled of [encode, say]) compiled.release();
    await Promise.all([encoder.release(), step.release()]);
  }
  return agreement();
}

const arrays = (tree: unknown): readonly NdArray[] => flattenTree(tree, isNdArray).leaves;

function randomWords(seed: number, shape: readonly number[], V: number): NdArray {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Int32Array.from(randomBits(foldIn(key(7), seed), size), (bits) => bits % V);
  return { data, shape, dtype: "i32" };
}
