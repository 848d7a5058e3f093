import { readFileSync } from "node:fs";
import {
  type AnyUnrollable,
  type Biases,
  bidirectional,
  cellOptions,
  dropout,
  GRU_GATES,
  gatedCell,
  gru,
  LSTM_GATES,
  lstm,
  residual,
  rnn,
  stacked,
} from "@throughtime/cells";
import {
  constant,
  evaluateProgram,
  flattenTree,
  isNdArray,
  key,
  mapTree,
  type NdArray,
  ndarray,
  sizeOf,
  type Tensor,
  trace,
} from "@throughtime/core";
import { linear } from "@throughtime/nn";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  decodeSafetensors,
  fromPyTorch,
  linearFromPyTorch,
  linearToPyTorch,
  type NamedTensors,
  toPyTorch,
} from "../src/index.js";
import { type AnyReadable, outputsOf } from "./support/run.js";

interface Case {
  readonly module: "RNN" | "LSTM" | "GRU" | "RNNCell" | "LSTMCell" | "GRUCell";
  readonly layers: number;
  readonly bidirectional?: true;
  readonly bias?: false;
  readonly proj_size?: number;
  readonly nonlinearity?: "relu";
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
const MAKE = { rnn, lstm, gru };

/** The cell that computes what a case's module does. */
function cellOf(
  { module, layers, bidirectional: both, bias, proj_size, nonlinearity }: Case,
  biases: Biases = bias === false ? "none" : "one",
): AnyReadable {
  const kind = module.replace("Cell", "").toLowerCase() as keyof typeof MAKE;
  const R = proj_size ?? H;
  const one = (inputSize: number) =>
    MAKE[kind]({
      ...{ inputSize, hiddenSize: H, biases },
      ...(proj_size === undefined ? {} : { projectionSize: proj_size }),
      ...(nonlinearity ? { activation: nonlinearity } : {}),
    }) as never;
  const layer = (i: number) => {
    const inputSize = i === 0 ? D : both ? 2 * R : R;
    return both ? bidirectional({ forward: one(inputSize), backward: one(inputSize) }) : one(inputSize);
  };
  const all = Array.from({ length: layers }, (_, i) => layer(i));
  return (layers === 1 ? all[0] : stacked(all as readonly AnyUnrollable[])) as AnyReadable;
}

const nameOf = ({ module, layers, state_dict, merged, y, last, ...rest }: Case) =>
  `nn.${module} of ${layers} layer(s) ${JSON.stringify(rest)}`;
const isCell = ({ module }: Case) => module.endsWith("Cell");
const style = (one: Case) => ({ names: isCell(one) ? "cell" : "module" }) as const;

describe.each(golden.cases.map((one) => [nameOf(one), one] as const))("%s", (_, one) => {
  const cell = cellOf(one);
  const tensors = tensorsOf(one.state_dict);

  test("computes here what it computes in PyTorch, with one bias and with two", () => {
    for (const like of [cell, ...(one.bias === false ? [] : [cellOf(one, "two")])]) {
      const { outputs, state } = outputsOf(like, fromPyTorch(tensors, like), x);
      expect([...outputs.data]).toEqual(close(one.y));
      // PyTorch gives the h of all layers and directions, then all c; here each layer and direction has its h and c.
      const leaves = flattenTree(state, isNdArray).leaves;
      const kinds = one.last.length;
      const mine = one.last.map((__, k) => leaves.filter((___, i) => i % kinds === k).flatMap(({ data }) => [...data]));
      expect(mine).toEqual(one.last.map(close));
    }
  });

  test("written back is the same module, its biases merged, kept apart, or not there", () => {
    const written = toPyTorch(fromPyTorch(tensors, cell), cell, style(one));
    const expected = tensorsOf(one.merged);
    expect(Object.keys(written).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, array] of Object.entries(expected)) expect(written[name], name).toEqual(array);
    if (one.bias === false) return;
    const two = cellOf(one, "two");
    const kept = toPyTorch(fromPyTorch(tensors, two), two, style(one));
    expect(Object.keys(kept).sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, array] of Object.entries(tensors)) expect(kept[name], name).toEqual(array);
  });

