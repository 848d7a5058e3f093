import { randomProgram } from "@throughtime/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  countOps,
  evaluateProgram,
  identity,
  isProgram,
  makeProgram,
  mul,
  ndarray,
  placeholders,
  replay,
  rewriteProgram,
  sub,
  sum,
  type Tensor,
  tanh,
  toNested,
  type,
  verify,
  withOutputs,
} from "../src/index.js";
import { closeOver } from "../src/program.js";

const [x, y] = placeholders([type([2]), type([2])]) as [Tensor, Tensor];
const product = mul(tanh(x), y);
const program = makeProgram([x, y], [product, add(product, x)]);

describe("a Program", () => {
  test("holds exactly what its outputs need, each before it is used", () => {
    const dead = mul(product, product);
    const fresh = makeProgram([x, y], [product]);
    expect(fresh.equations.map(({ op }) => op.name)).toEqual(["tanh", "mul"]);
    expect(fresh.equations.includes(dead.node)).toBe(false);
  });

  test("stops at its inputs, whatever made them", () => {
    const inner = makeProgram([product], [tanh(product)]);
    expect(inner.equations.map(({ op }) => op.name)).toEqual(["tanh"]);
  });

  test("is immutable", () => {
    expect(Object.isFrozen(program)).toBe(true);
    expect(Object.isFrozen(x)).toBe(true);
    expect([isProgram(program), isProgram({ ...x })]).toEqual([true, false]);
  });

  test("may hand an input through, and one value out twice", () => {
    const through = makeProgram([x, y], [y, y, x]);
    verify(through);
    expect(evaluateProgram(through, [ndarray([1, 2]), ndarray([3, 4])]).map(toNested)).toEqual([
      [3, 4],
      [3, 4],
      [1, 2],
    ]);
  });

  test("keeps its names with other outputs", () => {
    const named = makeProgram([x, y], [product], { inputNames: ["x", "y"], outputNames: ["p"] });
    expect(withOutputs(named, [x]).inputNames).toEqual(["x", "y"]);
  });
});

describe("replay", () => {
  test("over the same inputs is the same values, over others a copy", () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 10 }), (seed, size) => {
        const { program: random, inputs } = randomProgram(seed, { size });
        expect(replay(random, random.inputs)).toEqual(random.outputs);
        const others = placeholders(random.inputs);
        const copy = makeProgram(others, replay(random, others), random);
        verify(copy);
        expect(countOps(copy)).toEqual(countOps(random));
        const data = inputs();
        expect(evaluateProgram(copy, data)).toEqual(evaluateProgram(random, data));
      }),
      { numRuns: 30 },
    );
  });

  test("works out shapes anew where inputs have others", () => {
    const wide = placeholders([type([5, 2]), type([2])]) as [Tensor, Tensor];
    expect(replay(program, wide).map(({ shape }) => shape)).toEqual([
      [5, 2],
      [5, 2],
    ]);
  });
});

describe("rewriteProgram", () => {
  test("returns the very Program where nothing changes", () => {
    expect(rewriteProgram(program, () => undefined)).toBe(program);
    expect(rewriteProgram(program, (node) => node.outputs)).toBe(program);
  });

  test("replaces a node everywhere it is used", () => {
    const rewritten = rewriteProgram(program, (node, [a]) =>
      node.op.name === "tanh" ? [identity(a as Tensor)] : undefined,
    );
    expect(evaluateProgram(rewritten, [ndarray([2, 3]), ndarray([5, 7])]).map(toNested)).toEqual([
      [10, 21],
      [12, 24],
    ]);
    expect(rewritten.inputs).toBe(program.inputs);
  });
});

describe("closeOver", () => {
  test("makes inputs of what was used from outside, found at the outermost place, once each", () => {
    const [outer] = placeholders([type([2])]) as [Tensor];
    const [inner] = placeholders([type([2])]) as [Tensor];
    const made = tanh(outer);
    const result = add(mul(inner, made), sub(made, 1));
    const { program: closed, captures } = closeOver([inner], [result], inner.node.scope);
    verify(closed);
    // sub(made, 1) does not depend on the inner input either, so it is captured whole.
    expect(captures.map(({ node }) => node.op.name)).toEqual(["tanh", "sub"]);
    expect(closed.equations.map(({ op }) => op.name)).toEqual(["mul", "add"]);
  });

  test("copies constants in", () => {
    const [inner] = placeholders([type([2])]) as [Tensor];
    const { program: closed, captures } = closeOver([inner], [sum(mul(inner, 3))], inner.node.scope);
    expect(captures).toEqual([]);
    expect(closed.equations.map(({ op }) => op.name)).toEqual(["constant", "mul", "sum"]);
  });
});
