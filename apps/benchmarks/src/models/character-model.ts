import { type AnyCell, drawNoise, noiseDims, unroll } from "@throughtime/cells";
import {
  type Backend,
  type Compiled,
  compile,
  crossEntropy,
  download,
  flattenTree,
  foldIn,
  isTensor,
  key,
  mean,
  mul,
  type NdArray,
  sub,
  type Tensor,
  type Tree,
  unflattenTree,
  upload,
  valueAndGrad,
} from "@throughtime/core";
import { embedding, linear } from "@throughtime/nn";
import { type CellName, LEARNING_RATE, V } from "../config.js";
import type { Step } from "../peers/peer.js";
import type { Inputs } from "../problem.js";
import { cellOf } from "./cell-of.js";

type Params = { embedding: { E: Tensor }; cell: Tree<Tensor>; output: { W: Tensor; b: Tensor } };
type Batch = { tokens: Tensor; targets: Tensor };
type Noise = Tree<Tensor>;

/**
 * The training step that every peer does: E[tokens] → cell → linear → mean cross-entropy → gradients of everything →
 * SGD. tokens, targets: i32 [T, B], of any T and B.
 */
export function trainStepOf(cell: AnyCell, H: number) {
  const embed = embedding({ vocabularySize: V, size: H });
  const output = linear({ inputSize: H, outputSize: V });
  const lossOf = (params: Params, { tokens, targets }: Batch, noise: Noise): Tensor => {
    const xs = embed.apply(params.embedding, tokens); // [T, B, H]
    const { outputs } = unroll(cell, params.cell, xs, { noise }); // [T, B, H]
    return mean(crossEntropy(output.apply(params.output, outputs), targets));
  };
  return (params: Params, batch: Batch, noise: Noise): { params: Params; loss: Tensor } => {
    const [loss, gradients] = valueAndGrad((p: Params) => lossOf(p, batch, noise), params);
    return { params: descend(params, gradients), loss };
  };
}

/** p − learningRate · dp at every leaf. */
function descend(params: Params, gradients: Params): Params {
  const { leaves, structure } = flattenTree<Tensor>(params, isTensor);
  const slopes = flattenTree<Tensor>(gradients, isTensor).leaves;
  const next = leaves.map((leaf, i) => sub(leaf, mul(LEARNING_RATE, slopes[i] as Tensor)));
  return unflattenTree(structure, next) as Params;
}

export interface OursOptions {
  readonly backend: Backend;
  readonly cell: CellName;
  readonly H: number;
  readonly inputs: Inputs;
}

/** What Throughtime makes of the task on a backend. T and B are named sizes, as in an application. */
export async function buildOurs({ backend, cell: name, H, inputs }: OursOptions) {
  const { cell, params: cellParams } = cellOf(name, H, inputs);
  const { E, Wo, bo, tokens, targets } = inputs;
  const batch = { tokens, targets };
  const compiled = compile(backend, trainStepOf(cell, H), {
    donate: 0,
    dims: [null, { tokens: ["T", "B"], targets: ["T", "B"] }, noiseDims(cell) ?? {}],
  }) as unknown as Compiled<[unknown, unknown, unknown], { params: unknown; loss: Tensor }>;
  let params: unknown = await upload(backend, { embedding: { E }, cell: cellParams, output: { W: Wo, b: bo } });
  const [T, B] = (tokens as NdArray).shape as [number, number];
  let steps = 0;
  const step: Step = {
    async step() {
      const noise = drawNoise(cell, foldIn(key(0), steps++), { T, B }) ?? {};
      const result = await compiled(params as never, batch as never, noise as never);
      params = result.params;
      const { data } = await backend.download(result.loss as never);
      return data[0] as number;
    },
    parts() {
      const [stats] = compiled.stats();
      const passes = (stats?.passes ?? []).reduce((sum, { ms }) => sum + ms, 0);
      return { trace: stats?.traceMs ?? 0, passes, session: stats?.compileMs ?? 0 };
    },
    async close() {
      compiled.release();
      await backend.close();
    },
  };
  return { ...step, compiled, params: () => download(backend, params) };
}
