import { createRequire } from "node:module";
import {
  add,
  exp,
  fullArray,
  matmul,
  mul,
  type NdArray,
  reshape,
  scan,
  sizeOf,
  sum,
  type Tensor,
  trace,
  transpose,
  type,
  zeros,
} from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { countNodes, type OnnxOptions, toGraph, toOnnx } from "../src/index.js";

// Where a sum is over nothing ONNX Runtime may leave what its memory held. So results are written into memory that is not 0.
const require = createRequire(new URL("../../backend-ort/package.json", import.meta.url));
interface Runtime {
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
      run(feeds: object, fetches: object): Promise<Record<string, { readonly data: Float32Array }>>;
    }>;
  };
  readonly Tensor: new (type: "float32", data: unknown, shape: readonly number[]) => { readonly data: Float32Array };
}
const { InferenceSession, Tensor: OrtTensor }: Runtime = require("onnxruntime-node");

/** Runs a model of one output, which is written over sevens. */
async function overSevens(model: Uint8Array, inputs: readonly NdArray[], shape: readonly number[]): Promise<number[]> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const feeds = session.inputNames.map((name, i) => {
    const { data, shape: dims } = inputs[i] as NdArray;
    return [name, new OrtTensor("float32", data, dims)];
  });
  const [output] = session.outputNames as [string];
  const room = new OrtTensor("float32", new Float32Array(sizeOf(shape)).fill(7), shape);
  const results = await session.run(Object.fromEntries(feeds), { [output]: room });
  return [...(results[output]?.data ?? [])];
}

const [N, R] = [4, 3];
type Product = (a: Tensor, b: Tensor) => Tensor;
type Case = readonly [string, Product, readonly (string | number)[], readonly (string | number)[]];
const flagged = (transposeA: boolean, transposeB: boolean, fn: (x: Tensor) => Tensor = (x) => x): Case => [
  `${transposeA ? "aᵀ" : "a"} · ${transposeB ? "bᵀ" : "b"}${fn.name}`,
  (a, b) => matmul(fn(a), b, { transposeA, transposeB }),
  transposeA ? ["N", "K", R] : ["N", R, "K"],
  transposeB ? ["N", R, "K"] : ["N", "K", R],
];
const turned = (x: Tensor) => transpose(x, [0, 2, 1]);

const CASES: readonly Case[] = [
  flagged(false, false),
  flagged(false, true),
  flagged(true, false),
  flagged(true, true),
  flagged(true, false, exp),
  ["a transpose before it", (a, b) => matmul(turned(a), b), ["N", "K", R], ["N", "K", R]],
  ["a transpose before what maps elements", (a, b) => matmul(a, exp(mul(turned(b), 2))), ["N", R, "K"], ["N", R, "K"]],
  ["a number times it", (a, b) => mul(matmul(a, b, { transposeB: true }), 3), ["N", R, "K"], ["N", R, "K"]],
  [
    "in stacks of stacks",
    (a, b) => reshape(matmul(reshape(a, [2, 2, R, -1]), reshape(b, [2, 2, R, -1]), { transposeB: true }), [N, R, R]),
    [N, R, "K"],
    [N, R, "K"],
  ],
];

const at = (shape: readonly (string | number)[], K: number): number[] =>
  shape.map((d) => (d === "N" ? N : d === "K" ? K : (d as number)));
const modelOf = (fn: (...xs: Tensor[]) => Tensor, shapes: readonly (readonly (string | number)[])[], o?: OnnxOptions) =>
  toOnnx(
    trace(
      fn,
      shapes.map((shape) => type(shape as string[])),
    ).program,
    o,
  );

describe("a product of stacks of matrices in an exported model", () => {
  test.each(CASES)("is 0 where it sums over nothing, and right where it does not: %s", async (_, product, a, b) => {
    const model = modelOf(product as never, [a, b]);
    const shape = [N, R, R];
    const given = (K: number) => [fullArray(at(a, K), 1), fullArray(at(b, K), 1)];
    expect(await overSevens(model, given(0), shape)).toEqual(Array(N * R * R).fill(0));
    const [first, ...others] = await overSevens(model, given(2), shape);
    expect(first).toBeGreaterThan(1);
    expect(others.every((value) => value === first)).toBe(true);
  });

  test("is 0 too where nothing is a number", async () => {
    const model = modelOf(
      (a, b) => matmul(a, b, { transposeA: true }),
      [
        ["N", 0, R],
        ["N", 0, R],
      ],
    );
    const none = fullArray([N, 0, R], 1);
    expect(await overSevens(model, [none, none], [N, R, R])).toEqual(Array(N * R * R).fill(0));
  });

  /** h ← h + (x·a)ᵀ·b for each x. The exponentials leave memory that is not 0. */
  const looped = (a: Tensor, b: Tensor, xs: Tensor): Tensor =>
    scan(
      (h: Tensor, x: Tensor): [Tensor, Tensor] => {
        const scaled = mul(a, add(x, mul(0, sum(exp(h)))));
        const next = add(h, matmul(scaled, b, { transposeA: true }));
        return [next, next];
      },
      zeros([N, R, R]),
      xs,
    )[1];
  const loop = trace(looped, [type([N, "K", R]), type([N, "K", R]), type(["T"])]).program;

  test("is right in a loop, where K is 0, T is, or none", async () => {
    const model = toOnnx(loop);
    const run = (K: number, T: number) =>
      overSevens(model, [fullArray([N, K, R], 1), fullArray([N, K, R], 1), fullArray([T], 2)], [T, N, R, R]);
    expect(await run(0, 3)).toEqual(Array(3 * N * R * R).fill(0));
    expect(await run(0, 0)).toEqual([]);
    expect(await run(2, 0)).toEqual([]);
    const steps = await run(2, 3);
    expect([0, 1, 2].map((t) => new Set(steps.slice(t * N * R * R, (t + 1) * N * R * R)))).toEqual([
      new Set([4]),
      new Set([8]),
      new Set([12]),
    ]);
  });

  test("costs nothing in the loop: what is chosen is chosen around it", () => {
    const ifs = (o?: OnnxOptions) => Object.keys(countNodes(toGraph(loop, o))).filter((name) => /MatMul$/.test(name));
    expect(ifs({ sizes: "positive" })).toEqual(["Scan/MatMul"]);
    // The then-branch's loop has the product as it is; the other one's has it guarded. (If and Scan nest in this order.)
    expect(ifs().sort()).toEqual(["If/If/Scan/If/MatMul", "If/If/Scan/MatMul"]);
  });

  test("without a transposition stands as it is", () => {
    const { program } = trace((a: Tensor, b: Tensor) => matmul(a, b), [type(["N", 3, "K"]), type(["N", "K", 3])]);
    expect(countNodes(toGraph(program))).toEqual({ MatMul: 1 });
  });
});
