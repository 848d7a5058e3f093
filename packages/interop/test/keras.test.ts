import { readFileSync } from "node:fs";
import { type AnyUnrollable, type Biases, bidirectional, gru, lstm, residual, rnn, stacked } from "@throughtime/cells";
import {
  constant,
  evaluateProgram,
  isNdArray,
  key,
  mapTree,
  type NdArray,
  ndarray,
  type Tensor,
  trace,
} from "@throughtime/core";
import { embedding, linear } from "@throughtime/nn";
import { describe, expect, test } from "vitest";
import {
  decodeSafetensors,
  denseFromKeras,
  denseToKeras,
  embeddingFromKeras,
  embeddingToKeras,
  fromKeras,
  type NamedTensors,
  toKeras,
} from "../src/index.js";
import { type AnyReadable, outputsOf } from "./support/run.js";

interface Case {
  readonly name: string;
  /** The names of the Keras layers. */
  readonly layers: readonly string[];
  readonly kind: "lstm" | "gru" | "simple_rnn";
  readonly bidirectional?: "concat" | "sum";
  readonly use_bias?: false;
  readonly reset_after?: false;
  readonly activation?: "relu";
  readonly weights: string;
  readonly merged: string;
  readonly y: readonly number[];
}
const golden = JSON.parse(readFileSync(new URL("goldens/keras.json", import.meta.url), "utf8")) as {
  x: { shape: number[]; data: number[] };
  cases: Case[];
  plain: { weights: string; words: number[]; y: number[] };
};
const [D, H] = [3, 5];
const x = ndarray(golden.x.data, { shape: golden.x.shape });
const tensorsOf = (file: string): NamedTensors => decodeSafetensors(Buffer.from(file, "base64")).tensors;
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 5));

function cellOf(one: Case, biases: Biases = one.use_bias === false ? "none" : "one"): AnyReadable {
  const plain = (inputSize: number) => {
    const sizes = { inputSize, hiddenSize: H, biases };
    if (one.kind === "lstm") return lstm(sizes) as never;
    if (one.kind === "gru") return gru({ ...sizes, reset: one.reset_after === false ? "before" : "after" }) as never;
    return rnn({ ...sizes, activation: one.activation ?? "tanh" }) as never;
  };
  const layer = (inputSize: number) =>
    one.bidirectional
      ? bidirectional({ forward: plain(inputSize), backward: plain(inputSize), merge: one.bidirectional })
      : plain(inputSize);
  const all = one.layers.map((_, i) => layer(i === 0 ? D : H)) as readonly AnyUnrollable[];
  return (all.length === 1 ? all[0] : stacked(all)) as AnyReadable;
}

describe.each(golden.cases.map((one) => [one.name, one] as const))("Keras' %s", (_, one) => {
  const cell = cellOf(one);
  const tensors = tensorsOf(one.weights);
  const paths = Object.keys(tensors);

  test("computes here what it computes in Keras", () => {
    for (const like of [cell, ...(one.use_bias === false ? [] : [cellOf(one, "two")])])
      expect([...outputsOf(like, fromKeras(tensors, like, one.layers), x).outputs.data]).toEqual(close(one.y));
  });

  test("written back is the same layer, under the paths of its weights", () => {
    const written = toKeras(fromKeras(tensors, cell, one.layers), cell, one.layers, { paths });
    const merged = tensorsOf(one.merged);
    expect(Object.keys(written).sort()).toEqual([...paths].sort());
    for (const path of paths) expect(written[path], path).toEqual(merged[path]);
    if (one.use_bias === false) return;
    const two = cellOf(one, "two");
    const kept = toKeras(fromKeras(tensors, two, one.layers), two, one.layers, { paths });
    for (const path of paths) expect(kept[path], path).toEqual(tensors[path]);
  });

  test("names what is missing or has a wrong shape", () => {
    for (const path of paths) {
      const rest = Object.fromEntries(Object.entries(tensors).filter(([name]) => name !== path));
      if (path.endsWith("/recurrent_kernel"))
        expect(() => fromKeras(rest, cell, one.layers)).toThrow(/…\/recurrent_kernel is missing/);
      if (path.endsWith("/kernel"))
        expect(() => fromKeras(rest, cell, one.layers)).toThrow(/kernels|no weight stands below/);
      const wrong = { ...tensors, [path]: ndarray(new Float32Array(6), { shape: [1, 6] }) };
      expect(() => fromKeras(wrong, cell, one.layers)).toThrow(`${path} is f32[1, 6]; expected f32 or f64 [`);
    }
  });
});

