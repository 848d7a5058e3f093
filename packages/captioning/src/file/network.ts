import { additive, attention } from "@throughtime/attention";
import { type AnyCell, cellSize, gru, lstm, rnn } from "@throughtime/cells";
import { cnn, type ImageEncoder, precomputed } from "@throughtime/vision";
import { captionModel } from "../caption-model.js";
import type { CaptionDecoder } from "../decoders/decoder.js";
import { hardAttention } from "../decoders/hard-attention.js";
import { softAttention } from "../decoders/soft-attention.js";
import { topDown } from "../decoders/top-down.js";
import type { CaptionModel } from "../model.js";
import type { CaptionerModel } from "./settings.js";

// biome-ignore lint/suspicious/noExplicitAny: which trees they are, a description says when the program runs.
type Trees = any;

/** A captioner whose trees of parameters, states and noise the compiler does not know. */
export type CaptionNetwork = CaptionModel<Trees, Trees, Trees>;

/** The network that a description names. Throws OptionError where its parts do not fit each other. */
export function captionNetwork(description: CaptionerModel): CaptionNetwork {
  const { vocabularySize, dropout } = description;
  const encoder = encoderOf(description);
  return captionModel<Trees, Trees, Trees, Trees>({
    ...{ encoder, decoder: decoderOf(description, encoder), vocabularySize },
    dropout: { embeddings: dropout, output: dropout },
  });
}

/** The encoder of a description; a frozen one reads what was made before. */
export function encoderOf({ encoder, preprocessing }: CaptionerModel): ImageEncoder<Trees> {
  if (encoder.kind === "onnx") {
    const { height, width, gridSize, pooledSize } = encoder;
    return precomputed({ height, width, gridSize, pooledSize });
  }
  const { size, channels } = preprocessing;
  return cnn({ size, channels: channels === "gray" ? 1 : 3, widths: encoder.widths });
}

const CELL = { gru, lstm, rnn } as const satisfies Record<
  string,
  (options: { inputSize: number; hiddenSize: number }) => AnyCell
>;

function decoderOf(
  description: CaptionerModel,
  { gridSize: D, pooledSize }: Pick<ImageEncoder, "gridSize" | "pooledSize">,
): CaptionDecoder<Trees, Trees, Trees> {
  const { attention: kind, cell, embeddingSize: E, hiddenSize: H, attentionSize, image } = description;
  const cellOf = (inputSize: number): AnyCell => CELL[cell]({ inputSize, hiddenSize: H });
  if (kind === "none") return topDown({ cell: cellOf(E), pooledSize, image });
  const parts = {
    cell: cellOf(E + D),
    attention: attention(additive({ querySize: H, memorySize: D, size: attentionSize })),
  };
  const { penalty, reinforce, entropy } = description;
  return kind === "hard"
    ? hardAttention({ ...parts, reinforce, entropy })
    : softAttention({ ...parts, doublyStochastic: penalty });
}

/** About how many numbers a network of this description learns: what to check before memory is asked for. */
export function captionNetworkSize(description: CaptionerModel): number {
  const { attention: kind, cell, embeddingSize: E, hiddenSize: H, attentionSize: A, vocabularySize: V } = description;
  const { gridSize: D, pooledSize: P, size } = encoderOf(description);
  const states = cell === "lstm" ? 2 : 1;
  const inputSize = kind === "none" ? E : E + D;
  const own = cellSize(CELL[cell]({ inputSize, hiddenSize: H }));
  const decoder = kind === "none" ? states * P * H : states * D * H + (H + D) * A + (H + D) * E;
  const output = kind === "none" ? H : E;
  return size + own + decoder + V * E + V * output;
}