  test("has the structure and shapes that the cell makes", () => {
    const shapes = (tree: unknown) => flattenTree(tree, isNdArray).leaves.map(({ shape }) => shape);
    const read = fromPyTorch(tensors, cell);
    expect(flattenTree(read, isNdArray).paths).toEqual(flattenTree(cell.init(key(1)), isNdArray).paths);
    expect(shapes(read)).toEqual(shapes(cell.init(key(1))));
  });

  test("is found under a prefix among other tensors", () => {
    const prefixed = Object.fromEntries(Object.entries(tensors).map(([name, array]) => [`decoder.rnn.${name}`, array]));
    const all = { ...prefixed, "decoder.linear.weight": ndarray([[1]]), weight_ih_l7: ndarray([1]) };
    const options = { prefix: "decoder.rnn." };
    expect(fromPyTorch(all, cell, options)).toEqual(fromPyTorch(tensors, cell));
    const written = toPyTorch(fromPyTorch(all, cell, options), cell, { ...options, ...style(one) });
    expect(Object.keys(written).sort()).toEqual(Object.keys(prefixed).sort());
  });

  test("names what is missing, of a wrong shape, or of a wrong type", () => {
    for (const [name, array] of Object.entries(tensors)) {
      const rest = Object.fromEntries(Object.entries(tensors).filter(([other]) => other !== name));
      const shape = [(array.shape[0] as number) + 1, ...array.shape.slice(1)];
      const larger = { ...tensors, [name]: ndarray(new Float32Array(sizeOf(shape)), { shape }) };
      const whole = { ...tensors, [name]: { ...array, data: Int32Array.from(array.data), dtype: "i32" as const } };
      for (const [damaged, message] of [
        // Without weight_hh an nn.LSTMCell does not look like one.
        [rest, /weight_hh/.test(name) && isCell(one) ? "weight_hh_l0 is missing" : `${name} is missing. There are: `],
        [larger, `${name} is f32[${shape.join(", ")}]; expected f32 or f64 [`],
        [whole, `${name} is i32[`],
      ] as const) {
        const read = () => fromPyTorch(damaged, cell);
        expect(read, name).toThrow(expect.objectContaining({ name: "CheckpointError" }));
        expect(read, name).toThrow(message);
      }
    }
    expect(() => fromPyTorch({}, cell)).toThrow(/weight_hh_l0 is missing. There are no tensors/);
  });

  test("with a part that the cell does not have is refused rather than half read", () => {
    const extra = (name: string) => () => fromPyTorch({ ...tensors, [name]: ndarray([1]) }, cell);
    expect(extra(`weight_ih_l${one.layers}`)).toThrow(`weight_ih_l${one.layers} belongs to layer ${one.layers}, which`);
    if (!one.bidirectional) expect(extra("weight_ih_l0_reverse")).toThrow(/second direction: wrap .* in bidirectional/);
    if (!one.proj_size) expect(extra("weight_hr_l0")).toThrow(/a projection: build the lstm with projectionSize/);
    if (one.bias === false && !isCell(one))
      expect(extra("bias_ih_l0")).toThrow(/belongs to a bias, and the cell has none/);
  });

  test("without biases has biases of zero", () => {
    const bare = Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith("bias")));
    const { leaves, paths } = flattenTree(fromPyTorch(bare, cell), isNdArray);
    leaves.forEach((leaf, i) => {
      if (/(^|\.)b[nh]?$/.test(paths[i] as string)) expect([...leaf.data].every((value) => value === 0)).toBe(true);
    });
  });
});

