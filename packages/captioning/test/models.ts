import { additive, attention, general } from "@throughtime/attention";
import { dropout, gru, lstm, rnn, stacked } from "@throughtime/cells";
import { precomputed } from "@throughtime/vision";
import { type CaptionModel, captionModel, hardAttention, softAttention, topDown } from "../src/index.js";

/** Words (a size that no other axis has), embeddings, states, and the pictures' places and vectors. */
export const [V, E, H, L, D, POOLED] = [11, 3, 4, 6, 5, 2];
const encoder = precomputed({ height: 2, width: 3, gridSize: D, pooledSize: POOLED });
const base = { encoder, vocabularySize: V };

export type AnyModel = CaptionModel<never, never, never>;

/** One model of every kind. Suites run over this list. */
export const MODELS: readonly (readonly [string, AnyModel])[] = [
  [
    "top-down, the picture as first state",
    captionModel({ ...base, decoder: topDown({ cell: lstm({ inputSize: E, hiddenSize: H }), pooledSize: POOLED }) }),
  ],
  [
    "top-down, the picture as first input of a stack with dropout, tied",
    captionModel({
      ...base,
      decoder: topDown({
        cell: stacked([
          dropout(lstm({ inputSize: E, hiddenSize: H }), { output: 0.3 }),
          gru({ inputSize: H, hiddenSize: E }),
        ]),
        pooledSize: POOLED,
        image: "input",
      }),
      tied: "output",
      dropout: { embeddings: 0.2, output: 0.2, masks: "sequence" },
    }),
  ],
  [
    "soft attention with the penalty",
    captionModel({
      ...base,
      decoder: softAttention({
        cell: lstm({ inputSize: E + D, hiddenSize: H }),
        attention: attention(additive({ querySize: H, memorySize: D, size: 7 })),
      }),
      readoutSize: 5,
    }),
  ],
  [
    "soft attention without gate and penalty, around a stack, smoothed, with coverage",
    captionModel({
      ...base,
      decoder: softAttention({
        cell: stacked([gru({ inputSize: E + D, hiddenSize: H }), rnn({ inputSize: H, hiddenSize: H })]),
        attention: attention(additive({ querySize: H, memorySize: D, coverage: "sum" })),
        ...{ gate: "none", doublyStochastic: 0 },
      }),
      labelSmoothing: 0.1,
      dropout: { output: 0.3 },
    }),
  ],
  [
    "soft attention with the general score and dropout in the cell",
    captionModel({
      ...base,
      decoder: softAttention({
        cell: dropout(gru({ inputSize: E + D, hiddenSize: H }), { input: 0.2, state: 0.2, masks: "sequence" }),
        attention: attention(general({ querySize: H, memorySize: D })),
        doublyStochastic: 0.5,
      }),
      dropout: { embeddings: 0.2 },
    }),
  ],
  [
    "hard attention",
    captionModel({
      ...base,
      decoder: hardAttention({
        cell: lstm({ inputSize: E + D, hiddenSize: H }),
        attention: attention(additive({ querySize: H, memorySize: D })),
      }),
    }),
  ],
  [
    "hard attention that takes the expectation, around a GRU with dropout",
    captionModel({
      ...base,
      decoder: hardAttention({
        cell: dropout(gru({ inputSize: E + D, hiddenSize: H }), { output: 0.2 }),
        attention: attention(additive({ querySize: H, memorySize: D })),
        inference: "expectation",
      }),
      tied: "output",
      dropout: { output: 0.2 },
    }),
  ],
] as never;
