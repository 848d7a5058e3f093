import {
  type Backend,
  compile,
  download,
  flattenTree,
  isNdArray,
  key,
  type NdArray,
  randomBits,
  type Tensor,
  unflattenTree,
  zerosArray,
} from "@throughtime/core";
import type { LanguageModel, LanguageModelOnnx } from "@throughtime/language-model";
import { type Agreement, agreementWith } from "./agreement.js";
import { loadRuntime, openModel, type Run } from "./runtime.js";

/** Sizes at which both models are run: dynamic axes that work at one size only are none. */
const SIZES = [
  { T: 1, B: 1 },
  { T: 17, B: 3 },
  { T: 64, B: 2 },
] as const;

/**
 * Runs both exported models with ONNX Runtime on random tokens and a state that is not zero, and the model itself on the
 * backend; `step` is run token by token. Throws CompileError where ONNX Runtime refuses a model or they disagree.
 */
export async function verifyExport<P, S, N>(
  backend: Backend,
  model: LanguageModel<P, S, N>,
  params: unknown,
  files: LanguageModelOnnx,
): Promise<Agreement> {
  const runtime = await loadRuntime();
  const sequence = await openModel(runtime, "sequence.onnx", files.sequence);
  const step = await openModel(runtime, "step.onnx", files.step);
  const reference = compile(backend, (p: unknown, x: Tensor, s: unknown) => model.logits(p as P, x, s as S));
  const { compare, agreement } = agreementWith(backend);
  try {
    for (const [i, { T, B }] of SIZES.entries()) {
      const tokens = randomTokens(i, T, B, model.vocabularySize);
      // The state after some text: at zero, a state that is wired wrongly may go unnoticed.
      const zero = flattenTree(model.initialState(B), isNdArray).leaves;
      const [, ...before] = await sequence([randomTokens(100 + i, 5, B, model.vocabularySize), ...zero]);
      const state = rebuilt(model.initialState(1), before);
      const result = await download(backend, await reference(params, tokens, state));
      const expected = [result.logits as NdArray, ...flattenTree(result.state, isNdArray).leaves];
      compare(`sequence.onnx (T = ${T}, B = ${B})`, await sequence([tokens, ...before]), expected);
      compare(`step.onnx (T = ${T}, B = ${B})`, await stepped(step, tokens, before), expected);
    }
  } finally {
    reference.release();
    await Promise.all([sequence.release(), step.release()]);
  }
  return agreement();
}

/** The step model over tokens [T, B]: logits [T, B, V] and the last state. */
async function stepped(step: Run, tokens: NdArray, state: readonly NdArray[]): Promise<NdArray[]> {
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

/** Leaves as a tree of `like`'s structure. */
function rebuilt(like: unknown, leaves: readonly NdArray[]): unknown {
  return unflattenTree(flattenTree(like, isNdArray).structure, leaves);
}

function randomTokens(seed: number, T: number, B: number, V: number): NdArray {
  const data = Int32Array.from(randomBits(key(seed), T * B), (bits) => bits % V);
  return { data, shape: [T, B], dtype: "i32" };
}
