import { evaluateProgram, key, ndarray, toNested, trace, type } from "@throughtime/core";
import { constantInitializer, conv, embedding, groupNorm, linear, zerosInitializer } from "@throughtime/nn";
import { describe, expect, test } from "vitest";

describe("linear", () => {
  const layer = linear({ inputSize: 2, outputSize: 3 });
  const params = { W: type([2, 3]), b: type([3]) };

  test("is x·W + b over the last axis, whatever stands before it", () => {
    const { program } = trace(layer.apply, [params, type([1, 2, 2])]);
    const W = ndarray([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const [y] = evaluateProgram(program, [
      W,
      ndarray([10, 20, 30]),
      ndarray([
        [
          [1, 0],
          [0, -1],
        ],
      ]),
    ]);
    expect(toNested(y as never)).toEqual([
      [
        [11, 22, 33],
        [6, 15, 24],
      ],
    ]);
  });

  test("is one product over all rows, also where their number has a name", () => {
    const { program } = trace(layer.apply, [params, type(["T", "B", 2])]);
    expect(program.equations.filter(({ op }) => op.name === "matmul")).toHaveLength(1);
    expect(program.outputs[0]?.shape.at(-1)).toBe(3);
  });

  test("starts with b = 0, and without b where bias is false", () => {
    expect([...(layer.init(key(1)).b?.data ?? [])]).toEqual([0, 0, 0]);
    expect(Object.keys(linear({ inputSize: 2, outputSize: 3, bias: false }).init(key(1)))).toEqual(["W"]);
  });

  test("starts as its initializers say", () => {
    const { W } = linear({ inputSize: 1, outputSize: 2, initializers: { W: constantInitializer(4) } }).init(key(1));
    expect([...W.data]).toEqual([4, 4]);
  });

  test("says both sizes where x does not fit, and refuses sizes below 1", () => {
    expect(() => trace(layer.apply, [params, type(["B", 5])])).toThrow(/linear: x is f32\[B, 5\].*inputSize 2/);
    expect(() => linear({ inputSize: 0, outputSize: 3 })).toThrow(/linear: inputSize.*received 0/);
    const initializers = { b: zerosInitializer() };
    expect(() => linear({ inputSize: 1, outputSize: 3, bias: false, initializers })).toThrow(
      /linear: an initializer is given for b, but the parameters here are W\. Leave it out/,
    );
  });
});

describe("embedding", () => {
  const layer = embedding({ vocabularySize: 4, size: 2 });

  test("looks rows up: i32 [T, B] → [T, B, size]", () => {
    const { program } = trace(layer.apply, [{ E: type([4, 2]) }, type([2, 1], "i32")]);
    const E = ndarray([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ]);
    const [y] = evaluateProgram(program, [E, ndarray([[3], [1]], { dtype: "i32" })]);
    expect(toNested(y as never)).toEqual([[[6, 7]], [[2, 3]]]);
  });

  test("refuses floats as tokens", () => {
    expect(() => trace(layer.apply, [{ E: type([4, 2]) }, type([3])])).toThrow(/i32/);
  });

  test("has one row per token of the vocabulary", () => {
    expect(layer.init(key(2)).E.shape).toEqual([4, 2]);
  });
});

describe("conv", () => {
  test("keeps height and width by default, and halves them with stride 2", () => {
    const shapes = [{}, { stride: 2 }, { kernelSize: 5, stride: 2 }].map((options) => {
      const layer = conv({ inputSize: 2, outputSize: 3, ...options });
      const { W } = layer.init(key(1));
      return trace(layer.apply, [
        { W: type(W.shape), b: type([3]) },
        type(["N", 2, 7, 8]),
      ]).program.outputs[0]?.shape.slice(1);
    });
    expect(shapes).toEqual([
      [3, 7, 8],
      [3, 4, 4],
      [3, 4, 4],
    ]);
  });

  test("starts with kernels of He's variance, and without b where bias is false", () => {
    expect([...(conv({ inputSize: 2, outputSize: 3 }).init(key(1)).b?.data ?? [])]).toEqual([0, 0, 0]);
    const { W, ...rest } = conv({ inputSize: 50, outputSize: 60, bias: false }).init(key(1));
    expect([W.shape, Object.keys(rest)]).toEqual([[60, 50, 3, 3], []]);
    expect(Math.sqrt([...W.data].reduce((sum, w) => sum + w * w, 0) / W.data.length)).toBeCloseTo(1 / 15, 3);
  });

  test("says what does not fit", () => {
    const layer = conv({ inputSize: 2, outputSize: 3 });
    const params = { W: type([3, 2, 3, 3]), b: type([3]) };
    expect(() => trace(layer.apply, [params, type([1, 3, 4, 4])])).toThrow(
      /conv: x is f32\[1, 3, 4, 4\].*inputSize 2.*\[N, 2, H, W\]/,
    );
    expect(() => trace(layer.apply, [{ W: params.W }, type([1, 2, 4, 4])])).toThrow(/conv: the parameters lack b/);
    expect(() => conv({ inputSize: 2, outputSize: 3, stride: 0 })).toThrow(/conv: stride.*received 0/);
    expect(() => conv({ inputSize: 2, outputSize: 3, padding: -1 })).toThrow(/conv: padding.*received -1/);
    expect(() => conv({ inputSize: 2, outputSize: 3, bias: false, initializers: { b: zerosInitializer() } })).toThrow(
      /conv: an initializer is given for b/,
    );
  });
});

describe("groupNorm", () => {
  test("gives each group of a picture mean 0 and variance 1, whatever its channels' scale", () => {
    const layer = groupNorm({ size: 4, groups: 2 });
    const { program } = trace(layer.apply, [{ gain: type([4]), bias: type([4]) }, type([1, 4, 1, 2])]);
    const x = ndarray([1, 2, 3, 4, 1000, 3000, 5000, 7000], { shape: [1, 4, 1, 2] });
    const { gain, bias } = layer.init(key(1));
    const [y] = evaluateProgram(program, [gain, bias, x]);
    const expected = [-3, -1, 1, 3].map((value) => value / Math.sqrt(5));
    [...expected, ...expected].forEach((value, i) => {
      expect(y?.data[i]).toBeCloseTo(value, 4);
    });
  });

  test("says what does not fit", () => {
    const layer = groupNorm({ size: 4, groups: 2 });
    expect(() => trace(layer.apply, [{ gain: type([4]), bias: type([4]) }, type([1, 2, 3, 3])])).toThrow(
      /groupNorm: x is f32\[1, 2, 3, 3\].*size 4/,
    );
    expect(() => trace(layer.apply, [{ gain: type([4]) } as never, type([1, 4, 3, 3])])).toThrow(
      /groupNorm: the parameters lack bias/,
    );
    expect(() => groupNorm({ size: 4, groups: 3 })).toThrow(/groupNorm: 4 channels are not divisible into 3 groups/);
    expect(() => groupNorm({ size: 4, groups: 2, epsilon: 0 })).toThrow(/groupNorm: epsilon.*received 0/);
  });
});
