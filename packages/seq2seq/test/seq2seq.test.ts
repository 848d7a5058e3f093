import { additive, attention } from "@throughtime/attention";
import { bidirectional, gru, lstm } from "@throughtime/cells";
import {
  constant,
  countOps,
  evaluateProgram,
  flattenTree,
  foldIn,
  isNdArray,
  isProgram,
  isTensor,
  key,
  logSoftmax,
  mapTree,
  type NdArray,
  ndarray,
  normal,
  optimize,
  type Program,
  scan,
  type Tensor,
  toF64,
  trace,
  type,
  valueAndGrad,
} from "@throughtime/core";
import { slopes, widen } from "@throughtime/testkit";
import { describe, expect, test } from "vitest";
import {
  bahdanau,
  copyBridge,
  linearBridge,
  luong,
  plain,
  type Seq2Seq,
  type Seq2SeqBatch,
  seq2seq,
} from "../src/index.js";
import { E, H, MODELS, VS, VT } from "./models.js";

type Model = Seq2Seq<never, never, never>;
const [T, B] = [3, 3];
const i32 = (values: readonly number[] | readonly (readonly number[])[]) => ndarray(values, { dtype: "i32" });

const SOURCE = [
  [3, 4, 5],
  [6, 1, 2],
  [2, 5, 0],
  [4, 0, 0],
];
const INPUT = [
  [1, 1, 1],
  [4, 5, 0],
  [9, 7, 0],
];
const OUTPUT = [
  [4, 5, 2],
  [9, 7, 0],
  [2, 2, 0],
];
const BATCH: Seq2SeqBatch<NdArray> = {
  source: i32(SOURCE),
  sourceLengths: i32([4, 3, 2]),
  input: i32(INPUT),
  output: i32(OUTPUT),
  lengths: i32([3, 3, 1]),
};

const lossOf = (model: Model) => (p: never, batch: Seq2SeqBatch<Tensor>, noise?: unknown) =>
  valueAndGrad((q: never) => model.loss(q, { batch, noise: noise ?? "none" }).loss, p);
const run = (fn: (...args: never[]) => unknown, ...args: readonly unknown[]): NdArray[] => {
  const { program } = trace(fn as (...all: unknown[]) => unknown, args);
  return evaluateProgram(program, flattenTree(args, isNdArray).leaves);
};
/** Numbers in place of a model's first values, so that no bias is 0. */
const randomized = (model: Model): never => {
  let salt = 0;
  return mapTree(model.init(key(1)), isNdArray, ({ shape }) => normal(foldIn(key(3), salt++), shape, 0, 0.5)) as never;
};

