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
  /** The batch, i32 [T, B] each, and the weights to begin with. Default: drawn from `seed`. */
  readonly initial?: HandLstmInitial;
  readonly seed?: number;
  /** Default: the one that backend-ort runs on. */
  readonly runtime?: Runtime;
}

/** Weights as `lstmWeightShapes` has them: a gate's rows in the order i f o g. */
export interface HandLstmInitial {
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Readonly<Record<LstmWeight, Float32Array>>;
}

export interface HandLstm {
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

  const { tokens, targets, weights } = options.initial ?? drawInputs({ B, T, H, V }, seed);
  const shapes = lstmWeightShapes(V, H);
  const names = Object.keys(shapes) as LstmWeight[];
  const float = (data: Float32Array, shape: readonly number[]) => new Tensor("float32", data, shape);
  const each = <T>(make: (name: LstmWeight) => T) =>
    Object.fromEntries(names.map((name) => [name, make(name)])) as Record<LstmWeight, T>;
  // Two buffers for each weight: a run reads one and writes the other, and nothing is copied or left to the collector.
  let current = each((name) => float(weights[name].slice(), shapes[name]));
  let next = each((name) => float(new Float32Array(weights[name].length), shapes[name]));
  const loss = float(new Float32Array(1), []);
  const batch = {
    tokens: new Tensor("int32", tokens, [T, B]),
    targets: new Tensor("int32", targets, [T, B]),
    h0: float(new Float32Array(H * B), [H, B]),
    c0: float(new Float32Array(H * B), [H, B]),
  };

  return {
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

/** Equal seeds give equal inputs: weights uniform in ±1/√H. */
export function drawInputs(
  { B, T, H, V }: Pick<HandLstmOptions, "B" | "T" | "H" | "V">,
  seed: number,
): HandLstmInitial {
  const random = mulberry32(seed);
  const indices = () => Int32Array.from({ length: T * B }, () => Math.floor(random() * V));
  const uniform = (shape: readonly number[]) =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (random() * 2 - 1) / Math.sqrt(H));
  const shapes = Object.entries(lstmWeightShapes(V, H));
  return {
    tokens: indices(),
    targets: indices(),
    weights: Object.fromEntries(shapes.map(([name, shape]) => [name, uniform(shape)])) as HandLstmInitial["weights"],
  };
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