describe("fromKeras and toKeras", () => {
  const sizes = { inputSize: D, hiddenSize: H };
  const of = (name: string) => golden.cases.find((one) => one.name === name) as Case;
  const two = of("two lstm {}");

  test("a layer is found by its name or by more of its path, and never half", () => {
    const tensors = tensorsOf(two.weights);
    const first = lstm(sizes);
    expect(fromKeras(tensors, first, "sequential/lstm")).toEqual(fromKeras(tensors, first, "lstm"));
    expect(() => fromKeras(tensors, first, "lst")).toThrow(
      /no weight stands below lst\. There are: sequential\/lstm, sequential\/lstm_1/,
    );
    expect(() => fromKeras(tensors, first, "sequential")).toThrow(/sequential has 2 kernels .* reads in one direction/);
    const doubled = { ...tensors, ...Object.fromEntries(Object.entries(tensors).map(([k, v]) => [`other/${k}`, v])) };
    expect(() => fromKeras(doubled, first, "lstm")).toThrow(/two layers named lstm: .*Give more of its path/);
    expect(() => fromKeras(tensors, first, ["lstm", "lstm_1"])).toThrow(/lstm has 1 layers, received 2 names/);
    const bi = tensorsOf(of("Bidirectional lstm {}").weights);
    expect(() => fromKeras(bi, first, "bidirectional")).toThrow(/has 2 kernels .* the cell reads in one direction/);
    expect(() => fromKeras(tensors, bidirectional({ forward: first, backward: first }), "lstm")).toThrow(
      /bidirectional/,
    );
  });

  test("reads through residual, and any mix of layers", () => {
    const cell = stacked([lstm(sizes), residual(lstm({ inputSize: H, hiddenSize: H }))]);
    expect(fromKeras(tensorsOf(two.weights), cell, two.layers)).toEqual(
      fromKeras(tensorsOf(two.weights), cellOf(two), two.layers),
    );
    const mixed = stacked([
      bidirectional({ forward: gru(sizes), backward: gru(sizes) }),
      rnn({ ...sizes, inputSize: 2 * H }),
    ]);
    const params = mixed.init(key(1));
    const layers = ["encoder/both", "encoder/top"];
    const written = toKeras(params, mixed, layers);
    expect(Object.keys(written)).toEqual(
      expect.arrayContaining(["encoder/both/backward_gru/gru_cell/kernel", "encoder/top/simple_rnn_cell/bias"]),
    );
    expect(fromKeras(written, mixed, layers)).toEqual(params);
  });

  test("a cell without biases refuses a layer with one; say what Keras has no layer for", () => {
    expect(() => fromKeras(tensorsOf(two.weights), lstm({ ...sizes, biases: "none" }), "lstm")).toThrow(
      /lstm_cell\/bias is a bias, and the cell has none/,
    );
    const none = { paths: ["lstm/lstm_cell/kernel", "lstm/lstm_cell/recurrent_kernel"] };
    expect(() => toKeras(lstm(sizes).init(key(1)), lstm(sizes), "lstm", none)).toThrow(
      /lstm has no bias among the paths/,
    );
    expect(() => fromKeras({}, lstm({ ...sizes, peepholes: "diagonal" }), "lstm")).toThrow(/has peepholes/);
    expect(() => fromKeras({}, lstm({ ...sizes, projectionSize: 2 }), "lstm")).toThrow(/has a projection/);
  });
});

describe("Keras' Dense and Embedding", () => {
  const tensors = tensorsOf(golden.plain.weights);

  test("compute here what they compute in Keras, and are written back as they were", () => {
    const [E, hidden, out] = [
      embeddingFromKeras(tensors, "embedding"),
      denseFromKeras(tensors, "dense"),
      denseFromKeras(tensors, "dense_1"),
    ];
    const words = ndarray(Int32Array.from(golden.plain.words), { shape: [4, 2] });
    const layers = [
      embedding({ vocabularySize: 7, size: 3 }),
      linear({ inputSize: 3, outputSize: 2 }),
      linear({ inputSize: 2, outputSize: 1, bias: false }),
    ] as const;
    const held = <T>(weights: T) => mapTree(weights, isNdArray, constant) as never;
    const { program } = trace(
      (w: Tensor) => layers[2].apply(held(out), layers[1].apply(held(hidden), layers[0].apply(held(E), w))),
      [words],
    );
    expect([...(evaluateProgram(program, [words])[0] as NdArray).data]).toEqual(close(golden.plain.y));
    const written = {
      ...embeddingToKeras(E, "sequential/embedding"),
      ...denseToKeras(hidden, "sequential/dense"),
      ...denseToKeras(out, "sequential/dense_1"),
    };
    expect(written).toEqual(tensors);
  });

  test("name what is missing", () => {
    expect(() => denseFromKeras(tensors, "embedding")).toThrow(/there is no kernel below embedding\. There are: /);
    expect(() => embeddingFromKeras(tensors, "dense")).toThrow(/there is no embeddings below dense/);
  });
});