describe.each(MODELS)("%s", (_, model) => {
  const params = randomized(model);
  const noise = model.noise(key(2), BATCH);

  test("padding changes neither the loss nor a gradient", () => {
    const plain = run(lossOf(model), params, BATCH);
    const junk = {
      ...BATCH,
      source: i32([
        [3, 4, 5],
        [6, 1, 2],
        [2, 5, 6],
        [4, 6, 6],
      ]),
      input: i32([
        [1, 1, 1],
        [4, 5, 8],
        [9, 7, 8],
      ]),
      output: i32([
        [4, 5, 2],
        [9, 7, 10],
        [2, 2, 10],
      ]),
    };
    expect(run(lossOf(model), params, junk)).toEqual(plain);
    const more = (rows: readonly (readonly number[])[]) => i32([...rows, [6, 6, 6], [6, 6, 6]]);
    const longer = { ...BATCH, source: more(SOURCE), input: more(INPUT), output: more(OUTPUT) };
    run(lossOf(model), params, longer).forEach((leaf, i) => {
      leaf.data.forEach((value, k) => expect(value).toBeCloseTo(plain[i]?.data[k] as number, 6));
    });
  });

  test("what the encoder would read of padding comes into neither the loss nor a gradient, NaN included", () => {
    const { source: table, ...others } = params as { source?: { E: NdArray } };
    if (table === undefined) return; // One table for both, whose first word the target uses.
    const withRow = (value: number) => {
      const data = table.E.data.map((x, k) => (k < E ? value : x));
      return { source: { E: { ...table.E, data } }, ...others } as never;
    };
    const clean = run(lossOf(model), withRow(0), BATCH);
    for (const { data } of clean) expect(data.every(Number.isFinite)).toBe(true);
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY, 1e38]) {
      expect(run(lossOf(model), withRow(value), BATCH)).toEqual(clean);
    }
  });

  test("what the decoder would read of padding comes into neither the loss nor a gradient, NaN included", () => {
    const { target, ...others } = params as { target: { E: NdArray }; output: { W?: NdArray } };
    if (others.output.W === undefined) return; // The table is the output's too, where each row has its part in every word.
    const withRow = (value: number) => {
      const { E: table } = target;
      const width = table.shape[1] as number;
      return {
        ...others,
        target: { E: { ...table, data: table.data.map((x, k) => (k < width ? value : x)) } },
      } as never;
    };
    const clean = run(lossOf(model), withRow(0), BATCH);
    for (const { data } of clean) expect(data.every(Number.isFinite)).toBe(true);
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY, 1e38]) {
      expect(run(lossOf(model), withRow(value), BATCH)).toEqual(clean);
      expect(run(lossOf(model), withRow(value), BATCH, noise)).toEqual(run(lossOf(model), withRow(0), BATCH, noise));
    }
  });

  test("a sentence without words is read as nothing", () => {
    const empty = { ...BATCH, sourceLengths: i32([4, 0, 2]) };
    for (const { data } of run(lossOf(model), params, empty)) expect(data.every(Number.isFinite)).toBe(true);
  });

  test("lengths and words out of range are errors", () => {
    const wrong = (batch: object) => () => run(lossOf(model), params, { ...BATCH, ...batch });
    expect(wrong({ sourceLengths: i32([5, 3, 2]) })).toThrow("seq2seq: length 5 is out of range; expected 0 … 4.");
    expect(wrong({ lengths: i32([3, -1, 1]) })).toThrow("seq2seq: length -1 is out of range; expected 0 … 3.");
    const last = (rows: readonly (readonly number[])[], word: number) => i32([...rows.slice(0, -1), [2, 2, word]]);
    expect(wrong({ source: last(SOURCE, 99) })).toThrow("gather: index 99 is out of range");
    expect(wrong({ input: last(INPUT, -1) })).toThrow("gather: index -1 is out of range");
    expect(wrong({ output: last(OUTPUT, VT) })).toThrow(
      `crossEntropy: target ${VT} is out of range; expected 0 … ${VT - 1}.`,
    );
  });

  test("a batch is the mean over the words of its sentences, each read alone", () => {
    const [all] = run(lossOf(model), params, BATCH) as [NdArray];
    let total = 0;
    const cut = (rows: readonly (readonly number[])[], b: number, length: number) =>
      i32(rows.slice(0, length).map((row) => [row[b] as number]));
    for (const [b, [s, t]] of [
      [4, 3],
      [3, 3],
      [2, 1],
    ].entries() as Iterable<[number, [number, number]]>) {
      const one = {
        ...{ source: cut(SOURCE, b, s), sourceLengths: i32([s]) },
        ...{ input: cut(INPUT, b, t), output: cut(OUTPUT, b, t), lengths: i32([t]) },
      };
      total += t * ((run(lossOf(model), params, one)[0] as NdArray).data[0] as number);
    }
    expect(all.data[0]).toBeCloseTo(total / 7, 5);
  });

  test("has the gradient that central differences give, of every parameter, with and without dropout", () => {
    for (const masks of [undefined, noise]) {
      const fn = (p: never, batch: Seq2SeqBatch<Tensor>, n?: unknown) => {
        const [value, gradient] = lossOf(model)(p, batch, n) as [Tensor, never];
        return [value, ...flattenTree(gradient, isTensor).leaves];
      };
      const constants = masks && mapTree(masks, isNdArray, (mask) => constant(mask));
      const { program } = trace((p: never, batch: Seq2SeqBatch<Tensor>) => fn(p, batch, constants), [params, BATCH]);
      const inputs = flattenTree([params, BATCH], isNdArray).leaves.map(widen);
      const errors = slopes(toF64(program), inputs);
      expect(errors).toHaveLength(flattenTree(params, isNdArray).leaves.length);
      for (const { error } of errors) expect(error).toBeLessThan(1e-6);
    }
  });

  test("word by word says what teacher forcing says", () => {
    const steps = (p: never, batch: Seq2SeqBatch<Tensor>) => {
      let encoded = model.encode(p, batch.source, batch.sourceLengths);
      return INPUT.map((row) => {
        const { logits, state } = model.step(p, encoded, constant(i32(row)));
        encoded = { ...encoded, state };
        return logSoftmax(logits);
      });
    };
    const logps = run(steps, params, BATCH);
    const [value] = run(
      (p: never, batch: Seq2SeqBatch<Tensor>) => model.evaluation(p, { batch }).loss,
      params,
      BATCH,
    ) as [NdArray];
    const lengths = [3, 3, 1];
    let total = 0;
    for (let t = 0; t < T; t++) {
      for (let b = 0; b < B; b++) {
        if (t < (lengths[b] as number)) total -= logps[t]?.data[b * VT + (OUTPUT[t]?.[b] as number)] as number;
      }
    }
    expect(value.data[0]).toBeCloseTo(total / 7, 5);
  });

  test("multiplies with the vocabulary outside of every loop, forward and backward", () => {
    const types = mapTree(params, isNdArray, ({ shape }) => type(shape));
    const named = (names: readonly string[]) => type(names, "i32");
    const batch = {
      ...{ source: named(["S", "B"]), sourceLengths: named(["B"]) },
      ...{ input: named(["T", "B"]), output: named(["T", "B"]), lengths: named(["B"]) },
    };
    const { program } = trace(lossOf(model) as (...a: unknown[]) => unknown, [types, batch]);
    const optimized = optimize(program, () => false).program;
    expect(countOps(optimized).matmul).toBeGreaterThan(0);
    expect(inLoops(optimized).filter(touchesVocabulary)).toEqual([]);
  });

  test("also where it is written inside of the loop", () => {
    const types = mapTree(params, isNdArray, ({ shape }) => type(shape));
    const written = (p: never, source: Tensor, lengths: Tensor, words: Tensor) => {
      const { memory, state } = model.encode(p, source, lengths);
      const step = (s: typeof state, word: Tensor): [typeof state, Tensor] => {
        const next = model.step(p, { memory, state: s }, word);
        return [next.state, next.logits];
      };
      return scan(step, state, words)[1];
    };
    const named = (names: readonly string[]) => type(names, "i32");
    const inputs = [types, named(["S", "B"]), named(["B"]), named(["T", "B"])];
    const { program } = trace(written as (...a: unknown[]) => unknown, inputs);
    expect(inLoops(program).filter(touchesVocabulary).length).toBeGreaterThan(0);
    expect(inLoops(optimize(program, () => false).program).filter(touchesVocabulary)).toEqual([]);
  });
});

