import { additive, attention, dot, general, scaledDot } from "@throughtime/attention";
import { bidirectional, dropout, gru, lstm, rnn, stacked } from "@throughtime/cells";
import { bahdanau, copyBridge, luong, plain, type Seq2Seq, seq2seq, zeroBridge } from "../src/index.js";

/** Source words, target words (a size that no other axis has), embeddings, and the encoder's and decoder's states. */
export const [VS, VT, E, H] = [7, 11, 3, 4];
const sizes = { sourceVocabularySize: VS, targetVocabularySize: VT };
const both = (inputSize: number) => {
  const cell = gru({ inputSize, hiddenSize: H });
  return bidirectional({ forward: cell, backward: cell });
};

/** One model of every kind. Suites run over this list. */
export const MODELS: readonly (readonly [string, Seq2Seq<never, never, never>])[] = [
  [
    "plain, reading backwards, the state copied",
    seq2seq({
      ...sizes,
      encoder: stacked([lstm({ inputSize: E, hiddenSize: H }), lstm({ inputSize: H, hiddenSize: H })]),
      reading: "backwards",
      bridge: copyBridge(),
      decoder: plain(stacked([lstm({ inputSize: E, hiddenSize: H }), lstm({ inputSize: H, hiddenSize: H })])),
    }),
  ],
  [
    "Bahdanau's with a readout and a smoothed loss",
    seq2seq({
      ...sizes,
      encoder: both(E),
      decoder: bahdanau({
        cell: gru({ inputSize: E + 2 * H, hiddenSize: H }),
        attention: attention(additive({ querySize: H, memorySize: 2 * H, coverage: "sum" })),
      }),
      readoutSize: 5,
      labelSmoothing: 0.1,
    }),
  ],
  [
    "Luong's with input feeding, tied, with dropout shared over time",
    seq2seq({
      ...sizes,
      encoder: stacked([both(E), gru({ inputSize: 2 * H, hiddenSize: H })]),
      decoder: luong({
        cell: dropout(lstm({ inputSize: E + E, hiddenSize: H }), { state: 0.2, masks: "sequence" }),
        attention: attention(general({ querySize: H, memorySize: H })),
        size: E,
      }),
      tied: "output",
      dropout: { embeddings: 0.3, output: 0.2, masks: "sequence" },
    }),
  ],
  [
    "Luong's without feeding, from a zero state, one table for both",
    seq2seq({
      sourceVocabularySize: VT,
      targetVocabularySize: VT,
      encoder: rnn({ inputSize: E, hiddenSize: H }),
      bridge: zeroBridge(),
      decoder: luong({
        cell: gru({ inputSize: E, hiddenSize: H }),
        attention: attention(dot({ querySize: H, memorySize: H })),
        feeding: "none",
      }),
      readoutSize: E,
      tied: "all",
    }),
  ],
  [
    "Bahdanau's around a stack, with scaled dot",
    seq2seq({
      ...sizes,
      encoder: both(E),
      decoder: bahdanau({
        cell: stacked([
          dropout(gru({ inputSize: E + 2 * H, hiddenSize: H }), { output: 0.3 }),
          rnn({ inputSize: H, hiddenSize: H }),
        ]),
        attention: attention(scaledDot({ querySize: H, memorySize: 2 * H })),
      }),
      dropout: { output: 0.2 },
    }),
  ],
] as never;
