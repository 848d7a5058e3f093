import { difference, gradientProgram, randomProgram, slopes, widen } from "@throughtime/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  apply,
  cast,
  cos,
  defineOp,
  div,
  evaluateProgram,
  exp,
  gather,
  grad,
  matmul,
  mean,
  mul,
  type NdArray,
  ndarray,
  neg,
  type Program,
  print,
  scan,
  sigmoid,
  sin,
  split,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tanh,
  toF64,
  toNested,
  trace,
  type,
  valueAndGrad,
  verify,
  vjp,
} from "../src/index.js";
import { drawArray, floats, seeded } from "./helpers/random.js";
import { run, runAll } from "./helpers/run.js";

const RUNS = Number(process.env.GRADIENT_RUNS ?? 24);
const draw = (name: string, ...shape: number[]): NdArray => drawArray(floats(...shape), seeded(name));

/** Fails naming the seed where a gradient is not the slope. */
function expectSlopes(program: Program, inputs: readonly NdArray[], what: string): void {
  for (const { input, analytic, numeric, error } of slopes(program, inputs)) {
    if (error < 1e-6) continue;
    throw new Error(`${what}, input ${input}: ${analytic}, central differences give ${numeric}\n${print(program)}`);
  }
}

describe("gradients equal central differences", () => {
  test("on random Programs with scans inside scans", { timeout: 500 * RUNS + 30_000 }, () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 12 }), (seed, size) => {
        const { program, inputs } = randomProgram(seed, { size, smooth: true });
        const gradient = gradientProgram(program);
        verify(gradient);
        expectSlopes(toF64(gradient), inputs().map(widen), `seed ${seed}`);
      }),
      { numRuns: RUNS },
    );
  });

  test("of gradients, on random Programs with scans inside scans", { timeout: 500 * RUNS + 30_000 }, () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 5 }), (seed, size) => {
        const { program, inputs } = randomProgram(seed, { size, smooth: true, bodySize: 3 });
        const second = gradientProgram(gradientProgram(program));
        verify(second);
        expectSlopes(toF64(second), inputs().map(widen), `seed ${seed}`);
      }),
      { numRuns: RUNS / 2 },
    );
  });

  test("of gradients of gradients, through an LSTM", () => {
    const [T, B, D, H] = [3, 2, 2, 2];
    const program = trace(
      (x: Tensor, h: Tensor, w: Tensor, u: Tensor) =>
        scan(
          (s: { h: Tensor; c: Tensor }, xt: Tensor) => {
            const [i, f, o, g] = split(add(matmul(xt, w), matmul(s.h, u)), 4);
            const c = add(mul(sigmoid(f), s.c), mul(sigmoid(i), tanh(g)));
            const next = mul(sigmoid(o), tanh(c));
            return [{ h: next, c }, next];
          },
          { h, c: h },
          x,
        )[1],
      [type([T, B, D]), type([B, H]), type([D, 4 * H]), type([H, 4 * H])],
    ).program;
    const inputs = program.inputs.map(({ shape }, i) => draw(`lstm ${i}`, ...(shape as number[])));
    let current = program;
    for (const order of [1, 2, 3]) {
      current = gradientProgram(current);
      expectSlopes(toF64(current), inputs, `order ${order}`);
    }
  });

  test("in named sizes too", () => {
    const { program } = trace(
      (x: Tensor, w: Tensor) => {
        const [value, gradient] = valueAndGrad((v: Tensor) => mean(tanh(matmul(x, v))), w);
        return [value, gradient];
      },
      [type(["B", 3]), type([3, 2])],
    );
    verify(program);
    expect(program.outputs[1]?.shape).toEqual([3, 2]);
  });
});

