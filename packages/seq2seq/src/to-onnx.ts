import {
  flattenTree,
  isTensor,
  isType,
  optimize,
  type Tensor,
  type Type,
  trace,
  type,
  unflattenTree,
} from "@throughtime/core";
import { loweredOps, type OnnxOptions, toOnnx } from "@throughtime/onnx";
import type { Encoded, Seq2Seq } from "./model.js";

export interface Seq2SeqOnnxOptions {
  /** Key and value pairs that both models carry: vocabularies, say. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** "loops" for runtimes without ONNX's LSTM, GRU and RNN: every cell is then a Scan. Default "operators". */
  readonly recurrent?: OnnxOptions["recurrent"];
}

/** A model as the bytes of two ONNX models, with its parameters in them and S and B as dynamic axes. */
export interface Seq2SeqOnnx {
  /** source i32 [S, B] and lengths i32 [B] → what a step reads of the source, memory_…, and the first state, state_…. */
  readonly encoder: Uint8Array;
  /** word i32 [B], memory_… and state_… → logits f32 [B, V], the next state, next_…, and where there is attention its weights f32 [B, S]. */
  readonly step: Uint8Array;
}

/**
 * Writes a model as ONNX: the encoder with the bridge, and one step of the decoder. The encoder's outputs have the names of
 * the step's inputs, and next_… replaces state_… after each step: decoding needs no more than these names. `params`: the
 * model's, on the host. Throws UnsupportedOpError for a cell with an op that ONNX has no lowering for.
 *
 * @example const { encoder, step } = seq2seqToOnnx(model, params); await writeFile("step.onnx", step);
 */
export function seq2seqToOnnx<P, S, N>(
  model: Seq2Seq<P, S, N>,
  params: unknown,
  { metadata = {}, recurrent = "operators" }: Seq2SeqOnnxOptions = {},
): Seq2SeqOnnx {
  const read = trace(
    (p: P, source: Tensor, lengths: Tensor) => model.encode(p, source, lengths),
    [params, type(["S", "B"], "i32"), type(["B"], "i32")],
  );
  const types = read.program.outputs.map(({ shape, dtype }): Type => ({ shape, dtype }));
  const encoded = unflattenTree(read.outputStructure, types) as { memory: unknown; state: unknown };
  const names = (prefix: string, tree: unknown) =>
    flattenTree<Type>(tree, isType).paths.map((path) => [prefix, ...path.split(".")].join("_"));
  const [memory, state] = [names("memory", encoded.memory), names("state", encoded.state)];

  let attends = false;
  const written = trace(
    (p: P, word: Tensor, known: unknown, before: unknown) => {
      const { logits, state: next, weights } = model.step(p, { memory: known, state: before } as Encoded<S>, word);
      attends = weights !== undefined;
      return [logits, ...flattenTree(next, isTensor).leaves, ...(weights ? [weights] : [])];
    },
    [params, type(["B"], "i32"), encoded.memory, encoded.state],
  );
  const write = (name: string, { program }: typeof read, inputNames: string[], outputNames: string[]): Uint8Array =>
    toOnnx(optimize(program, loweredOps(recurrent)).program, {
      ...{ name, metadata, params, recurrent },
      ...{ inputNames, outputNames },
    });
  return {
    encoder: write("encoder", read, ["source", "lengths"], [...memory, ...state]),
    step: write(
      "step",
      written,
      ["word", ...memory, ...state],
      ["logits", ...names("next", encoded.state), ...(attends ? ["attention"] : [])],
    ),
  };
}
