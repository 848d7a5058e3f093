import { reference } from "@throughtime/backend-reference";
import { gru, lstm, stacked } from "@throughtime/cells";
import {
  compile,
  countOps,
  download,
  flattenTree,
  isNdArray,
  key,
  type NdArray,
  ndarray,
  type Tensor,
  trace,
  type,
} from "@throughtime/core";
import { type Report, sgd, sourceOf, train } from "@throughtime/train";
import { describe, expect, test } from "vitest";
import {
  type CharModelDescription,
  type CharModelParams,
  type CharModelState,
  charModel,
  languageModel,
} from "../src/index.js";

const [T, B, V, H] = [3, 2, 7, 5];
const ids = (shape: readonly number[], salt: number): NdArray => {
  const count = shape.reduce((a, b) => a * b, 1);
  return ndarray(
    Int32Array.from({ length: count }, (_, k) => (5 * k + 3 * salt) % V),
    { shape },
  );
};
const paths = (tree: unknown) => flattenTree(tree, isNdArray).paths;
const data = (array: NdArray) => [...array.data];

describe.each(["lstm", "gru", "rnn"] as const)("a model of a %s", (cell) => {
  const model = charModel({ cell, vocabularySize: V, hiddenSize: H, layers: 2, embeddingSize: 4 });
  const params = model.init(key(1));
  const x = ids([T, B], 1);
  const y = ids([T, B], 2);

  test("has the same logits for a sequence at once and token by token", async () => {
    const backend = reference();
    const all = compile(backend, (p: CharModelParams, tokens: Tensor, s: CharModelState) => model.logits(p, tokens, s));
    const one = compile(backend, (p: CharModelParams, token: Tensor, s: CharModelState) => model.step(p, token, s));
    const together = await download(backend, await all(params, x, model.initialState(B)));
    let state: unknown = model.initialState(B);
    for (let t = 0; t < T; t++) {
      const token = ndarray(x.data.slice(t * B, (t + 1) * B), { shape: [B] });
      const result = await one(params, token, state as never);
      const { logits } = await download(backend, { logits: result.logits });
      const expected = (together.logits as NdArray).data.slice(t * B * V, (t + 1) * B * V);
      logits.data.forEach((value: number, k: number) => {
        expect(value).toBeCloseTo(expected[k] as number, 5);
      });
      state = result.state;
    }
    expect(paths(together.state)).toEqual(paths(model.initialState(B)));
  });

  test("has the mean of −ln softmax(logits)[y] as its loss", async () => {
    const backend = reference();
    const run = compile(backend, (p: CharModelParams, tokens: Tensor, next: Tensor, s: CharModelState) => ({
      loss: model.loss(p, { batch: { x: tokens, y: next }, carry: s }).loss,
      logits: model.logits(p, tokens, s).logits,
    }));
    const result = await download(backend, await run(params, x, y, model.initialState(B)));
    const logits = result.logits as NdArray;
    let total = 0;
    for (let n = 0; n < T * B; n++) {
      const row = [...logits.data.subarray(n * V, (n + 1) * V)];
      total += Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - (row[y.data[n] as number] as number);
    }
    expect((result.loss as NdArray).data[0]).toBeCloseTo(total / (T * B), 5);
  });
});

describe("charModel", () => {
  const description: CharModelDescription = { cell: "lstm", vocabularySize: V, hiddenSize: H, layers: 2, dropout: 0.5 };

  test("is rebuilt from its description, which is JSON with every default filled in", () => {
    const model = charModel(description);
    const again = charModel(JSON.parse(JSON.stringify(model.description)));
    expect(model.description).toEqual({ ...description, embeddingSize: H });
    expect(again.description).toEqual(model.description);
    expect(again.init(key(3))).toEqual(model.init(key(3)));
  });

  test("names its parameters by part and layer", () => {
    expect(paths(charModel({ ...description, cell: "gru" }).init(key(1)))).toEqual([
      "embedding.E",
      ...["0", "1"].flatMap((layer) => ["W", "U", "b", "bn"].map((name) => `cell.${layer}.${name}`)),
      "output.W",
      "output.b",
    ]);
  });

  test("draws masks for every layer's outputs, equal for equal keys", () => {
    const model = charModel(description);
    const batch = { x: ids([T, B], 1), y: ids([T, B], 2) };
    const masks = model.noise(key(1), batch);
    expect(paths(masks)).toEqual(["0.output", "1.output"]);
    expect(masks).toEqual(model.noise(key(1), batch));
    expect(masks).not.toEqual(model.noise(key(2), batch));
    expect(charModel({ ...description, dropout: 0 }).noise(key(1), batch)).toEqual({});
  });

  test("refuses what is not a description, and says what is wrong", () => {
    expect(() => charModel({ ...description, cell: "LSTM" as never })).toThrow(
      /cell is "LSTM"; expected one of lstm, gru, rnn/,
    );
    expect(() => charModel({ ...description, hiddenSize: 0 })).toThrow(/charModel: hiddenSize.*received 0/);
    expect(() => charModel({ ...description, vocabularySize: 2.5 })).toThrow(/vocabularySize.*received 2.5/);
    expect(() => charModel({ ...description, layers: -1 })).toThrow(/layers/);
    expect(() => charModel({ ...description, dropout: 1 })).toThrow(/dropout must be in \[0, 1\)/);
  });
});