/** The equations of all scans' bodies. */
const inLoops = (program: Program, inside = false): Program["equations"] =>
  program.equations.flatMap((node) => [
    ...(inside ? [node] : []),
    ...Object.values(node.params).flatMap((v) => (isProgram(v) ? inLoops(v, inside || node.op.name === "scan") : [])),
  ]);
const touchesVocabulary = (node: Program["equations"][number]) => node.outputs.some(({ shape }) => shape.includes(VT));

describe("smoothing", () => {
  const sizes = { sourceVocabularySize: VS, targetVocabularySize: VT };
  const cell = gru({ inputSize: E, hiddenSize: H });
  const model = (labelSmoothing: number) =>
    seq2seq({
      ...sizes,
      encoder: cell,
      bridge: copyBridge(),
      decoder: plain(cell),
      labelSmoothing,
    }) as unknown as Model;

  test("spreads ε of the target over the vocabulary, and only in training", () => {
    const params = randomized(model(0));
    const at = (epsilon: number) => run(lossOf(model(epsilon)), params, BATCH)[0]?.data[0] as number;
    const evaluated = (epsilon: number) =>
      run((p: never, batch: Seq2SeqBatch<Tensor>) => model(epsilon).evaluation(p, { batch }).loss, params, BATCH)[0]
        ?.data[0];
    // The mean of −ln p over all words, from every word in the place of the true one.
    const uniform = Array.from({ length: VT }, (_, word) => {
      const output = { ...BATCH.output, data: BATCH.output.data.map(() => word) };
      return run(lossOf(model(0)), params, { ...BATCH, output })[0]?.data[0] as number;
    });
    const mean = uniform.reduce((a, b) => a + b) / VT;
    expect(at(0.2)).toBeCloseTo(0.8 * at(0) + 0.2 * mean, 5);
    expect(evaluated(0.2)).toBeCloseTo(at(0), 6);
  });
});

