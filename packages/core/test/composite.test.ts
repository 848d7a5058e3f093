import { reference } from "@throughtime/backend-reference";
import { describe, expect, test } from "vitest";
import {
  add,
  apply,
  applyOp,
  compile,
  countOps,
  defineComposite,
  evaluateProgram,
  grad,
  inlineComposites,
  matmul,
  mul,
  type NdArray,
  ndarray,
  scan,
  sigmoid,
  sum,
  type Tensor,
  tanh,
  toNested,
  trace,
  type,
  verify,
  vmap,
} from "../src/index.js";
import { run, runAll } from "./helpers/run.js";

/** x·σ(βx). */
const swishOp = defineComposite<{ readonly beta: number }>({
  name: "swish",
  lower: ([x], { beta }) => [mul(x as Tensor, sigmoid(mul(x as Tensor, beta)))],
});
const swish = (x: Tensor): Tensor => apply(swishOp, [x], { beta: 2 });

/** With a gradient that can be told from the true one. */
const taggedOp = defineComposite<object>({
  name: "tagged",
  lower: ([x]) => [tanh(swish(x as Tensor))],
  vjp: (_, dy) => [mul(dy, 42)],
});
const tagged = (x: Tensor): Tensor => apply(taggedOp, [x], {});

const expected = (x: number) => x / (1 + Math.exp(-2 * x));
const xs = ndarray([0.5, -1, 2], { dtype: "f64" });

describe("a composite", () => {
  test("means what it lowers to, in shape, value, batching and gradient", () => {
    const direct = (x: Tensor): Tensor => mul(x, sigmoid(mul(x, 2)));
    const all = (f: (x: Tensor) => Tensor) => (x: Tensor) => [
      f(x),
      grad((v: Tensor) => sum(f(v)), x),
      vmap((v: Tensor) => f(v))(x),
      grad((u: Tensor) => sum(grad((v: Tensor) => sum(f(v)), u)), x),
    ];
    expect(runAll(all(swish), xs).map(toNested)).toEqual(runAll(all(direct), xs).map(toNested));
    expect((toNested(run(swish, xs)) as number[])[0]).toBeCloseTo(expected(0.5), 14);
  });

  test("stands as one equation until it is inlined", () => {
    const { program } = trace((x: Tensor) => [swish(x)], [type(["B"])]);
    expect(countOps(program)).toEqual({ swish: 1 });
    const inlined = inlineComposites(program, () => false);
    verify(inlined);
    expect(countOps(inlined)).toEqual({ constant: 1, mul: 2, sigmoid: 1 });
  });

  test("stays where a backend claims it by name and dtype", () => {
    const { program } = trace((x: Tensor) => [swish(x)], [type([2])]);
    expect(inlineComposites(program, (op, dtype) => op === "swish" && dtype === "f32")).toBe(program);
    expect(countOps(inlineComposites(program, (op, dtype) => op === "swish" && dtype === "f64")).swish).toBeUndefined();
  });

  test("is inlined within composites and within scans", () => {
    const { program } = trace(
      (x: Tensor) => [scan((c: Tensor, xt: Tensor) => [tagged(add(c, xt)), []], sum(x, { axis: 0 }), x)[0]],
      [type(["T", 2])],
    );
    const inlined = inlineComposites(program, () => false);
    expect(countOps(inlined)).toMatchObject({ "scan/tanh": 1, "scan/sigmoid": 1 });
    expect(countOps(inlineComposites(program, (op) => op === "swish"))).toMatchObject({
      "scan/tanh": 1,
      "scan/swish": 1,
    });
  });

  test("may have a gradient of its own", () => {
    expect(toNested(run((x) => grad((v: Tensor) => sum(tagged(v)), x), xs))).toEqual([42, 42, 42]);
  });

  test("with several outputs gives them all, and gradients through those that are used", () => {
    const pairOp = defineComposite<object>({
      name: "pair",
      lower: ([a, b]) => [matmul(a as Tensor, b as Tensor), add(a as Tensor, b as Tensor)],
    });
    const [product, total, da] = runAll(
      (x, y) => [...applyOp(pairOp, [x, y], {}), grad((v: Tensor) => sum(applyOp(pairOp, [v, y], {})[0] as Tensor), x)],
      ndarray([
        [1, 2],
        [3, 4],
      ]),
      ndarray([
        [1, 0],
        [2, 1],
      ]),
    );
    expect(toNested(product as NdArray)).toEqual([
      [5, 2],
      [11, 4],
    ]);
    expect(toNested(total as NdArray)).toEqual([
      [2, 2],
      [5, 5],
    ]);
    expect(toNested(da as NdArray)).toEqual([
      [1, 3],
      [1, 3],
    ]);
  });

  test("reaches a backend under its name only if the backend supports it", async () => {
    const counts = async (claims: boolean) => {
      const backend = { ...reference(), supports: (op: string) => claims || op !== "swish" };
      const f = compile(backend, (x: Tensor) => swish(x));
      const y = await backend.download(await f(xs));
      expect((toNested(y) as number[])[2]).toBeCloseTo(expected(2), 14);
      return f.stats()[0]?.ops;
    };
    expect(await counts(true)).toEqual({ swish: 1 });
    expect(await counts(false)).toMatchObject({ mul: 2, sigmoid: 1 });
  });
});

test("evaluating a composite shows its equations to an observer", () => {
  const seen: string[] = [];
  const { program } = trace((x: Tensor) => [swish(x)], [type([1], "f64")]);
  evaluateProgram(program, [ndarray([1], { dtype: "f64" })], {
    path: [],
    onEquation: ({ node, path }) => seen.push([...path, node.op.name].join("/")),
  });
  expect(seen).toEqual(["swish/constant", "swish/mul", "swish/sigmoid", "swish/mul", "swish"]);
});
