import { describe, expect, it } from "vitest";
import {
  add,
  backpropagate,
  constant,
  constantOf,
  evaluateProgram,
  isFloat,
  makeProgram,
  mul,
  type NdArray,
  type Program,
  placeholders,
  sum,
  type Tensor,
  verify,
} from "../../src/index.js";
import type { OpCase } from "../helpers/op-case.js";
import { OP_CASES } from "../helpers/op-cases.js";
import { drawArray, floats, seeded } from "../helpers/random.js";

const STEP = 1e-5;
const TOLERANCE = 1e-6;

/** A weighted sum, so that every element counts differently. */
const weighted = (y: Tensor, random: () => number): Tensor =>
  sum(mul(y, constant(drawArray({ ...floats(...(y.shape as number[])), dtype: "f64" }, random))));

interface Derivatives {
  readonly inputs: readonly NdArray[];
  /** f; its gradient contracted with a fixed vector, g; and the gradient of each, one output per float input. */
  readonly f: Program;
  readonly df: Program;
  readonly g: Program;
  readonly dg: Program;
}

function derivatives(c: OpCase): Derivatives {
  const random = seeded(c.what);
  const inputs = c.inputs.map((x) => drawArray(x, random));
  const xs = placeholders(inputs);
  const wrt = xs.filter((x) => isFloat(x.dtype));
  const gradient = (y: Tensor) =>
    backpropagate([y], [constantOf(y, 1)], wrt).map((dx, i) => dx ?? constantOf(wrt[i] as Tensor, 0));
  const f = weighted(c.run(...xs), random);
  const df = gradient(f);
  const g = df.map((dx) => weighted(dx, random)).reduce((a, b) => add(a, b));
  const dg = gradient(g);
  const [pf, pdf, pg, pdg] = [[f], df, [g], dg].map((outputs) => makeProgram(xs, outputs)) as [
    Program,
    Program,
    Program,
    Program,
  ];
  for (const program of [pf, pdf, pg, pdg]) verify(program);
  return { inputs, f: pf, df: pdf, g: pg, dg: pdg };
}

/** (f(x + h) − f(x − h)) / 2h for every element of one input. */
function centralDifferences(f: Program, inputs: readonly NdArray[], at: number): number[] {
  const x = inputs[at] as NdArray;
  return Array.from(x.data, (value, i) => {
    const [up, down] = [STEP, -STEP].map((h) => {
      const data = x.data.slice();
      data[i] = value + h;
      return evaluateProgram(
        f,
        inputs.map((other, k) => (k === at ? { ...x, data } : other)),
      )[0]?.data[0] as number;
    }) as [number, number];
    return (up - down) / (2 * STEP);
  });
}

function expectGradient(f: Program, df: Program, inputs: readonly NdArray[]): void {
  const gradients = evaluateProgram(df, inputs);
  const wrt = inputs.flatMap((x, i) => (isFloat(x.dtype) ? [i] : []));
  wrt.forEach((at, i) => {
    const dx = gradients[i] as NdArray;
    expect(dx.shape).toEqual(inputs[at]?.shape);
    const expected = centralDifferences(f, inputs, at);
    expected.forEach((e, j) => {
      expect(Math.abs((dx.data[j] as number) - e) / Math.max(1, Math.abs(e)), `input ${at}, element ${j}`).toBeLessThan(
        TOLERANCE,
      );
    });
  });
}

const float = OP_CASES.filter((c) => isFloat(c.dtype ?? "f64") && c.inputs.some((x) => isFloat(x.dtype)));

describe("against central differences", () => {
  it.each(float.map((c) => [c.what, c] as const))("the gradient of %s", (_, c) => {
    const { inputs, f, df } = derivatives(c);
    expectGradient(f, df, inputs);
  });

  it.each(float.map((c) => [c.what, c] as const))("the gradient of the gradient of %s", (_, c) => {
    const { inputs, g, dg } = derivatives(c);
    expectGradient(g, dg, inputs);
  });
});
