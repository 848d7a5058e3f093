import { additive, attention } from "@throughtime/attention";
import { type AnyCell, gru, lstm } from "@throughtime/cells";
import { key, type Tensor } from "@throughtime/core";
import { precomputed } from "@throughtime/vision";
import { describe, expect, test } from "vitest";
import { captionModel, hardAttention, softAttention, topDown } from "../src/index.js";
import { BATCH, randomized, run } from "./arrays.js";
import { D, E, H, MODELS, V } from "./models.js";

const encoder = precomputed({ height: 2, width: 3, gridSize: D, pooledSize: 2 });
const looking = (options: { inputSize?: number; querySize?: number; memorySize?: number }) => ({
  cell: lstm({ inputSize: options.inputSize ?? E + D, hiddenSize: H }),
  attention: attention(additive({ querySize: options.querySize ?? H, memorySize: options.memorySize ?? D })),
});
const cell = lstm({ inputSize: E, hiddenSize: H });
const down = topDown({ cell, pooledSize: 2 });

describe("what does not fit is named", () => {
  test.each([
    [
      () => softAttention(looking({ inputSize: D })),
      "softAttention: lstm has inputSize 5, of which 5 are the context's; nothing is left for the word. Build it with the embedding's size and 5.",
    ],
    [
      () => hardAttention(looking({ querySize: 9 })),
      "hardAttention: lstm asks with a vector of size 4, but the attention was built with querySize 9. Make them equal.",
    ],
    [() => softAttention({ cell } as never), "softAttention: attention is undefined; expected one, as attention("],
    [
      () => softAttention({ ...looking({}), cell: undefined } as never),
      "softAttention: cell is undefined; expected one, as lstm(",
    ],
    [() => topDown({ cell: {} } as never), "topDown: cell is an empty object; expected one, as lstm("],
    [
      () => softAttention({ ...looking({}), doublyStochastic: -1 }),
      "softAttention: doublyStochastic must be a number ≥ 0, received -1.",
    ],
    [
      () => softAttention({ ...looking({}), gate: "vector" as never }),
      'softAttention: gate is the string "vector"; expected "scalar" or "none".',
    ],
    [() => softAttention({ ...looking({}), lambda: 1 } as never), 'softAttention: the options have "lambda"'],
    [() => topDown({ cell, pooledSize: 0 }), "topDown: pooledSize must be an integer of at least 1, received 0."],
    [
      () => topDown({ cell, pooledSize: 2, image: "both" as never }),
      'topDown: image is the string "both"; expected "state" or "input".',
    ],
    [
      () => captionModel({ encoder, decoder: topDown({ cell, pooledSize: 3 }), vocabularySize: V }),
      "captionModel: precomputed has pooledSize 2, but topDown(lstm) was built for 3. Build it for 2.",
    ],
    [
      () =>
        captionModel({
          encoder,
          decoder: softAttention(looking({ inputSize: E + 7, memorySize: 7 })),
          vocabularySize: V,
        }),
      "captionModel: precomputed has gridSize 5, but softAttention(lstm, additive) was built for 7. Build it for 5.",
    ],
    [
      () => captionModel({ encoder, decoder: cell as never, vocabularySize: V }),
      "captionModel: decoder is an object with",
    ],
    [
      () => captionModel({ encoder: {} as never, decoder: down, vocabularySize: V }),
      "captionModel: encoder is an empty object; expected one, as cnn(",
    ],
    [
      () => captionModel({ encoder, decoder: down, vocabularySize: 0 }),
      "captionModel: vocabularySize must be an integer of at least 1, received 0.",
    ],
    [
      () => captionModel({ encoder, decoder: down, vocabularySize: V, dropout: { output: 1 } }),
      "captionModel: output must be in [0, 1), received 1.",
    ],
    [
      () => captionModel({ encoder, decoder: down, vocabularySize: V, dropout: { words: 0.1 } as never }),
      'captionModel: dropout: the options have "words"',
    ],
    [
      () => captionModel({ encoder, decoder: down, vocabularySize: V, tied: "output" }),
      "captionModel: the output is tied to embeddings of size 3, but what it reads has size 4. Give readoutSize: 3.",
    ],
  ])("%#", (make, message) => {
    expect(make).toThrow(message);
  });

  test("a cell without an h to ask with", () => {
    const base = gru({ inputSize: E + D, hiddenSize: H });
    const other: AnyCell = {
      ...(base as unknown as AnyCell),
      initialState: (batch) => ({ s: (base.initialState(batch) as { h: Tensor }).h }),
    };
    const { attention: attends } = looking({});
    expect(() => softAttention({ cell: other, attention: attends })).toThrow(
      "softAttention: the cell's state has {s} and no h to ask with. Say which leaf it is: query: (state) => …",
    );
    expect(
      softAttention({ cell: other, attention: attends, query: (state) => (state as { s: Tensor }).s }).gridSize,
    ).toBe(D);
  });
});

describe("a batch", () => {
  const [, model] = MODELS[0] as (typeof MODELS)[number];
  const params = randomized(model);
  const loss = (batch: object) =>
    run((p: never, b: never) => model.loss(p, { batch: b, noise: "none" }).loss, params, batch);

  test("of other grids, of pixels, or without words", () => {
    const { grid, pooled } = BATCH.images as { grid: typeof BATCH.input; pooled: typeof BATCH.input };
    expect(() => loss({ ...BATCH, images: { grid: pooled, pooled } })).toThrow(
      "precomputed: grid is f32[3, 2]; expected [B, 6, 5]",
    );
    expect(() => loss({ ...BATCH, images: { pixels: grid } })).toThrow("precomputed: expected images { grid, pooled }");
    const { output: _, ...silent } = BATCH;
    expect(() => loss(silent)).toThrow(
      "captionModel: the batch lacks output; expected { images, input, output, lengths }",
    );
  });

  test("without the noise that a model has is an error, so that dropout is never left out by mistake", () => {
    const [, dropping] = MODELS[1] as (typeof MODELS)[number];
    const run1 = () => run((p: never, b: never) => dropping.loss(p, { batch: b }).loss, randomized(dropping), BATCH);
    expect(run1).toThrow("captionModel: loss: the model has noise to apply while it trains");
  });
});

test("equal keys give equal parameters and noise, others others", () => {
  for (const [, model] of MODELS) {
    expect(model.init(key(1))).toEqual(model.init(key(1)));
    expect(model.init(key(1))).not.toEqual(model.init(key(2)));
    expect(model.noise(key(1), BATCH)).toEqual(model.noise(key(1), BATCH));
  }
});
