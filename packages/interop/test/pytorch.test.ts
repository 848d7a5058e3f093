import { readFileSync } from "node:fs";
import { GRU_GATES, gru, LSTM_GATES, lstm, rnn, stacked, unroll } from "@throughtime/cells";
import {
  constant,
  evaluateProgram,
  isNdArray,
  mapTree,
  type NdArray,
  ndarray,
  sizeOf,
  type Tensor,
  type Tree,
  trace,
} from "@throughtime/core";
import { linear } from "@throughtime/nn";
import { describe, expect, test } from "vitest";
import {
  decodeSafetensors,
  gruFromPyTorch,
  gruToPyTorch,
  linearFromPyTorch,
  linearToPyTorch,
  lstmFromPyTorch,
  lstmToPyTorch,
  type NamedTensors,
  rnnFromPyTorch,
  rnnToPyTorch,
} from "../src/index.js";

interface Case {
  readonly module: "RNN" | "LSTM" | "GRU";
  readonly layers: number;
  readonly state_dict: string;
  readonly merged: string;
  readonly y: readonly number[];
  readonly last: readonly (readonly number[])[];
}

const golden = JSON.parse(readFileSync(new URL("goldens/pytorch.json", import.meta.url), "utf8")) as {
  x: { shape: number[]; data: number[] };
  cases: Case[];
  linear: { state_dict: string; y: number[] };
};
const [D, H] = [3, 5];
const x = ndarray(golden.x.data, { shape: golden.x.shape });
const tensorsOf = (file: string): NamedTensors => decodeSafetensors(Buffer.from(file, "base64")).tensors;
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 5));

const kinds = {
  RNN: { cell: rnn, read: rnnFromPyTorch, write: rnnToPyTorch },
  LSTM: { cell: lstm, read: lstmFromPyTorch, write: lstmToPyTorch },
  GRU: { cell: gru, read: gruFromPyTorch, write: gruToPyTorch },
} as const;

/** A layer's weights as anything: the three kinds have different ones. */
type Weights = Readonly<Record<string, NdArray>>;
const kindOf = (module: Case["module"]) =>
  kinds[module] as unknown as {
    cell(options: { inputSize: number; hiddenSize: number }): ReturnType<typeof rnn>;
    read(tensors: NamedTensors, options?: object): Weights[];
    write(layers: readonly Weights[], options?: object): Record<string, NdArray>;
  };

