import {
  flattenTree,
  isNdArray,
  isTensor,
  isType,
  mapTree,
  optimize,
  type Tensor,
  type Type,
  trace,
  type,
} from "@throughtime/core";
import { loweredOps, type OnnxOptions, toOnnx } from "@throughtime/onnx";
import type { LanguageModel } from "./model.js";

export interface LanguageModelOnnxOptions {
  /** Key and value pairs that the models carry: a vocabulary, say. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** "loops" for runtimes without ONNX's LSTM, GRU and RNN: every cell is then a Scan. Default "operators". */
  readonly recurrent?: OnnxOptions["recurrent"];
}

/** A model as the bytes of two ONNX models, with its parameters in them and B and T as dynamic axes. */
export interface LanguageModelOnnx {
  /** tokens i32 [T, B] and the state before → logits f32 [T, B, V] and the state after. */
  readonly sequence: Uint8Array;
  /** tokens i32 [B], one of each sequence, and the state before → logits f32 [B, V] and the state after. */
  readonly step: Uint8Array;
}

/**
 * Writes a language model as ONNX: a model that reads whole sequences and one that reads token by token. Inputs are
 * `tokens` and a state leaf each, by its path (`state_0_h`, `state_0_c`); outputs `logits` and the leaves of the next state
 * (`next_0_h`, …). lstm, gru and rnn become ONNX's operators of these names; any other cell becomes a Scan.
 * `params`: the model's, on the host. Throws UnsupportedOpError for a cell with an op that ONNX has no lowering for.
 *
 * @example const { sequence, step } = languageModelToOnnx(model, params); await writeFile("step.onnx", step);
 */
export function languageModelToOnnx<P, S, N>(
  model: LanguageModel<P, S, N>,
  params: unknown,
  { metadata = {}, recurrent = "operators" }: LanguageModelOnnxOptions = {},
): LanguageModelOnnx {
  const state = mapTree(model.initialState(1), isNdArray, ({ dtype, shape }) => type(["B", ...shape.slice(1)], dtype));
  const { paths } = flattenTree<Type>(state, isType);
  const names = (prefix: string) => paths.map((path) => [prefix, ...path.split(".")].join("_"));
  const write = (
    name: string,
    tokens: Type,
    run: (p: P, x: Tensor, s: S) => { logits: Tensor; state: S },
  ): Uint8Array => {
    const { program } = trace(
      (p: P, x: Tensor, s: S) => {
        const result = run(p, x, s);
        return { logits: result.logits, next: flattenTree(result.state, isTensor).leaves };
      },
      [params, tokens, state] as never,
    );
    const options = {
      ...{ name, metadata, params, recurrent },
      inputNames: ["tokens", ...names("state")],
      outputNames: ["logits", ...names("next")],
    };
    return toOnnx(optimize(program, loweredOps(recurrent)).program, options);
  };
  return {
    sequence: write("sequence", type(["T", "B"], "i32"), (p, x, s) => model.logits(p, x, s)),
    step: write("step", type(["B"], "i32"), (p, x, s) => model.step(p, x, s)),
  };
}
