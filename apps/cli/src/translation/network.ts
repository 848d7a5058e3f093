import { additive, attention, concatScore, dot, general, type Score, scaledDot } from "@throughtime/attention";
import {
  type AnyCell,
  type AnyUnrollable,
  bidirectional,
  dropout,
  gru,
  lstm,
  rnn,
  stacked,
  type Unrollable,
} from "@throughtime/cells";
import { OptionError } from "@throughtime/core";
import { bahdanau, type Decoder, luong, plain, type Seq2Seq, seq2seq } from "@throughtime/seq2seq";
import type { CELLS } from "../training/settings.js";

export const ENCODERS = ["bidirectional", "forwards", "backwards"] as const;
export const ATTENTIONS = ["additive", "general", "dot", "concat", "scaled-dot", "none"] as const;
export const DECODERS = ["bahdanau", "luong"] as const;
export const TIES = ["none", "output", "all"] as const;

/** What a translator is made of, but for the vocabularies, which the text decides. */
export type NetworkSettings = {
  readonly cell: (typeof CELLS)[number];
  readonly encoder: (typeof ENCODERS)[number];
  readonly decoder: (typeof DECODERS)[number];
  /** "none": all that is passed is the encoder's last state, whatever the decoder (Sutskever et al. 2014). */
  readonly attention: (typeof ATTENTIONS)[number];
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  /** The layer between decoder and vocabulary; null for none. */
  readonly readoutSize: number | null;
  readonly tied: (typeof TIES)[number];
  /** Of embedded words, and between layers. */
  readonly dropout: number;
  /** Of what the product with the vocabulary reads. */
  readonly outputDropout: number;
  readonly masks: "step" | "sequence";
  readonly labelSmoothing: number;
};

export type NetworkDescription = NetworkSettings & {
  readonly sourceVocabularySize: number;
  readonly targetVocabularySize: number;
};

/** A translator whose trees the compiler need not spell out. */
export type Network = Seq2Seq<unknown, unknown, unknown>;

/** The model of a description. Throws OptionError, in the words of the command line, where its parts do not fit each other. */
export function network(description: NetworkDescription): Network {
  requireFitting(description);
  const { embeddingSize, sourceVocabularySize, targetVocabularySize, readoutSize, tied, labelSmoothing } = description;
  const { dropout: embeddings, outputDropout: output, masks } = description;
  const encoder = encoderOf(description, embeddingSize);
  return inFlags(() =>
    seq2seq({
      ...{ sourceVocabularySize, targetVocabularySize, encoder, tied, labelSmoothing },
      decoder: decoderOf(description, encoder.outputSize),
      reading: description.encoder === "backwards" ? "backwards" : "forwards",
      dropout: { embeddings, output, masks },
      ...(readoutSize === null ? {} : { readoutSize }),
    }),
  ) as unknown as Network;
}

/** What seq2seq says of the sizes of tied matrices, by the option that sets them. */
function inFlags<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== "OptionError" || !message.includes("tied")) throw error;
    const said = message
      .replace(/^seq2seq: tied "(\w+)" is/, "--tied $1:")
      .replace(/^seq2seq: /, "--tied: ")
      .replace(/readoutSize: /g, "--readout ");
    throw new OptionError(said, {}, { cause: error });
  }
}

function requireFitting({ attention: score, encoder, hiddenSize: H }: NetworkDescription): void {
  const M = encoder === "bidirectional" ? 2 * H : H;
  if (score === "dot" && M !== H) {
    throw new OptionError(
      `--attention dot multiplies the decoder's state (${H}) by the encoder's (${M} in both directions). Choose --attention general, or --encoder forwards.`,
    );
  }
}

const GATES = { rnn: 1, gru: 3, lstm: 4 } as const;

/** About how many numbers a model of this description learns, biases aside: what to check before memory is asked for. */
export function networkSize(description: NetworkDescription): number {
  const { cell, embeddingSize: E, hiddenSize: H, layers, tied, readoutSize, targetVocabularySize: V } = description;
  const both = description.encoder === "bidirectional" ? 2 : 1;
  const M = description.attention === "none" ? 0 : both * H;
  const layer = (inputSize: number) => GATES[cell] * H * (inputSize + H);
  const encoder = both * (layer(E) + (layers - 1) * layer(both * H));
  const decoder = layer(E + M) + (layers - 1) * layer(H);
  const output = readoutSize ?? H + M + E;
  return (description.sourceVocabularySize + V) * E + encoder + decoder + (tied === "none" ? V * output : 0);
}

const CELL = { gru, lstm, rnn } as const;

/** Layers of one cell, with dropout between them, as a stack of which `layer` makes each. */
function layered(
  { cell, hiddenSize, layers, dropout: rate, masks }: NetworkDescription,
  inputSize: number,
  layer: (cell: AnyCell) => AnyUnrollable = (one) => one,
): AnyUnrollable {
  const cells: AnyUnrollable[] = [];
  for (let i = 0; i < layers; i++) {
    const own = CELL[cell]({ inputSize: cells.at(-1)?.outputSize ?? inputSize, hiddenSize }) as AnyCell;
    const drops = i < layers - 1 && rate > 0;
    cells.push(layer(drops ? (dropout(own as never, { output: rate, masks }) as unknown as AnyCell) : own));
  }
  return layers === 1 ? (cells[0] as AnyUnrollable) : (stacked(cells) as unknown as AnyUnrollable);
}

const encoderOf = (description: NetworkDescription, inputSize: number): Unrollable<never, never, never> =>
  layered(description, inputSize, (cell) =>
    description.encoder === "bidirectional"
      ? (bidirectional({ forward: cell as never, backward: cell as never }) as unknown as AnyUnrollable)
      : cell,
  ) as never;

function decoderOf(description: NetworkDescription, memorySize: number): Decoder<never, never, never> {
  const { embeddingSize, hiddenSize, decoder } = description;
  const cellOf = (inputSize: number) => layered(description, inputSize) as never;
  if (description.attention === "none") return plain(cellOf(embeddingSize)) as never;
  const score = SCORE[description.attention]({ querySize: hiddenSize, memorySize }) as unknown as Score<never>;
  const looks = attention(score);
  return decoder === "bahdanau"
    ? (bahdanau({ cell: cellOf(embeddingSize + memorySize), attention: looks }) as never)
    : (luong({ cell: cellOf(embeddingSize + hiddenSize), attention: looks }) as never);
}

const SCORE = { additive, general, dot, concat: concatScore, "scaled-dot": scaledDot } as const;
