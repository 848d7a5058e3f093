import { concat, evaluateProgram, key, mul, sigmoid, type Tensor, trace, type, uniform } from "@throughtime/core";
import { expect, test } from "vitest";
import { arrange } from "../src/passes/arrange.js";

/** A join of three under a chain of elementwise ops. */
const chain = (size: number) =>
  trace(
    (x: Tensor) => {
      let y = concat([x, x, x]);
      for (let i = 0; i < 8; i++) y = mul(sigmoid(y), y);
      return y;
    },
    [type([size])],
  ).program;

test.each([0, 1, 4])("a join of parts of size %i under a chain of ops becomes one op for each part at most", (size) => {
  const before = chain(size);
  const after = arrange(before);
  expect(after.equations.length).toBeLessThanOrEqual(3 * before.equations.length);
  const inputs = [uniform(key(1), [size])];
  expect(evaluateProgram(after, inputs)).toEqual(evaluateProgram(before, inputs));
});
