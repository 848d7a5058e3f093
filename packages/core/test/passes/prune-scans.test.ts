import { describe, expect, test } from "vitest";
import { add, broadcast, mul, type ScanParams, scan, type Tensor, tanh, type, zeros } from "../../src/index.js";
import { pruneScans } from "../../src/passes/prune-scans.js";
import { programOf, rewrite, scansOf } from "./rule.js";

const types = { x: type(["T", 4]), h: type([4]), w: type([4]) };
type Inputs = Record<keyof typeof types, Tensor>;

/** What is left of the only scan: [captures, carries, xs, ys]. */
const left = (fn: (inputs: Inputs) => unknown) => {
  const scans = scansOf(rewrite(pruneScans, types, fn));
  if (scans.length === 0) return undefined;
  const { captures, carries, body } = scans[0] as ScanParams;
  return [captures, carries, body.inputs.length - captures - carries, body.outputs.length - carries];
};

describe("a scan loses", () => {
  test("ys that nobody reads", () => {
    const both = ({ x, h }: Inputs) => scan((c, xt) => [tanh(add(c, xt)), [c, xt] as const], h, x);
    expect(left((i) => both(i)[1])).toEqual([0, 1, 1, 2]);
    expect(left((i) => both(i)[1][0])).toEqual([0, 1, 1, 1]);
    expect(left((i) => both(i)[0])).toEqual([0, 1, 1, 0]);
  });

  test("carries that no result depends on, though they depend on each other", () => {
    const ring = ({ x, h, w }: Inputs) =>
      scan(({ a, b, c }, xt) => [{ a: tanh(b), b: mul(a, xt), c: add(c, xt) }, c], { a: h, b: w, c: h }, x);
    expect(left((i) => ring(i)[1])).toEqual([0, 1, 1, 1]);
    expect(left((i) => ring(i)[0].a)).toEqual([0, 2, 1, 0]);
  });

  test("carries that never change: they are captured", () => {
    expect(left(({ x, h, w }) => scan(({ c, k }, xt) => [{ c: mul(add(c, xt), k), k }, c], { c: h, k: w }, x))).toEqual(
      [1, 1, 1, 1],
    );
  });

  test("captures and xs that it has twice or does not use", () => {
    const twice = ({ x, h, w }: Inputs) =>
      scan((c: Tensor, [a, b]: Tensor[]) => [add(mul(c, w), add(a as Tensor, b as Tensor)), c], h, [x, x, mul(2, x)]);
    expect(left((i) => twice(i)[1])).toEqual([1, 1, 1, 1]);
  });

  test("ys that it emits twice", () => {
    expect(left(({ x, h }) => scan((c, xt) => [add(c, xt), [c, c, c]], h, x)[1])).toEqual([0, 1, 1, 1]);
  });

  test("xs that are the same at each step: they are captured", () => {
    expect(
      left(({ x, h, w }) =>
        scan((c, [xt, k]) => [mul(add(c, xt as Tensor), k as Tensor), c], h, [x, broadcast(w, x.shape)]),
      ),
    ).toEqual([1, 1, 1, 1]);
  });

  test("captured constants: they stand in the body", () => {
    expect(
      left(({ x, h }) => scan((c, [xt, k]) => [mul(add(c, xt as Tensor), k as Tensor), c], h, [x, zeros(x.shape)])),
    ).toEqual([0, 1, 1, 1]);
  });

  test("itself, where nothing of it is read", () => {
    expect(left(({ x, h }) => scan(({ k }, xt) => [{ k }, xt], { k: h }, x)[0].k)).toBeUndefined();
  });
});

describe("a scan keeps", () => {
  test("a carry that a kept carry reads", () => {
    expect(
      left(({ x, h, w }) => scan(({ a, b }, xt) => [{ a: add(a, b), b: mul(b, xt) }, xt], { a: h, b: w }, x)[0].a),
    ).toEqual([0, 2, 1, 0]);
  });

  test("everything it needs: then the Program is the same object", () => {
    const program = programOf(types, ({ x, h, w }) => scan((c, xt) => [tanh(add(mul(c, w), xt)), c], h, x));
    expect(pruneScans(program)).toBe(program);
  });
});