describe("valueAndGrad", () => {
  test("returns the value and a gradient of x's structure", () => {
    const [value, W, b] = runAll(
      (x, w, c) => {
        const [loss, g] = valueAndGrad((p: { W: Tensor; b: [Tensor] }) => sum(add(mul(x, p.W), p.b[0])), {
          W: w,
          b: [c],
        });
        return [loss, g.W, g.b[0]];
      },
      ndarray([1, 2, 3]),
      ndarray([4, 5, 6]),
      ndarray(7),
    );
    expect([value, W, b].map((y) => toNested(y as NdArray))).toEqual([53, [1, 2, 3], 3]);
  });

  test("hands out what stands beside the loss", () => {
    const [loss, hits, dx] = runAll(
      (x) => {
        const [value, gradient] = valueAndGrad((v: Tensor) => ({ loss: sum(mul(v, v)), hits: cast(v, "i32") }), x);
        return [value.loss, value.hits, gradient];
      },
      ndarray([1, 2]),
    );
    expect([loss, hits, dx].map((y) => toNested(y as NdArray))).toEqual([5, [1, 2], [2, 4]]);
  });

  test("is zero, in x's shape, where nothing flows", () => {
    const [a, b, ids] = runAll(
      (x, y, z) => {
        const g = grad((p: { x: Tensor; y: Tensor; ids: Tensor }) => sum(gather(p.x, p.ids)), { x, y, ids: z });
        return [g.x, g.y, g.ids];
      },
      ndarray([1, 2, 3]),
      ndarray([[1, 2]]),
      ndarray([2, 2], { dtype: "i32" }),
    );
    expect(toNested(a as NdArray)).toEqual([0, 0, 2]);
    expect(toNested(b as NdArray)).toEqual([[0, 0]]);
    expect(ids).toMatchObject({ dtype: "i32", shape: [2] });
  });

  test("takes what comes from outside as constant, x itself too", () => {
    // d/dv Σ v·x at v = x is x, not 2x.
    expect(toNested(run((x) => grad((v: Tensor) => sum(mul(v, x)), x), ndarray([3, 4])))).toEqual([3, 4]);
  });

  test("adds up what flows along several ways", () => {
    const g = (f: (v: Tensor) => Tensor) => toNested(run((x) => grad((v: Tensor) => sum(f(v)), x), ndarray([2])));
    expect(g((v) => add(mul(v, v), mul(v, 3)))).toEqual([7]);
    expect(g((v) => mul(mul(v, v), v))).toEqual([12]);
  });

  test("asked twice for one tensor, gives each its own part", () => {
    const [a, b] = runAll(
      (x) => {
        const g = grad((p: { a: Tensor; b: Tensor }) => sum(mul(p.a, mul(p.b, p.b))), { a: x, b: x });
        return [g.a, g.b];
      },
      ndarray([3]),
    );
    expect([a, b].map((y) => toNested(y as NdArray))).toEqual([[9], [18]]);
  });

  test("stops at stopGradient, comparisons and integers", () => {
    const zero = (f: (v: Tensor) => Tensor) => toNested(run((x) => grad((v: Tensor) => sum(f(v)), x), ndarray([1.5])));
    expect(zero((v) => stopGradient(mul(v, v)))).toEqual([0]);
    expect(zero((v) => cast(cast(mul(v, v), "i32"), "f32"))).toEqual([0]);
    expect(zero((v) => mul(v, stopGradient(v)))).toEqual([1.5]);
  });

  test.each<[string, (x: Tensor) => unknown, string, string]>([
    [
      "a loss that is no scalar",
      (x) => mul(x, x),
      "ShapeError",
      "the loss must be a scalar, received f32[2]. Use mean(loss)",
    ],
    ["a loss of integers", (x) => sum(cast(x, "i32")), "DtypeError", "the loss must be f32 or f64, received i32"],
    ["no loss", () => ({ value: 1 }), "ArgumentError", "must return a scalar tensor, or a tree with one at `loss`"],
  ])("refuses %s", (_, fn, name, message) => {
    const wrong = () => trace((x: Tensor) => [valueAndGrad(fn as (x: Tensor) => Tensor, x)[1]], [type([2])]);
    expect(wrong).toThrow(expect.objectContaining({ name, message: expect.stringContaining(message) }));
  });

  test("names an op that has no gradient", () => {
    const opaque = defineOp<object>({
      name: "opaque",
      shape: ([x]) => ({ shape: x?.shape ?? [], dtype: "f32" }),
      evaluate: ([x]) => x as NdArray,
      batch: "elementwise",
    });
    const wrong = () => trace((x: Tensor) => [grad((v: Tensor) => sum(apply(opaque, [v], {})), x)], [type([2])]);
    expect(wrong).toThrow("grad: opaque has no gradient. Use stopGradient() if none should flow.");
  });
});