describe("fromPyTorch and toPyTorch", () => {
  const two = golden.cases.find(({ module, layers }) => module === "LSTM" && layers === 2) as Case;
  const square = lstm({ inputSize: H, hiddenSize: H });

  test("give the parameters their types", () => {
    const cell = stacked([lstm({ inputSize: 3, hiddenSize: 5 }), residual(square)]);
    const params = fromPyTorch(tensorsOf(two.state_dict), cell);
    expectTypeOf(params[1].U).toEqualTypeOf<NdArray>();
    expect(params[1].U.shape).toEqual([5, 20]);
  });

  test("read through residual and dropout, which have no weights", () => {
    const plain = fromPyTorch(tensorsOf(two.state_dict), cellOf(two));
    const cell = stacked([dropout(lstm({ inputSize: D, hiddenSize: H }), { input: 0.3 }), residual(square)]);
    expect(fromPyTorch(tensorsOf(two.state_dict), cell)).toEqual(plain);
  });

  test("read and write layers that are modules of their own, of any kinds", () => {
    const cell = stacked([lstm({ inputSize: D, hiddenSize: H }), gru({ inputSize: H, hiddenSize: 2, biases: "two" })]);
    const params = cell.init(key(3));
    const prefix = (layer: number) => `layers.${layer}.`;
    const written = toPyTorch(params, cell, { prefix });
    expect(Object.keys(written)).toContain("layers.1.weight_ih_l0");
    expect(fromPyTorch(written, cell, { prefix })).toEqual(params);
    const cells = toPyTorch(params, cell, { prefix, names: "cell" });
    expect(Object.keys(cells)).toContain("layers.1.weight_ih");
    expect(fromPyTorch(cells, cell, { prefix })).toEqual(params);
    expect(() => toPyTorch(params, cell)).toThrow(
      /of one kind and size, but there are lstm of 5 with one bias and gru of 2 with two biases/,
    );
    expect(() => toPyTorch(params, cell, { names: "cell" })).toThrow(/of one kind and size/);
  });

  test("say what no module of PyTorch computes", () => {
    const sizes = { inputSize: D, hiddenSize: H };
    const refused = (cell: AnyReadable) => {
      expect(() => fromPyTorch({}, cell)).toThrow(expect.objectContaining({ name: "OptionError" }));
      return expect(() => toPyTorch(cell.init(key(1)), cell));
    };
    refused(gru({ ...sizes, reset: "before" }) as never).toThrow(/nn\.GRU resets after/);
    refused(lstm({ ...sizes, peepholes: "diagonal" }) as never).toThrow(/no peepholes/);
    refused(rnn({ ...sizes, activation: "sigmoid" }) as never).toThrow(/"tanh" and "relu"/);
    refused(bidirectional({ forward: gru(sizes), backward: lstm(sizes) }) as never).toThrow(/of one kind and size/);
    const stack = stacked([gru(sizes)]);
    refused(bidirectional({ forward: stack, backward: stack }) as never).toThrow(/Use stacked\(\[bidirectional/);
    refused({ name: "own", init: () => ({}) } as never).toThrow(/own has no layout/);
    const step = (_: unknown, { h }: { h: Tensor }): [{ h: Tensor }, Tensor] => [{ h }, h];
    const own = (name: string, gates: string[]) => gatedCell(cellOptions(name, sizes), { gates, step }) as never;
    refused(own("mgu", ["f", "n"])).toThrow(/the other library has no mgu with the gates f, n; it has rnn, lstm, gru/);
    refused(own("gru", ["z", "n"])).toThrow(/the other library has no gru with the gates z, n;/);
    refused(own("constructor", ["z"])).toThrow(/has no constructor with/);
  });

  test("say which parameter is not the cell's", () => {
    const cell = stacked([lstm({ inputSize: D, hiddenSize: H })]);
    const [layer] = cell.init(key(1));
    const write = (wrong: object) => () => toPyTorch([wrong] as never, cell);
    expect(write({ ...layer, p: ndarray([1, 2]) })).toThrow(/0\.p is \[2\]; lstm has nothing there/);
    const { b: _, ...withoutBias } = layer;
    expect(write(withoutBias)).toThrow(/0\.b is nothing; lstm has \[20\] there/);
  });

  test("a name from a file is cut and cannot reach a terminal's controls", () => {
    const name = `weight_\u001b[2J${"x".repeat(500)}`;
    expect(() => fromPyTorch({ [name]: ndarray([1]) }, square)).toThrow(/There are: weight_\\u001b\[2Jx+…\.$/);
  });
});

test("the orders of gates are those of the cells", () => {
  // A weight whose every row says its gate, in PyTorch's order.
  const marked = (gates: string) => ndarray([...gates].map((gate) => [gate.codePointAt(0) as number]));
  const letters = ({ W }: { W: NdArray }) => String.fromCodePoint(...W.data);
  const dict = (gates: string) => ({ weight_ih_l0: marked(gates), weight_hh_l0: marked(gates) });
  const sizes = { inputSize: 1, hiddenSize: 1 };
  expect(letters(fromPyTorch(dict("ifgo"), lstm(sizes)))).toBe(LSTM_GATES.join(""));
  expect(letters(fromPyTorch(dict("rzn"), gru(sizes)))).toBe(GRU_GATES.join(""));
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
