import {
  compile,
  download,
  flattenTree,
  isNdArray,
  type NdArray,
  putOnBackend,
  release,
  type Tensor,
  unflattenTree,
  zerosArray,
} from "@throughtime/core";
import { checkOnnx, type OnnxAgreement, type OnnxCheckOptions, type OnnxFunction } from "@throughtime/onnx";
import type { LanguageModel } from "./model.js";
import type { LanguageModelOnnx } from "./to-onnx.js";

/** Sizes at which both files are run: dynamic axes that work at one size only are none. */
const SIZES = [
  { T: 1, B: 1 },
  { T: 17, B: 3 },
  { T: 64, B: 2 },
] as const;

/**
 * Holds what `languageModelToOnnx` wrote to its model: runs both files with ONNX Runtime on random tokens and a state that is
 * not zero, `step` token by token, and the model itself on the backend. `params`: the model's, on the host or on the backend.
 * Throws CompileError where ONNX Runtime refuses a file or they disagree.
 *
 * @example const { values, largest } = await checkLanguageModelOnnx(model, params, files, { backend, runtime });
 */
export async function checkLanguageModelOnnx<P, S, N>(
  model: LanguageModel<P, S, N>,
  params: unknown,
  { sequence, step }: LanguageModelOnnx,
  options: OnnxCheckOptions,
): Promise<OnnxAgreement> {
  const { backend } = options;
  return checkOnnx({ "sequence.onnx": sequence, "step.onnx": step }, options, async ({ models, compare, ids }) => {
    const read = compile(backend, (p: unknown, x: Tensor, s: unknown) => model.logits(p as P, x, s as S));
    const placed = await putOnBackend(backend, params);
    const first = (B: number) => flattenTree(model.initialState(B), isNdArray);
    const V = model.vocabularySize;
    try {
      for (const { T, B } of SIZES) {
        // The state after some text: at zero, a state that is wired wrongly may go unnoticed.
        const { leaves: zero, structure } = first(B);
        const [, ...before] = await models["sequence.onnx"]([ids([5, B], V), ...zero]);
        const tokens = ids([T, B], V);
        const result = await read(placed.tree, tokens, unflattenTree(structure, before));
        const { logits, state } = await download(backend, result);
        release(backend, result);
        const expected = [logits as NdArray, ...flattenTree(state, isNdArray).leaves];
        compare(`sequence.onnx (T = ${T}, B = ${B})`, await models["sequence.onnx"]([tokens, ...before]), expected);
        compare(`step.onnx (T = ${T}, B = ${B})`, await stepped(models["step.onnx"], tokens, before), expected);
      }
    } finally {
      placed.release();
      read.release();
    }
  });
}

/** The step model over tokens [T, B]: logits [T, B, V] and the last state. */
async function stepped(step: OnnxFunction, tokens: NdArray, state: readonly NdArray[]): Promise<NdArray[]> {
  const [T, B] = tokens.shape as readonly [number, number];
  let now = state;
  let logits: NdArray | undefined;
  for (let t = 0; t < T; t++) {
    const row: NdArray = { data: tokens.data.slice(t * B, (t + 1) * B), shape: [B], dtype: "i32" };
    const [out, ...next] = (await step([row, ...now])) as [NdArray, ...NdArray[]];
    logits ??= zerosArray([T, ...out.shape]);
    logits.data.set(out.data, t * out.data.length);
    now = next;
  }
  return [logits as NdArray, ...now];
}