describe("gradients of gradients", () => {
  const derivative = (f: (x: Tensor) => Tensor) => (x: Tensor) => grad((v: Tensor) => sum(f(v)), x);
  const at = [0.3, -1.2, 2];
  const x = ndarray(at, { dtype: "f64" });

  test.each<[string, (x: Tensor) => Tensor, ((x: number) => number)[]]>([
    ["x³", (v) => mul(v, mul(v, v)), [(v) => 3 * v * v, (v) => 6 * v, () => 6, () => 0]],
    ["sin x", sin, [Math.cos, (v) => -Math.sin(v), (v) => -Math.cos(v), Math.sin]],
    ["e^2x", (v) => exp(mul(v, 2)), [1, 2, 3, 4].map((n) => (v: number) => 2 ** n * Math.exp(2 * v))],
    [
      "tanh x",
      tanh,
      [
        (v) => 1 - Math.tanh(v) ** 2,
        (v) => -2 * Math.tanh(v) * (1 - Math.tanh(v) ** 2),
        (v) => (1 - Math.tanh(v) ** 2) * (6 * Math.tanh(v) ** 2 - 2),
      ],
    ],
  ])("of %s are its derivatives", (_, f, derivatives) => {
    let current = f;
    for (const expected of derivatives) {
      current = derivative(current);
      const actual = run(current, x);
      const exact = ndarray(at.map(expected), { dtype: "f64" });
      expect(difference(actual, exact, { absolute: 1e-9, relative: 1e-9 })).toBeUndefined();
    }
  });

  test("inside a scan: each step descends a loss", () => {
    // x ← x − 0.1·d/dx (x − target)², five times: the error shrinks by 0.8 a step.
    const [last] = runAll(
      (start, target) => [
        scan(
          (v: Tensor) => [
            sub(
              v,
              mul(
                0.1,
                grad((u: Tensor) => sum(mul(sub(u, target), sub(u, target))), v),
              ),
            ),
            [],
          ],
          start,
          [],
          { length: 5 },
        )[0],
      ],
      ndarray([0, 4], { dtype: "f64" }),
      ndarray([1, 2], { dtype: "f64" }),
    );
    const expected = [1 - 0.8 ** 5, 2 + 2 * 0.8 ** 5];
    expect(difference(last as NdArray, ndarray(expected, { dtype: "f64" }), { absolute: 1e-12 })).toBeUndefined();
  });

  test("through such a scan: how the result depends on the rate", () => {
    const [rate] = runAll(
      (eta) => [
        grad((e: Tensor) => {
          const [last] = scan(
            (v: Tensor) => [
              sub(
                v,
                mul(
                  e,
                  grad((u: Tensor) => sum(mul(u, u)), v),
                ),
              ),
              [],
            ],
            ndarray([1], { dtype: "f64" }) as unknown as Tensor,
            [],
            { length: 3 },
          );
          return sum(last);
        }, eta),
      ],
      ndarray(0.1, { dtype: "f64" }),
    );
    // v = (1 − 2e)³, dv/de = −6·(1 − 2e)²
    expect(rate?.data[0]).toBeCloseTo(-6 * 0.8 ** 2, 12);
  });
});

describe("vjp", () => {
  test("pulls a cotangent of any shape back", () => {
    const [y, dx] = runAll(
      (x, dy) => [...vjp((v: Tensor) => matmul(v, neg(v)), x, dy)],
      ndarray(
        [
          [1, 2],
          [3, 4],
        ],
        { dtype: "f64" },
      ),
      ndarray(
        [
          [1, 0],
          [0, 0],
        ],
        { dtype: "f64" },
      ),
    );
    expect(toNested(y as NdArray)).toEqual([
      [-7, -10],
      [-15, -22],
    ]);
    // y₀₀ = −(x₀₀² + x₀₁·x₁₀)
    expect(toNested(dx as NdArray)).toEqual([
      [-2, -3],
      [-2, 0],
    ]);
  });
});

test("a gradient builds no more equations than the forward pass times a small number", () => {
  const deep = (x: Tensor): Tensor =>
    Array.from({ length: 50 }).reduce<Tensor>((y, _, i) => div(cos(mul(y, x)), 1 + i), x);
  const forward = trace((x: Tensor) => [sum(deep(x))], [type([3])]).program;
  const both = trace((x: Tensor) => [grad((v: Tensor) => sum(deep(v)), x)], [type([3])]).program;
  expect(both.equations.length).toBeLessThan(5 * forward.equations.length);
  expect(evaluateProgram(both, [ndarray([1, 2, 3])])[0]?.data.every(Number.isFinite)).toBe(true);
});
