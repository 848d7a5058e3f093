import {
  type AnyCell,
  type AnyUnrollable,
  bidirectional,
  cellOptions,
  dropout,
  type GatedCellOptions,
  gatedCell,
  maskedState,
  maskSource,
  plus,
  unrollSteps,
} from "@throughtime/cells";
import {
  add,
  applyOp,
  defineComposite,
  matmul,
  mean,
  mul,
  sigmoid,
  split,
  sub,
  type Tensor,
  tanh,
  zeros,
} from "@throughtime/core";
import type { OnnxRuntime } from "@throughtime/onnx";
import { describe, expect, test } from "vitest";
import { type CellSuiteOptions, cellSuite } from "../src/index.js";
import { miscompiling, reportOf } from "./support/report.js";

const mgu = (options: GatedCellOptions) =>
  gatedCell(cellOptions("mgu", options), {
    gates: ["f", "n"],
    step({ W, U, b, bh }, { h }, x, noise) {
      const hm = maskedState(h, noise);
      const [xf, xn] = split(plus(matmul(x, W), b, bh), 2); // each [B, H]
      const [Uf, Un] = split(U, 2); // each [H, H]
      const f = sigmoid(add(xf, matmul(hm, Uf)));
      const n = tanh(add(xn, matmul(mul(f, hm), Un)));
      const hNext = add(mul(sub(1, f), h), mul(f, n));
      return [{ h: hNext }, hNext];
    },
  });

const report = (make: CellSuiteOptions["cells"][string], more: Partial<CellSuiteOptions> = {}) =>
  reportOf((runner) => cellSuite({ ...runner, cells: { own: make }, ...more }));

