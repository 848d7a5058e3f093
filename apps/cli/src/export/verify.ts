import {
  type Backend,
  BackendError,
  CompileError,
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
import type { ExportedModel, LanguageModel } from "@throughtime/language-model";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";

/** How closely an exported model must agree with the backend: |difference| ≤ 1e-5 · max(1, |value|). */
export const TOLERANCE = 1e-5;

/** What was compared, and the largest difference there was, relative to max(1, |value|). */
export interface Agreement {
  readonly values: number;
  readonly largest: number;
}

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
  files: ExportedModel,
): Promise<Agreement> {
  const runtime = await loadRuntime();
  const sequence = await openModel(runtime, "sequence.onnx", files.sequence);
  const step = await openModel(runtime, "step.onnx", files.step);
  const reference = compile(backend, (p: unknown, x: Tensor, s: unknown) => model.logits(p as P, x, s as S));
  let values = 0;
  let largest = 0;
  const agree = (what: string, actual: readonly NdArray[], expected: readonly NdArray[]) => {
    const difference = largestDifference(actual, expected);
    values += expected.reduce((sum, { data }) => sum + data.length, 0);
    largest = Math.max(largest, difference);
    // Written so that NaN disagrees.
    if (!(difference <= TOLERANCE)) {
      throw new CompileError(
        `export: ${what} and the model on ${backend.device} differ by ${difference.toExponential(1)}; at most ${TOLERANCE} is allowed. Nothing was written.`,
        { difference },
      );
    }
  };
  try {
    for (const [i, { T, B }] of SIZES.entries()) {
      const tokens = randomTokens(i, T, B, model.vocabularySize);
      // The state after some text: at zero, a state that is wired wrongly may go unnoticed.
      const zero = flattenTree(model.initialState(B), isNdArray).leaves;
      const [, ...before] = await sequence([randomTokens(100 + i, 5, B, model.vocabularySize), ...zero]);
      const state = rebuilt(model.initialState(1), before);
      const result = await download(backend, await reference(params, tokens, state));
      const expected = [result.logits as NdArray, ...flattenTree(result.state, isNdArray).leaves];
      agree(`sequence.onnx (T = ${T}, B = ${B})`, await sequence([tokens, ...before]), expected);
      agree(`step.onnx (T = ${T}, B = ${B})`, await stepped(step, tokens, before), expected);
    }
  } finally {
    reference.release();
    await Promise.all([sequence.release(), step.release()]);
  }
  return { values, largest };
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

function largestDifference(actual: readonly NdArray[], expected: readonly NdArray[]): number {
  let largest = 0;
  expected.forEach(({ data }, k) => {
    const other = actual[k]?.data;
    if (other?.length !== data.length) largest = Number.NaN;
    for (let i = 0; i < data.length && !Number.isNaN(largest); i++) {
      const value = data[i] as number;
      const difference = Math.abs((other?.[i] as number) - value) / Math.max(1, Math.abs(value));
      if (!(difference <= largest)) largest = difference;
    }
  });
  return largest;
}

type Runtime = typeof import("onnxruntime-node");
type Run = ((inputs: readonly NdArray[]) => Promise<NdArray[]>) & { release(): Promise<void> };

async function loadRuntime(): Promise<Runtime> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    throw new BackendError(
      "export: onnxruntime-node could not be loaded, so the exported models cannot be checked. Install it.",
      {},
      { cause },
    );
  }
}

/** A model as a function over arrays, in the order of its inputs and outputs. */
async function openModel(runtime: Runtime, name: string, bytes: Uint8Array): Promise<Run> {
  const session: InferenceSession = await runtime.InferenceSession.create(bytes, { logSeverityLevel: 4 }).catch(
    (cause: Error) => {
      throw new CompileError(`export: ONNX Runtime refuses ${name}: ${cause.message}`, { name }, { cause });
    },
  );
  const run = async (inputs: readonly NdArray[]): Promise<NdArray[]> => {
    const feeds = Object.fromEntries(
      session.inputNames.map((input, i) => [input, tensorOf(runtime, inputs[i] as NdArray)]),
    );
    const results = await session.run(feeds);
    return session.outputNames.map((output) => {
      const { data, dims } = results[output] as OrtTensor;
      return { data: (data as Float32Array).slice(), shape: dims, dtype: "f32" };
    });
  };
  return Object.assign(run, { release: () => session.release() });
}

const tensorOf = ({ Tensor: Make }: Runtime, { data, shape, dtype }: NdArray): OrtTensor =>
  dtype === "i32" ? new Make("int32", data as Int32Array, shape) : new Make("float32", data as Float32Array, shape);