describe("a language model", () => {
  const model = charModel({ cell: "lstm", vocabularySize: V, hiddenSize: H, dropout: 0.3 });
  const params = model.init(key(1));

  test("serves every T and B with one Program, dropout included", async () => {
    const loss = compile(
      reference(),
      (p: CharModelParams, carry: CharModelState, batch: { x: Tensor; y: Tensor }, noise: unknown) =>
        model.loss(p, { batch, carry, noise }).loss,
      { dims: [null, model.dims.carry, model.dims.batch, model.dims.noise] },
    );
    for (const [steps, batch] of [
      [3, 2],
      [5, 4],
    ] as const) {
      const window = { x: ids([steps, batch], 1), y: ids([steps, batch], 2) };
      await loss(params, model.initialState(batch), window, model.noise(key(1), window));
    }
    expect(loss.stats()).toHaveLength(1);
  });

  test("with dropout does not train without noise unsaid, and is validated without", async () => {
    const window = { x: ids([3, 2], 1), y: ids([3, 2], 2) };
    const source = sourceOf({ stepsPerEpoch: 2, batchAt: () => window });
    const options = {
      ...{ backend: reference(), params, loss: model.loss, optimizer: sgd({ learningRate: 0.1 }), steps: 1 },
      ...{ source, carry: model.initialState(2), validation: { source } },
    };
    const reportsOf = async (training: AsyncIterable<Report>) => {
      const reports: Report[] = [];
      for await (const report of training) reports.push(report);
      return reports;
    };
    await expect(reportsOf(train(options))).rejects.toMatchObject({
      name: "OptionError",
      message: expect.stringMatching(
        /unroll: .*dropout\(lstm\).* has noise to apply.*train does with \{ noise: model.noise \}/,
      ),
    });
    const [report] = await reportsOf(train({ ...options, noise: model.noise }));
    expect(report?.validation?.loss).toBeGreaterThan(0);
    expect(report?.loss).not.toBe(report?.validation?.loss);
  });

  test("is one operator, which an exporter may claim", () => {
    const inference = trace(
      (p: CharModelParams, x: Tensor, s: CharModelState) => model.logits(p, x, s),
      [params, type(["T", B], "i32"), model.initialState(B)],
    );
    expect(countOps(inference.program)).toMatchObject({ lstmSequence: 1 });
  });

  test("takes any cell, and the embedding is of its size", () => {
    const mixed = languageModel({
      vocabularySize: V,
      cell: stacked([gru({ inputSize: 4, hiddenSize: H }), lstm({ inputSize: H, hiddenSize: 6 })]),
    });
    const first = mixed.init(key(1));
    expect(first.embedding.E.shape).toEqual([V, 4]);
    expect(first.output.W.shape).toEqual([6, V]);
    expect(data(first.cell[1].b as NdArray).slice(6, 12)).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

test("mistyped options of a model are an error: a model without dropout would train without a word", () => {
  const how = { cell: "gru", hiddenSize: 4, vocabularySize: 5 } as const;
  expect(() => charModel({ ...how, droput: 0.5 } as never)).toThrow('charModel: the options have "droput"');
  const options = { vocabularySize: 5, cell: gru({ inputSize: 3, hiddenSize: 3 }) };
  expect(() => languageModel({ ...options, initializer: {} } as never)).toThrow('have "initializer"');
  expect(() => languageModel({ ...options, initializers: { E: 1 } } as never)).toThrow(
    'languageModel: initializers: the options have "E"; expected { embedding, output }.',
  );
});