/** The names of the tests that fail for a minimal gated unit with a fault. */
async function failing(
  fault: (good: AnyCell) => Partial<AnyCell>,
  more?: Partial<CellSuiteOptions>,
): Promise<string[]> {
  const { failed } = await report((sizes) => {
    const good: AnyCell = mgu(sizes);
    return { ...good, ...fault(good) };
  }, more);
  return [...failed.keys()].map((name) => name.replace(/^own\//, ""));
}

type H = { h: Tensor };

describe("the cell suite", () => {
  test("passes a good cell, one under dropout, and one that has no step", async () => {
    for (const make of [
      mgu,
      (sizes: GatedCellOptions) => dropout(mgu(sizes), { input: 0.3, state: 0.2 }),
      (sizes: GatedCellOptions) => bidirectional({ forward: mgu(sizes), backward: mgu(sizes) }),
    ]) {
      const { failed, passed } = await report(make as (sizes: GatedCellOptions) => AnyUnrollable);
      expect([...failed]).toEqual([]);
      expect(passed.length).toBeGreaterThan(14);
    }
  });

  test("has a skip that names its reason and does not outlive it", async () => {
    const skip = [{ test: "own/gradient", reason: "not yet" }];
    const { failed, skipped } = await report(mgu, { skip });
    expect([...skipped.keys()].every((name) => name.startsWith("own/gradient/"))).toBe(true);
    expect([...failed.keys()]).toEqual(["skip own/gradient"]);
  });
});

describe("a fault is found:", () => {
  test("first values that do not depend on the key, or on more than it", async () => {
    expect(await failing((good) => ({ init: () => good.init([0, 7]) }))).toEqual(["init/repeatable"]);
    let seed = 0;
    expect(await failing((good) => ({ init: () => good.init([0, seed++]) }))).toContain("init/repeatable");
  });

  test("a layout that does not tell the shapes", async () => {
    const fault = (good: AnyCell) => {
      const layout = { ...good.layout, shapes: { W: [1] } } as AnyCell["layout"];
      return layout ? { layout } : {};
    };
    expect(await failing(fault)).toEqual(["init/layout"]);
  });

  test("a state that nobody reads", async () => {
    const fault = (good: AnyCell): Partial<AnyCell> => {
      const step: AnyCell["step"] = (p, state, x, noise) => good.step(p, { h: mul((state as H).h, 0) }, x, noise);
      return { step, unroll: (params, xs, options) => unrollSteps({ step }, params, xs, options) };
    };
    expect(await failing(fault)).toContain("state/initial");
  });

  test("an own unroll without lengths, without reverse, without the state, or of another step", async () => {
    const without =
      (key: "lengths" | "reverse") =>
      (good: AnyCell): Partial<AnyCell> => ({
        unroll: (params, xs, { [key]: _, ...rest }) => unrollSteps(good, params, xs, rest),
      });
    expect(await failing(without("lengths"))).toEqual(
      expect.arrayContaining(["lengths/forward", "lengths/reverse", "padding/forward", "loop/lengths"]),
    );
    expect(await failing(without("reverse"))).toEqual(expect.arrayContaining(["reverse/whole", "loop/reverse"]));
    const fresh = (good: AnyCell): Partial<AnyCell> => ({
      unroll: (params, xs, options) =>
        unrollSteps(good, params, xs, { ...options, state: good.initialState(xs.shape[1] as number) }),
    });
    expect(await failing(fresh)).toEqual(expect.arrayContaining(["state/initial", "streaming/halves", "loop/forward"]));
    const other = (good: AnyCell): Partial<AnyCell> => ({
      step(params, state, x, noise) {
        const [next, y] = good.step(params, state, x, noise);
        return [next, mul(y, 1.001)];
      },
    });
    expect(await failing(other)).toEqual(expect.arrayContaining(["loop/forward", "streaming/steps"]));
  });

  test("an input that goes around the loop, and past a sequence's end", async () => {
    const fault = (good: AnyCell): Partial<AnyCell> => ({
      unroll(params, xs, options) {
        const { outputs, state } = unrollSteps(good, params, xs, options);
        return { outputs: add(outputs, mul(mean(xs, { axis: 2, keepDims: true }), 1)), state };
      },
    });
    expect(await failing(fault)).toEqual(expect.arrayContaining(["padding/forward", "padding/reverse"]));
  });

  test("sequences that see each other", async () => {
    const fault = (good: AnyCell): Partial<AnyCell> => {
      const step: AnyCell["step"] = (p, state, x, noise) =>
        good.step(p, state, add(x, mean(x, { axis: 0, keepDims: true })), noise);
      return { step, unroll: (params, xs, options) => unrollSteps({ step }, params, xs, options) };
    };
    expect(await failing(fault)).toEqual(expect.arrayContaining(["lengths/forward", "lengths/reverse"]));
  });

  test("a batch of one size only", async () => {
    expect(await failing(() => ({ initialState: () => ({ h: zeros([3, 4]) }) }))).toContain("state/shape");
  });

  test("a wrong gradient", async () => {
    const double = defineComposite<object>({
      name: "double",
      lower: ([x]) => [mul(x as Tensor, 2)],
      vjp: (_, dy) => [mul(dy, 2.01)],
    });
    const fault = (good: AnyCell): Partial<AnyCell> => {
      const step: AnyCell["step"] = (p, state, x, noise) =>
        good.step(p, state, applyOp(double, [x], {})[0] as Tensor, noise);
      return { step, unroll: (params, xs, options) => unrollSteps({ step }, params, xs, options) };
    };
    expect(await failing(fault)).toEqual(WAY_NAMES.map((way) => `gradient/${way}`));
  });

  test("noise that is declared and not read, or read unasked", async () => {
    const noise: AnyCell["noise"] = { drop: maskSource({ rate: 0.5, size: 3, per: "step" }) };
    expect(await failing(() => ({ noise }))).toContain("noise/applied");
    const unread = (good: AnyCell): Partial<AnyCell> => {
      const step: AnyCell["step"] = (p, state, x) => good.step(p, state, x);
      return { step, unroll: (params, xs, options) => unrollSteps({ step }, params, xs, options) };
    };
    expect(await failing(unread)).toEqual(["noise/stateMask"]);
  });

  test("a backend that computes something else", async () => {
    const off = miscompiling((node, inputs) =>
      node.op.name === "matmul" ? [mul(matmul(inputs[0] as Tensor, inputs[1] as Tensor), 1.001)] : undefined,
    );
    expect(await failing(() => ({}), { backends: { off } })).toEqual(["on/off/reverse", "on/off/lengths"]);
  });

  test("a runtime that computes something else", async () => {
    expect(await failing(() => ({}), { onnxRuntime: zeroRuntime })).toEqual(WAY_NAMES.map((way) => `export/${way}`));
  });
});

const WAY_NAMES = ["forward", "reverse", "lengths", "reverseLengths"];

/** Gives 0 for everything. */
const zeroRuntime: OnnxRuntime = {
  Tensor: class {
    constructor(
      readonly type: string,
      readonly data: Float32Array,
      readonly dims: readonly number[],
    ) {}
  } as unknown as OnnxRuntime["Tensor"],
  InferenceSession: {
    create: async () => ({
      inputNames: ["xs", "h"],
      outputNames: ["outputs", "h"],
      run: async () => {
        const zero = { type: "float32", data: new Float32Array(60), dims: [5, 3, 4] };
        return { outputs: zero, h: { ...zero, data: zero.data.slice(0, 12), dims: [3, 4] } };
      },
      release: async () => undefined,
    }),
  },
};
