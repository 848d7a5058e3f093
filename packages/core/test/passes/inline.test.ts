import { describe, expect, test } from "vitest";
import {
  add,
  apply,
  countOps,
  crossEntropy,
  defineComposite,
  inlineComposites,
  mul,
  scan,
  softmax,
  stopGradient,
  sum,
  type Tensor,
  tanh,
  type,
} from "../../src/index.js";
import { bodyOf, rewrite } from "./rule.js";

const none = () => false;
const types = { x: type(["T", 4]), y: type(["T"], "i32") };

/** 2·softmax(x): a composite within a composite. */
const doubled = defineComposite<object>({
  name: "doubledSoftmax",
  lower: ([x]) => [mul(2, softmax(x as Tensor))],
});

describe("composites", () => {
  test("that nobody claims become what they lower to", () => {
    const after = rewrite(
      (p) => inlineComposites(p, none),
      types,
      ({ x }) => softmax(x),
    );
    expect(Object.keys(countOps(after)).sort()).toEqual(["div", "exp", "max", "sub", "sum"]);
  });

  test("that are claimed stay", () => {
    const claims = (op: string) => op === "softmax";
    const after = rewrite(
      (p) => inlineComposites(p, claims),
      types,
      ({ x, y }) => [softmax(x), crossEntropy(x, y)],
    );
    expect(countOps(after)).toMatchObject({ softmax: 1 });
    expect(countOps(after).crossEntropy).toBeUndefined();
  });

  test("are claimed for one dtype and not for another", () => {
    const claims = (_: string, dtype: string) => dtype === "f64";
    const after = rewrite(
      (p) => inlineComposites(p, claims),
      types,
      ({ x }) => softmax(x),
    );
    expect(countOps(after).softmax).toBeUndefined();
  });

  test("within others are asked for by their own name", () => {
    const own = ({ x }: { x: Tensor }) => apply(doubled, [x], {});
    const claimed = rewrite((p) => inlineComposites(p, (op) => op === "softmax"), { x: types.x }, own);
    expect(countOps(claimed)).toEqual({ constant: 1, softmax: 1, mul: 1 });
    expect(countOps(rewrite((p) => inlineComposites(p, none), { x: types.x }, own)).exp).toBe(1);
  });

  test("in a loop's body are replaced there", () => {
    const after = rewrite(
      (p) => inlineComposites(p, none),
      types,
      ({ x }) => scan((c, xt) => [add(c, softmax(xt)), c], sum(x, { axis: 0 }), x),
    );
    expect(countOps(bodyOf(after)).exp).toBe(1);
  });
});

test("stopGradient has done its work when gradients are taken", () => {
  const after = rewrite(
    (p) => inlineComposites(p, none),
    types,
    ({ x }) => tanh(stopGradient(x)),
  );
  expect(countOps(after)).toEqual({ tanh: 1 });
});
