import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  averagePool2d,
  conv2d,
  dim,
  evaluateProgram,
  maxPool2d,
  mul,
  type NdArray,
  ndarray,
  sizeOf,
  sum,
  type Tensor,
  trace,
  type,
  valueAndGrad,
  vmap,
} from "../../src/index.js";
import { run } from "../helpers/run.js";

interface Golden {
  readonly op: "conv2d" | "maxPool2d" | "averagePool2d";
  readonly shapes: readonly (readonly number[])[];
  readonly ties: boolean;
  readonly options: { readonly size: number; readonly stride: number; readonly padding: number };
  readonly shape: readonly number[];
  readonly y: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}

const { cases } = JSON.parse(readFileSync(new URL("../goldens/images.json", import.meta.url), "utf8")) as {
  cases: Golden[];
};

/** What write_images.py makes of a shape. */
function wave(shape: readonly number[], salt: number, ties = false): NdArray {
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, k) => {
    const x = 0.5 * Math.sin(1.7 * k + 0.9 * salt);
    return ties ? Math.round(x * 4) / 4 : x;
  });
  return ndarray(data, { shape });
}

const applied = ({ op, options }: Golden, [x, w]: readonly Tensor[]): Tensor =>
  op === "conv2d"
    ? conv2d(x as Tensor, w as Tensor, { stride: options.stride, padding: options.padding })
    : { maxPool2d, averagePool2d }[op](x as Tensor, options);

const near = (actual: NdArray | undefined, expected: readonly number[]): void => {
  expect(actual?.data.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((actual?.data[i] as number) - value)).toBeLessThan(1e-12);
  });
};

describe("PyTorch's values and gradients", () => {
  it.each(
    cases.map(
      (c) =>
        [`${c.op} of [${c.shapes.join("], [")}], ${JSON.stringify(c.options)}${c.ties ? ", ties" : ""}`, c] as const,
    ),
  )("%s", (_, golden) => {
    const operands = golden.shapes.map((shape, salt) => wave(shape, salt, golden.ties));
    const { program } = trace((...xs: Tensor[]) => {
      const slopes = wave(golden.shape, 3);
      const [y, gradients] = valueAndGrad((leaves: readonly Tensor[]) => {
        const value = applied(golden, leaves);
        return { loss: sum(mul(value, slopes)), value };
      }, xs);
      return [y.value, ...gradients];
    }, operands);
    const [y, ...gradients] = evaluateProgram(program, operands);
    expect(y?.shape).toEqual(golden.shape);
    near(y, golden.y);
    golden.gradients.forEach((gradient, i) => near(gradients[i], gradient));
  });
});

describe("names", () => {
  const ops = (fn: (...xs: Tensor[]) => Tensor, ...shapes: (number | string)[][]) =>
    trace(
      fn,
      shapes.map((shape) => type(shape)),
    ).program.equations.map(({ op }) => op.name);
  const gradient = (x: Tensor, w: Tensor) => {
    const [, [dx, dw]] = valueAndGrad(([a, b]: readonly [Tensor, Tensor]) => sum(conv2d(a, b, { padding: 1 })), [x, w]);
    return [dx, dw] as const;
  };

  it("the gradients of a convolution are composites, and theirs are too", () => {
    const first = ops((x, w) => mul(sum(gradient(x, w)[0]), sum(gradient(x, w)[1])), ["N", 2, 4, 4], [3, 2, 3, 3]);
    expect(first).toContain("conv2dInputGradient");
    expect(first).toContain("conv2dWeightGradient");
    const second = ops(
      (x, w) => {
        const [, dx] = valueAndGrad((a: Tensor) => sum(mul(gradient(a, w)[1], w)), x);
        return dx;
      },
      ["N", 2, 4, 4],
      [3, 2, 3, 3],
    );
    expect(second.filter((name) => name.startsWith("conv2d")).length).toBeGreaterThan(0);
    expect(second).not.toContain("matmul");
  });

  it("N may be a named size, and a new axis in front of it is more of it: the composites stay whole", () => {
    const frames = (xs: Tensor, w: Tensor) =>
      vmap((x: Tensor) => maxPool2d(conv2d(x, w, { padding: 1 }), { size: 2 }))(xs);
    expect(ops(frames, ["T", "N", 2, 4, 4], [3, 2, 3, 3]).filter((name) => /2d/.test(name))).toEqual([
      "conv2d",
      "maxPool2d",
    ]);
    const { program } = trace(frames, [type([dim("T"), dim("N"), 2, 4, 4]), type([3, 2, 3, 3])]);
    expect(program.outputs[0]?.shape.slice(2)).toEqual([3, 2, 2]);
  });
});

describe("maxPool2d", () => {
  it("is NaN where a window has one, and padding is never the largest", () => {
    const x = ndarray(
      [
        [
          [
            [Number.NaN, -3],
            [-5, -4],
          ],
        ],
      ],
      { dtype: "f64" },
    );
    expect([...run((v) => maxPool2d(v as Tensor, { size: 2 }), x).data]).toEqual([Number.NaN]);
    const negative = ndarray(
      [
        [
          [
            [-9, -3],
            [-5, -4],
          ],
        ],
      ],
      { dtype: "f64" },
    );
    expect([...run((v) => maxPool2d(v as Tensor, { size: 2, padding: 1 }), negative).data]).toEqual([-9, -3, -5, -4]);
  });
});
