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
  isType,
  logSoftmax,
  mapTree,
  type NdArray,
  ndarray,
  putOnBackend,
  release,
  type Tensor,
  type Tree,
  type Type,
  trace,
  unflattenTree,
} from "@throughtime/core";
import { beamSearch } from "./beam-search.js";
import type { Hypothesis } from "./hypothesis.js";
import type { BeamSearchOptions } from "./options.js";
import type { BeamStep } from "./step.js";

/** What decoding goes on from: what was read, made once, and the state. Every leaf is [B, …]. */
export interface Begun<M, S> {
  readonly memory: M;
  readonly state: S;
}

/** A model that reads something and then writes token by token, in a Program. P: its parameters, I: what it reads. */
export interface BeamModel<P, I, M, S> {
  /** The types of what it reads, with "B" for the axis of sequences, as `trace` takes them. */
  readonly inputs: Tree<Type>;
  /** Names for the axes of what may be drawn in a step, with "R" for its rows. Default: nothing is drawn. */
  readonly noise?: DimNames;
  /** Reads what a batch of sequences is to be made of. */
  begin(params: P, inputs: I): Begun<M, S>;
  /**
   * One token of each row: token i32 [R], the one before → logits [R, V] of the next, and where it looked [R, L]. noise: what the
   * search's option drew, or {}.
   */
  step(
    params: P,
    begun: Begun<M, S>,
    token: Tensor,
    noise: unknown,
  ): { readonly logits: Tensor; readonly state: S; readonly weights?: Tensor | undefined };
}

export interface SearchOptions extends Omit<BeamSearchOptions<unknown>, "step" | "state"> {
  /** Draws what is random in a step, from 0, of so many rows: a tree of f32 [R, …], with the axes that the model's `noise` names. Default: nothing is. */
  readonly noise?: ((step: number, rows: number) => unknown) | undefined;
}

/** Beam search with a model on a backend. */
export interface BeamSearcher {
  /** The n best hypotheses of each sequence, as `beamSearch`. inputs: what the model reads, of that many sequences, on the host or the backend. */
  search(inputs: unknown, options: SearchOptions): Promise<readonly (readonly Hypothesis[])[]>;
  /** Frees what was compiled and the parameters that were put on the backend. */
  release(): void;
}

/**
 * Compiles a model for beam search. Its parameters, its memories and its states stay on the backend, where a step gathers the
 * rows that go on; only ln p of the next tokens and the attention come to the host. `params`: a tree on the host, or on the
 * backend. Batches and beams of every size share the same Programs.
 *
 * @example
 * const { search, release } = await beamSearcher(backend, { inputs: type(["S", "B"], "i32"), begin, step }, params);
 * const [[best] = []] = await search(source, { sequences: 1, begin: 1, end: 2, maxLength: 50 });
 */
export async function beamSearcher<P, I, M, S>(
  backend: Backend,
  model: BeamModel<P, I, M, S>,
  params: unknown,
): Promise<BeamSearcher> {
  const placed = await putOnBackend(backend, params);
  const begin = compile(backend, (p: unknown, inputs: unknown) => model.begin(p as P, inputs as I), {
    dims: [null, namesOf(model.inputs)],
  });
  const { memory, state } = leafDims(model, placed.tree);
  const step = compile(
    backend,
    (before: unknown, p: unknown, known: unknown, tokens: Tensor, parents: Tensor, noise: unknown) => {
      const begun = { memory: known as M, state: rows(before, parents) as S };
      const { logits, state: next, weights } = model.step(p as P, begun, tokens, noise);
      return { state: next, logProbabilities: logSoftmax(logits), weights };
    },
    { donate: 0, dims: [state("B"), null, memory("R"), ["R"], ["R"], model.noise] },
  );
  const move = compile(backend, (known: unknown, parents: Tensor) => rows(known, parents), {
    donate: 0,
    dims: [memory("B"), ["R"]],
  });

  return {
    async search(inputs, { noise, ...options }) {
      let steps = 0;
      // What is on the backend at this moment; a step that fails may have consumed some of it.
      let held: Begun<unknown, unknown> = { memory: {}, state: {} };
      const beamStep: BeamStep<null> = async (_, { tokens, parents, sameSources }) => {
        const [ids, from] = [ndarray(tokens), ndarray(parents)];
        // A decoder without attention remembers nothing of what it read.
        const moves = !sameSources && flattenTree(held.memory, isDeviceArray).leaves.length > 0;
        if (moves) held = { ...held, memory: await move(held.memory, from) };
        const random = noise?.(steps++, tokens.length) ?? {};
        const result = await step(held.state, placed.tree, held.memory, ids, from, random);
        held = { ...held, state: result.state };
        const logProbabilities = (await take(backend, result.logProbabilities)) as Float32Array;
        if (result.weights === undefined) return { state: null, logProbabilities };
        return { state: null, logProbabilities, attention: (await take(backend, result.weights)) as Float32Array };
      };
      try {
        held = await begin(placed.tree, inputs);
        return await beamSearch({ ...options, step: beamStep, state: null });
      } finally {
        release(backend, held);
      }
    },
    release() {
      for (const compiled of [begin, step, move]) compiled.release();
      placed.release();
    },
  };
}

/** The rows of every leaf that go on: [B, …] → [R, …]. */
const rows = (tree: unknown, parents: Tensor): unknown => mapTree(tree, isTensor, (leaf) => gather(leaf, parents));

async function take(backend: Backend, array: DeviceArray): Promise<NdArray["data"]> {
  const { data } = await backend.download(array);
  backend.release(array);
  return data;
}

/** The names of the axes of types; `row` for "B". */
const namesOf = (types: Tree<Type>, row = "B"): DimNames =>
  mapTree(types, isType, ({ shape }: Type) =>
    shape.map((d) => (!isSymbolic(d) ? null : dimKey(d) === "B" ? row : dimKey(d))),
  ) as DimNames;

/** The names of the axes of a model's memory and state, with another name for their rows. */
function leafDims<P, I, M, S>(model: BeamModel<P, I, M, S>, params: unknown) {
  const begin = (p: unknown, inputs: unknown) => model.begin(p as P, inputs as I);
  const { program, outputStructure } = trace(begin, [params, model.inputs]);
  const types = program.outputs.map(({ shape, dtype }): Type => ({ shape, dtype }));
  const begun = unflattenTree(outputStructure, types) as Begun<Tree<Type>, Tree<Type>>;
  return { memory: (row: string) => namesOf(begun.memory, row), state: (row: string) => namesOf(begun.state, row) };
}
