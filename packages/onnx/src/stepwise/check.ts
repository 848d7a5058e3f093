import {
  compile,
  download,
  flattenTree,
  isNdArray,
  type NdArray,
  putOnBackend,
  release,
  type Tensor,
  type Tree,
} from "@throughtime/core";
import { checkOnnx, type OnnxAgreement, type OnnxCheck, type OnnxCheckOptions } from "../check/check.js";
import type { StepwiseModel, StepwiseOnnx } from "./to-onnx.js";

/** What a model is tried with: something to read, of B sequences, and how many words are then said of each. */
export interface StepwiseTrial {
  /** What messages call it: "S = 9, B = 3". */
  readonly name: string;
  readonly inputs: Tree<NdArray>;
  /** B */
  readonly batch: number;
  readonly words: number;
}

/**
 * Holds what `stepwiseToOnnx` wrote to its model: runs the encoder and, word by word, the step with ONNX Runtime, and the model itself on
 * the backend, on random words below `vocabularySize`. `params`: the model's, on the host or on the backend. Throws CompileError where
 * ONNX Runtime refuses a file or they disagree.
 */
export async function checkStepwiseOnnx<P, I, M, S>(
  model: StepwiseModel<P, I, M, S> & { readonly vocabularySize: number },
  params: unknown,
  files: StepwiseOnnx,
  trials: (ids: OnnxCheck<string>["ids"]) => readonly StepwiseTrial[],
  options: OnnxCheckOptions,
): Promise<OnnxAgreement> {
  const { backend } = options;
  const named = { "encoder.onnx": files.encoder, "step.onnx": files.step };
  return checkOnnx(named, options, async ({ models, compare, ids }) => {
    const begin = compile(backend, (p: unknown, inputs: unknown) => model.begin(p as P, inputs as I) as unknown);
    const say = compile(backend, (p: unknown, begun: unknown, word: Tensor) => {
      const { logits, state, weights } = model.step(p as P, begun as { memory: M; state: S }, word);
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
      for (const { name, inputs, batch, words } of trials(ids)) {
        const known = await models["encoder.onnx"](arrays(inputs));
        const memory = known.slice(0, known.length - states);
        let state = known.slice(known.length - states);
        let begun = await onHost(await begin(placed.tree, inputs as never));
        // Of the memory, what stands past an input's end is never read, so it is compared by what is made of it.
        compare(`encoder.onnx (${name})`, state, arrays(begun.state));
        for (let t = 0; t < words; t++) {
          const word = ids([batch], model.vocabularySize);
          const said = await models["step.onnx"]([word, ...memory, ...state]);
          const { logits, state: next, attention } = await onHost(await say(placed.tree, begun as never, word));
          const all = [logits as NdArray, ...arrays(next), ...(attention ? [attention as NdArray] : [])];
          compare(`step.onnx (${name}, word ${t + 1})`, said, all);
          state = said.slice(1, 1 + states);
          begun = { ...begun, state: next };
        }
      }
    } finally {
      placed.release();
      for (const compiled of [begin, say]) compiled.release();
    }
  });
}

const arrays = (tree: unknown): readonly NdArray[] => flattenTree<NdArray>(tree, isNdArray).leaves;
