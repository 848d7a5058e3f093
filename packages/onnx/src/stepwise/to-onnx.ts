import {
  flattenTree,
  isTensor,
  isType,
  optimize,
  type Tensor,
  type Tree,
  type Type,
  trace,
  type,
  unflattenTree,
} from "@throughtime/core";
import { loweredOps, type OnnxOptions, toOnnx } from "../export.js";

/** A model that reads something once, and then writes word by word. P: its parameters, I: what it reads; memory and state: trees with [B, …]. */
export interface StepwiseModel<P, I, M, S> {
  /** The types of what it reads. Their paths are the encoder's inputs. */
  readonly inputs: Tree<Type>;
  /** What a step reads, made once, and the first state. */
  begin(params: P, inputs: I): { readonly memory: M; readonly state: S };
  /** word: i32 [B], the one before → logits [B, V] of the next, and where it looked. */
  step(
    params: P,
    begun: { readonly memory: M; readonly state: S },
    word: Tensor,
  ): { readonly logits: Tensor; readonly state: S; readonly weights?: Tensor | undefined };
}

export interface StepwiseOnnxOptions {
  /** Key and value pairs that both models carry: vocabularies, say. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** "loops" for runtimes without ONNX's LSTM, GRU and RNN: every cell is then a Scan. Default "operators". */
  readonly recurrent?: OnnxOptions["recurrent"];
}

/** A model as the bytes of two ONNX models, with its parameters in them and named sizes as dynamic axes. */
export interface StepwiseOnnx {
  /** What the model reads → what a step reads of it, memory_…, and the first state, state_…. */
  readonly encoder: Uint8Array;
  /** word i32 [B], memory_… and state_… → logits f32 [B, V], the next state, next_…, and where the model looks its weights, attention. */
  readonly step: Uint8Array;
}

/**
 * Writes a model as ONNX: what it reads, and one step. The encoder's outputs have the names of the step's inputs, and next_… replaces
 * state_… after each step: decoding needs no more than these names. `params`: the model's, on the host. Throws UnsupportedOpError for an op
 * that ONNX has no lowering for.
 */
export function stepwiseToOnnx<P, I, M, S>(
  model: StepwiseModel<P, I, M, S>,
  params: unknown,
  { metadata = {}, recurrent = "operators" }: StepwiseOnnxOptions = {},
): StepwiseOnnx {
  const read = trace((p: P, inputs: I) => model.begin(p, inputs), [params, model.inputs] as never);
  const types = read.program.outputs.map(({ shape, dtype }): Type => ({ shape, dtype }));
  const begun = unflattenTree(read.outputStructure, types) as { memory: unknown; state: unknown };
  const names = (tree: unknown, ...before: readonly string[]) =>
    flattenTree<Type>(tree, isType).paths.map((path) => [...before, ...path.split(".")].join("_"));
  const [memory, state] = [names(begun.memory, "memory"), names(begun.state, "state")];

  let attends = false;
  const written = trace(
    (p: P, word: Tensor, known: M, before: S) => {
      const { logits, state: next, weights } = model.step(p, { memory: known, state: before }, word);
      attends = weights !== undefined;
      return [logits, ...flattenTree(next, isTensor).leaves, ...(weights ? [weights] : [])];
    },
    [params, type(["B"], "i32"), begun.memory, begun.state] as never,
  );
  const write = (name: string, { program }: typeof read, inputNames: string[], outputNames: string[]): Uint8Array =>
    toOnnx(optimize(program, loweredOps(recurrent)).program, {
      ...{ name, metadata, params, recurrent },
      ...{ inputNames, outputNames },
    });
  return {
    encoder: write("encoder", read, names(model.inputs), [...memory, ...state]),
    step: write(
      "step",
      written,
      ["word", ...memory, ...state],
      ["logits", ...names(begun.state, "next"), ...(attends ? ["attention"] : [])],
    ),
  };
}
