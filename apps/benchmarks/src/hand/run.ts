import { createRequire } from "node:module";
import type { Runtime } from "@throughtime/backend-ort";
import { type LstmStepOptions, type LstmWeight, lstmStepModel, lstmWeightShapes } from "./lstm-step.js";

export interface HandLstmOptions {
  readonly B: number;
  readonly T: number;
  readonly H: number;
  readonly V: number;
  readonly threads: number;
  /** Default "plain": the products that PyTorch's and JAX's steps make too. */
  readonly embedding?: LstmStepOptions["embedding"];
  /** Default: by the size of a step's values, as measured. */
  readonly factors?: LstmStepOptions["factors"];
  readonly learningRate?: number;
  /** What to begin with and to train on, in place of what the seed would give. */
  readonly initial?: HandLstmInitial;
  readonly seed?: number;
  /** Default: the one that backend-ort runs on. */
  readonly runtime?: Runtime;
}

export interface HandLstmInitial {
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Readonly<Record<LstmWeight, Float32Array>>;
}

export interface HandLstm {
  /** What was trained on and from, for a check against another implementation. */
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
  /** Copies, as they are now. */
  weights(): Record<LstmWeight, Float32Array>;
  /** One step on the one batch there is; the loss before it. */
  step(): Promise<number>;
  release(): Promise<void>;
}

/** Above this many values in one step's [H, B], the factors of the derivative are cheaper to make than to fetch. */
const CACHED_VALUES = 12_288;

/** The hand-written step with seeded weights and one seeded batch, ready to be timed. */
export async function createHandLstm(options: HandLstmOptions): Promise<HandLstm> {
  const { B, T, H, V, threads, embedding = "plain", learningRate = 0.1, seed = 1 } = options;
  const { InferenceSession, Tensor } = options.runtime ?? bundledRuntime();
  const model = lstmStepModel({
    vocabularySize: V,
    hiddenSize: H,
    learningRate,
    embedding,
    factors: options.factors ?? (B * H > CACHED_VALUES ? "loop" : "before"),
    scatter: threads === 1 ? "ScatterND" : "oneHot",
  });
  const session = await InferenceSession.create(model, { intraOpNumThreads: threads, interOpNumThreads: 1 });

  const random = mulberry32(seed);
  const indices = (): Int32Array => Int32Array.from({ length: T * B }, () => Math.floor(random() * V));
  const { tokens, targets, weights } = options.initial ?? { tokens: indices(), targets: indices() };
  const shapes = lstmWeightShapes(V, H);
  const names = Object.keys(shapes) as LstmWeight[];
  const float = (shape: readonly number[], fill: () => number) =>
    new Tensor("float32", Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, fill), shape);
  const each = <T>(make: (name: LstmWeight) => T) =>
    Object.fromEntries(names.map((name) => [name, make(name)])) as Record<LstmWeight, T>;
  // Two buffers for each weight: a run reads one and writes the other, and nothing is copied or left to the collector.
  const first = (name: LstmWeight): Tensor =>
    weights
      ? new Tensor("float32", weights[name].slice(), shapes[name])
      : float(shapes[name], () => (random() * 2 - 1) / Math.sqrt(H));
  let current = each(first);
  let next = each((name) => float(shapes[name], () => 0));
  const loss = float([], () => 0);
  const batch = {
    tokens: new Tensor("int32", tokens, [T, B]),
    targets: new Tensor("int32", targets, [T, B]),
    h0: float([H, B], () => 0),
    c0: float([H, B], () => 0),
  };

  return {
    tokens,
    targets,
    weights: () => each((name) => current[name].data.slice() as Float32Array),
    async step() {
      const updated = Object.fromEntries(names.map((name) => [`${name}_next`, next[name]]));
      await session.run({ ...batch, ...current }, { loss, ...updated });
      [current, next] = [next, current];
      return loss.data[0] as number;
    },
    release: () => session.release(),
  };
}

/** The peer must run on the very runtime that our backend runs on, so it is looked up from there. */
function bundledRuntime(): Runtime {
  return createRequire(import.meta.resolve("@throughtime/backend-ort"))("onnxruntime-node") as Runtime;
}

function mulberry32(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
