import { describe, expect, it } from "vitest";
import { castArray, type DType, isFloat, type NdArray, type Op, sizeOf } from "../../src/index.js";
import * as all from "../../src/ops/index.js";
import type { OpCase, Read } from "../helpers/op-case.js";
import { OP_CASES } from "../helpers/op-cases.js";
import { drawArray, seeded } from "../helpers/random.js";
import { largestError, run } from "../helpers/run.js";

const reader =
  ({ data, shape }: NdArray): Read =>
  (...index) =>
    data[
      shape.reduce((at, d, axis) => at * d + (d === 1 ? 0 : (index[index.length - shape.length + axis] as number)), 0)
    ] as number;

function expectedOf({ shape, value }: OpCase, inputs: readonly NdArray[], dtype: DType): NdArray {
  const reads = inputs.map(reader);
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, flat) => {
    const index = shape.map((d, axis) => Math.floor(flat / sizeOf(shape.slice(axis + 1))) % d);
    return value(index, ...reads);
  });
  return { data, shape, dtype };
}

describe.each(["f64", "f32"] as const)("in %s", (float) => {
  it.each(OP_CASES.map((c) => [c.what, c] as const))("%s is what its formula says", (_, c) => {
    const random = seeded(c.what);
    const inputs = c.inputs.map((x) => castArray(drawArray(x, random), x.dtype === "f64" ? float : x.dtype));
    const dtype = c.dtype ?? inputs.find((x) => isFloat(x.dtype))?.dtype ?? "i32";
    const actual = run(c.run, ...inputs);
    expect({ shape: actual.shape, dtype: actual.dtype }).toEqual({ shape: c.shape, dtype });
    const exact = !isFloat(actual.dtype);
    expect(largestError(actual, expectedOf(c, inputs, dtype))).toBeLessThanOrEqual(
      exact ? 0 : float === "f64" ? 1e-12 : 3e-6,
    );
  });
});

it("every op has cases here", () => {
  const ops = Object.entries(all).filter(([name]) => name.endsWith("Op") && name !== "sizeOp");
  expect(ops.length).toBeGreaterThan(45);
  for (const [name, op] of ops as unknown as [string, Op][]) {
    expect(name).toBe(`${op.name}Op`);
    expect(OP_CASES.filter((c) => c.op === op).length, name).toBeGreaterThan(0);
  }
});
