import { additive, attention, concatScore, dot, general, type Score, scaledDot } from "@throughtime/attention";
import {
  type AnyCell,
  type AnyUnrollable,
  bidirectional,
  cellSize,
  dropout,
  gru,
  lstm,
  rnn,
  stacked,
} from "@throughtime/cells";
import { bahdanau } from "../decoders/bahdanau.js";
import type { Decoder } from "../decoders/decoder.js";
import { luong } from "../decoders/luong.js";
import { plain } from "../decoders/plain.js";
import type { Seq2Seq } from "../model.js";
import { seq2seq } from "../seq2seq.js";
import type { NetworkDescription } from "./settings.js";

// biome-ignore lint/suspicious/noExplicitAny: which trees they are, a description says when the program runs.
type Trees = any;

/** A network whose trees of parameters, states and noise the compiler does not know. */
export type Network = Seq2Seq<Trees, Trees, Trees>;

/**
 * The network that a description names. Throws OptionError where its parts do not fit each other.
 *
 * @example network({ ...settings, sourceVocabularySize: 8000, targetVocabularySize: 6000 })
 */
export function network(description: NetworkDescription): Network {
  const { sourceVocabularySize, targetVocabularySize, readoutSize, tied, labelSmoothing } = description;
  const { dropout: embeddings, outputDropout: output, masks } = description;
  const encoder = encoderOf(description);
  return seq2seq({
    ...{ sourceVocabularySize, targetVocabularySize, encoder, tied, labelSmoothing },
    decoder: decoderOf(description, encoder.outputSize),
    reading: description.encoder === "backwards" ? "backwards" : "forwards",
    dropout: { embeddings, output, masks },
    ...(readoutSize === null ? {} : { readoutSize }),
  });
}

/** About how many numbers a network of this description learns: what to check before memory is asked for. */
export function networkSize(description: NetworkDescription): number {
  const { cell, embeddingSize: E, hiddenSize: H, layers, tied, readoutSize, targetVocabularySize: V } = description;
  const both = description.encoder === "bidirectional" ? 2 : 1;
  const M = description.attention === "none" ? 0 : both * H;
  const layer = (inputSize: number) => cellSize(CELL[cell]({ inputSize, hiddenSize: H }));
  const encoder = both * (layer(E) + (layers - 1) * layer(both * H));
  const decoder = layer(E + M) + (layers - 1) * layer(H);
  const output = readoutSize ?? H + M + E;
  return (description.sourceVocabularySize + V) * E + encoder + decoder + (tied === "none" ? V * output : 0);
}

const CELL = {
  gru,
  lstm,
  rnn,
} as const satisfies Record<string, (options: { inputSize: number; hiddenSize: number }) => AnyCell>;

/** Layers of one cell, with dropout between them. */
function cellsOf(
  { cell, hiddenSize, layers, dropout: rate, masks }: NetworkDescription,
  inputSize: number,
  outputSize: number,
): AnyCell[] {
  return Array.from({ length: layers }, (_, i): AnyCell => {
    const own: AnyCell = CELL[cell]({ inputSize: i === 0 ? inputSize : outputSize, hiddenSize });
    return i < layers - 1 && rate > 0 ? dropout(own, { output: rate, masks }) : own;
  });
}

function encoderOf(description: NetworkDescription): AnyUnrollable {
  const { embeddingSize, hiddenSize, encoder } = description;
  if (encoder !== "bidirectional") return one(cellsOf(description, embeddingSize, hiddenSize));
  const both = cellsOf(description, embeddingSize, 2 * hiddenSize).map(
    (cell): AnyUnrollable => bidirectional({ forward: cell, backward: cell }),
  );
  return both.length === 1 ? (both[0] as AnyUnrollable) : stacked(both);
}

const one = (cells: readonly AnyCell[]): AnyCell => (cells.length === 1 ? (cells[0] as AnyCell) : stacked(cells));

function decoderOf(description: NetworkDescription, memorySize: number): Decoder<Trees, Trees, Trees> {
  const { embeddingSize, hiddenSize, decoder } = description;
  const cellOf = (inputSize: number) => one(cellsOf(description, inputSize, hiddenSize));
  if (description.attention === "none") return plain(cellOf(embeddingSize));
  const score: Score<Trees> = SCORE[description.attention]({ querySize: hiddenSize, memorySize });
  return decoder === "bahdanau"
    ? bahdanau({ cell: cellOf(embeddingSize + memorySize), attention: attention(score) })
    : luong({ cell: cellOf(embeddingSize + hiddenSize), attention: attention(score) });
}

const SCORE = { additive, general, dot, concat: concatScore, "scaled-dot": scaledDot } as const;
