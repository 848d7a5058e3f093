import { evaluateProgram, key, ndarray, toNested, trace, type } from "@throughtime/core";
import { constantInitializer, embedding, linear, zerosInitializer } from "@throughtime/nn";
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
