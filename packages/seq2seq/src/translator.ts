import {
  type Backend,
  compile,
  type DeviceArray,
  type DimNames,
  dimKey,
  flattenTree,
  gather,
  isDeviceArray,
  isSymbolic,
  isTensor,
  logSoftmax,
  mapTree,
  type NdArray,
  ndarray,
  putOnBackend,
  release,
  type Tensor,
  trace,
  type,
  unflattenTree,
} from "@throughtime/core";
import { type BeamSearchOptions, type BeamStep, beamSearch, type Hypothesis } from "@throughtime/decode";
import type { Encoded, Seq2Seq } from "./model.js";

/** Sources side by side: i32 [S, B], and how many words each has: i32 [B], each in [0, S]. */
export interface Sources {
  readonly source: NdArray;
  readonly sourceLengths: NdArray;
}

/** What `beamSearch` takes beside the model. */
export type TranslateOptions = Omit<BeamSearchOptions<unknown>, "step" | "state" | "sequences">;

/** A model that writes, on a backend. */
export interface Translator {
  /** The n best targets of every source, the best first, in the order of the sources. */
  translate(sources: Sources, options: TranslateOptions): Promise<readonly (readonly Hypothesis[])[]>;
  /** Frees what was compiled and the parameters that were put on the backend. */
  release(): void;
}

/**
 * Compiles a model for beam search. Its parameters, its memories of the sources and its states stay on the backend, where a
 * step gathers the rows that go on; only ln p of the next words and the attention come to the host. `params`: a tree on the
 * host, or on the backend. Batches and beams of every size share the same Programs.
 *
 * @example
 * const { translate, release } = await translator(backend, model, params);
 * const [[best]] = await translate({ source, sourceLengths }, { begin: 1, end: 2, maxLength: 50 });
 */
export async function translator<P, S, N>(
  backend: Backend,
  model: Seq2Seq<P, S, N>,
  params: unknown,
): Promise<Translator> {
  const placed = await putOnBackend(backend, params);
  const read = compile(
    backend,
    (p: unknown, source: Tensor, lengths: Tensor) => model.encode(p as P, source, lengths),
    { dims: [null, ["S", "B"], ["B"]] },
  );
  const { memory, state } = leafDims(model, placed.tree);
  const step = compile(
    backend,
    (before: unknown, p: unknown, known: unknown, tokens: Tensor, parents: Tensor) => {
      const encoded = { memory: known, state: rows(before, parents) } as Encoded<S>;
      const { logits, state: next, weights } = model.step(p as P, encoded, tokens);
      return { state: next, logProbabilities: logSoftmax(logits), weights };
    },
    { donate: 0, dims: [state("B"), null, memory("R"), ["R"], ["R"]] },
  );
  const move = compile(backend, (known: unknown, parents: Tensor) => rows(known, parents), {
    donate: 0,
    dims: [memory("B"), ["R"]],
  });

  return {
    async translate({ source, sourceLengths }, options) {
      // What is on the backend at this moment; a step that fails may have consumed some of it.
      let held: Held = { memory: {}, state: {} };
      const beamStep: BeamStep<null> = async (_, { tokens, parents, sameSources }) => {
        const [ids, from] = [ndarray(tokens), ndarray(parents)];
        // A decoder without attention remembers nothing of its source.
        const moves = !sameSources && flattenTree(held.memory, isDeviceArray).leaves.length > 0;
        if (moves) held = { ...held, memory: await move(held.memory, from) };
        const result = await step(held.state, placed.tree, held.memory, ids, from);
        held = { ...held, state: result.state };
        const logProbabilities = (await take(backend, result.logProbabilities)) as Float32Array;
        if (result.weights === undefined) return { state: null, logProbabilities };
        return { state: null, logProbabilities, attention: (await take(backend, result.weights)) as Float32Array };
      };
      const sequences = source.shape[1] as number;
      if (sequences === 0) return [];
      try {
        held = await read(placed.tree, source, sourceLengths);
        return await beamSearch({ ...options, step: beamStep, state: null, sequences });
      } finally {
        release(backend, held);
      }
    },
    release() {
      for (const compiled of [read, step, move]) compiled.release();
      placed.release();
    },
  };
}

interface Held {
  readonly memory: unknown;
  readonly state: unknown;
}

/** The rows of every leaf that go on: [B, …] → [R, …]. */
const rows = (tree: unknown, parents: Tensor): unknown => mapTree(tree, isTensor, (leaf) => gather(leaf, parents));

async function take(backend: Backend, array: DeviceArray): Promise<NdArray["data"]> {
  const { data } = await backend.download(array);
  backend.release(array);
  return data;
}

/** The names of the axes of a model's memory and state, with another name for their rows. */
function leafDims<P, S, N>(model: Seq2Seq<P, S, N>, params: unknown) {
  const { program, outputStructure } = trace(
    (p: unknown, source: Tensor, lengths: Tensor) => model.encode(p as P, source, lengths),
    [params, type(["S", "B"], "i32"), type(["B"], "i32")],
  );
  const named = (row: string) => {
    const names = program.outputs.map(({ shape }) =>
      shape.map((d) => (!isSymbolic(d) ? null : dimKey(d) === "B" ? row : dimKey(d))),
    );
    return unflattenTree(outputStructure, names) as { memory: DimNames; state: DimNames };
  };
  return { memory: (row: string) => named(row).memory, state: (row: string) => named(row).state };
}