describe.each(golden.cases)("nn.$module of $layers layer(s)", (one) => {
  const { cell, read, write } = kindOf(one.module);
  const tensors = tensorsOf(one.state_dict);

  test("computes here what it computes in PyTorch", () => {
    const cells = Array.from({ length: one.layers }, (_, i) => cell({ inputSize: i === 0 ? D : H, hiddenSize: H }));
    const params = mapTree(read(tensors), isNdArray, constant) as never;
    const { program } = trace(
      (xs: Tensor) => {
        const { outputs, state } = unroll(stacked(cells), params, xs);
        return { outputs, state: state as unknown as Tree<Tensor> };
      },
      [x],
    );
    const results = evaluateProgram(program, [x]).map(({ data }) => [...data]);
    expect(results[0]).toEqual(close(one.y));
    // PyTorch gives the last h of all layers, then the last c; a stack gives h and c of each layer.
    const states = one.last.length;
    const mine = Array.from({ length: states }, (_, s) =>
      Array.from({ length: one.layers }, (_, l) => results[1 + l * states + s]).flat(),
    );
    expect(mine).toEqual(one.last.map(close));
  });

  test("written back is the same module, with its biases merged", () => {
    const written = write(read(tensors));
    const expected = tensorsOf(one.merged);
    expect(Object.keys(written).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, array] of Object.entries(expected)) expect(written[name], name).toEqual(array);
    expect(read(written)).toEqual(read(tensors));
  });

  test("is found under a prefix among other tensors", () => {
    const prefixed = Object.fromEntries(Object.entries(tensors).map(([name, array]) => [`decoder.rnn.${name}`, array]));
    const all = { ...prefixed, "decoder.linear.weight": ndarray([[1]]), weight_ih_l7: ndarray([1]) };
    expect(read(all, { prefix: "decoder.rnn." })).toEqual(read(tensors));
    expect(Object.keys(write(read(tensors), { prefix: "decoder.rnn." })).sort()).toEqual(Object.keys(prefixed).sort());
  });

  test("without biases has biases of zero", () => {
    const bare = Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith("bias")));
    for (const layer of read(bare)) {
      expect([...layer.b!.data].every((value) => value === 0)).toBe(true);
      expect(layer.b!.shape).toEqual([layer.W!.shape[1]]);
    }
  });

  test("names what is missing, and says what there is", () => {
    for (const missing of Object.keys(tensors)) {
      const rest = Object.fromEntries(Object.entries(tensors).filter(([name]) => name !== missing));
      const message = `nn.${one.module} from PyTorch: ${missing} is missing. There are: ${Object.keys(rest).join(", ")}.`;
      expect(() => read(rest, { layers: one.layers }), missing).toThrow(
        expect.objectContaining({ name: "CheckpointError", message }),
      );
    }
    expect(() => read({})).toThrow(/weight_hh_l0 is missing. There are no tensors/);
  });

  test("names what has a wrong shape or type", () => {
    for (const [name, array] of Object.entries(tensors)) {
      const shape = [array.shape[0]! + 1, ...array.shape.slice(1)];
      const wrong = { ...tensors, [name]: ndarray(new Float32Array(sizeOf(shape)), { shape }) };
      expect(() => read(wrong), name).toThrow(
        expect.objectContaining({
          name: "CheckpointError",
          message: expect.stringContaining(`${name} is f32[${shape.join(", ")}]; expected f32 or f64 [`),
        }),
      );
      const whole = { ...tensors, [name]: { ...array, data: Int32Array.from(array.data), dtype: "i32" as const } };
      expect(() => read(whole), name).toThrow(`${name} is i32[`);
    }
  });

  test("of other sizes or layers than were asked for is refused", () => {
    expect(() => read(tensors, { inputSize: 4 })).toThrow(
      /weight_ih_l0 is f32\[\d+, 3\]; expected f32 or f64 \[\d+, 4\]/,
    );
    expect(() => read(tensors, { hiddenSize: 6 })).toThrow(/weight_ih_l0 is/);
    expect(() => read(tensors, { layers: one.layers + 1 })).toThrow(`weight_ih_l${one.layers} is missing`);
    if (one.layers === 2)
      expect(() => read(tensors, { layers: 1 })).toThrow(/there are 2 layers under "", but 1 were asked for/);
  });

  test("bidirectional or projected is refused rather than half read", () => {
    expect(() => read({ ...tensors, weight_ih_l0_reverse: ndarray([1]) })).toThrow(
      /weight_ih_l0_reverse belongs to a bidirectional module/,
    );
    expect(() => read({ ...tensors, weight_hr_l0: ndarray([1]) })).toThrow(/projected/);
  });

  test("is not written from parameters of another cell", () => {
    const [layer] = read(tensors) as [Weights];
    expect(() => write([{ ...layer, p: ndarray([1, 2]) }])).toThrow(
      expect.objectContaining({ name: "OptionError", message: expect.stringContaining("layer 0 has [2] as p;") }),
    );
    const { b: _, ...withoutBias } = layer;
    expect(() => write([withoutBias])).toThrow(/has nothing as b/);
  });
});

test("the orders of gates are those of the cells", () => {
  // A weight whose every row says its gate, in PyTorch's order.
  const marked = (gates: string) => ndarray([...gates].map((gate) => [gate.codePointAt(0) as number]));
  const letters = ({ W }: { W: NdArray }) => String.fromCodePoint(...W.data);
  const dict = (gates: string) => ({ weight_ih_l0: marked(gates), weight_hh_l0: marked(gates) });
  expect(letters(lstmFromPyTorch(dict("ifgo"))[0]!)).toBe(LSTM_GATES.join(""));
  expect(letters(gruFromPyTorch(dict("rzn"))[0]!)).toBe(GRU_GATES.join(""));
});

describe("nn.Linear", () => {
  const tensors = tensorsOf(golden.linear.state_dict);

  test("computes here what it computes in PyTorch, and is written back as it was", () => {
    const params = linearFromPyTorch(tensors, { inputSize: 3, outputSize: 2 });
    const layer = linear({ inputSize: 3, outputSize: 2 });
    const { program } = trace((xs: Tensor) => layer.apply(mapTree(params, isNdArray, constant) as never, xs), [x]);
    expect([...evaluateProgram(program, [x])[0]!.data]).toEqual(close(golden.linear.y));
    expect(linearToPyTorch(params)).toEqual(tensors);
  });

  test("may have a prefix and no bias", () => {
    const bare = { "head.weight": tensors.weight! };
    expect(linearToPyTorch(linearFromPyTorch(bare, { prefix: "head." }), { prefix: "head." })).toEqual(bare);
  });

  test("names what is missing or has a wrong shape", () => {
    expect(() => linearFromPyTorch(tensors, { prefix: "head." })).toThrow(
      /head.weight is missing. There are: bias, weight/,
    );
    expect(() => linearFromPyTorch(tensors, { inputSize: 4 })).toThrow(
      /weight is f32\[2, 3\]; expected f32 or f64 \[any, 4\]/,
    );
    expect(() => linearFromPyTorch({ ...tensors, bias: ndarray([1, 2, 3]) })).toThrow(
      /bias is f32\[3\]; expected f32 or f64 \[2\]/,
    );
  });
});