describe("what does not fit is named", () => {
  const sizes = { sourceVocabularySize: VS, targetVocabularySize: VT };
  const encoder = lstm({ inputSize: E, hiddenSize: H });
  const looking = (memorySize: number) =>
    bahdanau({
      cell: gru({ inputSize: E + memorySize, hiddenSize: H }),
      attention: attention(additive({ querySize: H, memorySize })),
    });

  test("an attention for another encoder", () => {
    const two = bidirectional({ forward: encoder, backward: encoder });
    expect(() => seq2seq({ ...sizes, encoder: two, decoder: looking(H) })).toThrow(/outputs of size 8.*memorySize 4/);
  });

  test("a state that cannot be copied", () => {
    expect(() => seq2seq({ ...sizes, encoder, decoder: looking(H), bridge: copyBridge() })).toThrow(
      /ends with \{h: 4, c: 4\}.*starts with \{h: 4\}.*linearBridge/,
    );
  });

  test("a tied table of another size, and one table for two vocabularies", () => {
    expect(() => seq2seq({ ...sizes, encoder, decoder: looking(H), tied: "output" })).toThrow(/readoutSize: 3/);
    expect(() => seq2seq({ ...sizes, encoder, decoder: looking(H), readoutSize: 3, tied: "all" })).toThrow(/one table/);
  });

  test("rates, and a cell without room for the word", () => {
    expect(() => seq2seq({ ...sizes, encoder, decoder: looking(H), labelSmoothing: 1 })).toThrow(/labelSmoothing/);
    const cell = gru({ inputSize: 4, hiddenSize: H });
    expect(() => bahdanau({ cell, attention: attention(additive({ querySize: H, memorySize: 4 })) })).toThrow(
      /nothing is left for the word/,
    );
  });
});

describe("what would have no effect is an error:", () => {
  const [E, H] = [4, 4];
  const cell = gru({ inputSize: E, hiddenSize: H });
  const options = { sourceVocabularySize: 5, targetVocabularySize: 5, encoder: cell, decoder: plain(cell) };

  test.each<[() => unknown, string]>([
    [() => seq2seq({ ...options, droput: { output: 0.5 } } as never), 'seq2seq: the options have "droput"'],
    [() => seq2seq({ ...options, dropout: { outputs: 0.5 } } as never), 'seq2seq: dropout: the options have "outputs"'],
    [() => seq2seq({ ...options, dropout: 0.5 } as never), "seq2seq: dropout: the options are the number 0.5"],
    [() => linearBridge({ Activation: "none" } as never), 'linearBridge: the options have "Activation"'],
    [() => bahdanau({ cell, attn: 1 } as never), 'bahdanau: the options have "attn"'],
    [() => bahdanau({ cell } as never), "bahdanau: attention is undefined; expected one, as attention("],
    [() => luong({ cell: undefined } as never), "luong: cell is undefined; expected one, as lstm("],
  ])("%#", (call, message) => {
    expect(call).toThrow(message);
  });

  test("a batch that lacks what every one has", () => {
    const model = seq2seq(options);
    const lengths = ndarray([2], { dtype: "i32" });
    const batch = { source: ndarray([[1], [2]], { dtype: "i32" }), sourceLengths: lengths, inputs: lengths };
    for (const call of [model.loss, model.evaluation]) {
      expect(() => call({} as never, { batch, noise: "none" } as never)).toThrow(
        'seq2seq: the batch lacks input; expected { source, sourceLengths, input, output, lengths }, received an object with "source"',
      );
    }
  });
});
