import { difference, evaluateInF64, gradientProgram, randomProgram } from "@throughtime/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bind,
  inlineComposites,
  mergeScans,
  optimize,
  type Program,
  simplify,
  splitScans,
  tidy,
  toF64,
  verify,
} from "../src/index.js";

const RUNS = Number(process.env.PASS_RUNS ?? 60);

/** Each pass alone and all together, as functions from Program to Program. */
const PASSES: Record<string, (program: Program) => Program> = {
  inline: (p) => inlineComposites(p, () => false),
  merge: mergeScans,
  tidy,
  simplify,
  split: splitScans,
  all: (p) => optimize(p, () => false).program,
  "all, with composites claimed": (p) => optimize(p, () => true).program,
};

function expectSame(
  before: Program,
  after: Program,
  sizes: Record<string, number>,
  inputs: Parameters<typeof evaluateInF64>[1],
) {
  verify(after);
  const expected = evaluateInF64(bind(before, sizes), inputs);
  const actual = evaluateInF64(bind(after, sizes), inputs);
  expected.forEach((value, i) => {
    expect(difference(actual[i] as typeof value, value, { absolute: 1e-9, relative: 1e-9 })).toBeUndefined();
  });
}

describe.each(Object.entries(PASSES))("%s never changes a result beyond rounding", (_, pass) => {
  test.each([
    ["numbers for sizes", false],
    ["named sizes", true],
  ])("on random Programs with scans inside scans, %s", (_, symbolic) => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 24 }), (seed, size) => {
        const { program, sizes, inputs } = randomProgram(seed, { size, symbolic });
        // In f64 from the start, so that folded constants are f64 too.
        const exact = toF64(program);
        expectSame(exact, pass(exact), sizes, inputs());
      }),
      { numRuns: RUNS },
    );
  });

  test("on gradients of random Programs", () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 14 }), (seed, size) => {
        const { program, sizes, inputs } = randomProgram(seed, { size, smooth: true });
        const gradients = toF64(gradientProgram(program));
        expectSame(gradients, pass(gradients), sizes, inputs());
      }),
      { numRuns: RUNS },
    );
  });
});
