import { readFileSync } from "node:fs";
import {
  evaluateProgram,
  flattenTree,
  isNdArray,
  type NdArray,
  ndarray,
  scalar,
  type Tensor,
  trace,
  unflattenTree,
} from "@throughtime/core";
import { describe, expect, it } from "vitest";
import { adagrad, adam, adamw, type Optimizer, rmsprop, sgd } from "../src/index.js";
import { biasCorrection } from "../src/optimizers/moments.js";

type Leaves = { readonly W: readonly number[]; readonly b: readonly number[] };
interface Golden {
  readonly params: Leaves;
  readonly grads: readonly Leaves[];
  readonly cases: Readonly<Record<string, readonly Leaves[]>>;
  readonly groups: readonly Leaves[];
}
const golden = JSON.parse(readFileSync(new URL("goldens/optimizers.json", import.meta.url), "utf8")) as Golden;

const arrays = ({ W, b }: Leaves) => ({
  W: ndarray([...W], { shape: [3, 4] }),
  b: ndarray([...b], { shape: [4] }),
});

interface Model {
  readonly params: ReturnType<typeof arrays>;
  readonly state: unknown;
}

/** One update, traced and evaluated. */
function updated(optimizer: Optimizer, { params, state }: Model, grads: unknown, step: number): Model {
  const args = [params, grads, state, { learningRate: scalar(optimizer.learningRate), step: scalar(step) }];
  type Args = [Model["params"], Model["params"], unknown, { learningRate: Tensor; step: Tensor }];
  const { program, outputStructure } = trace<Args>((p, g, s, now) => optimizer.update(p, g, s, now), args);
  const outputs = evaluateProgram(program, flattenTree<NdArray>(args, isNdArray).leaves);
  return unflattenTree(outputStructure, outputs) as Model;
}

function trajectory(optimizer: Optimizer): Model["params"][] {
  const params = arrays(golden.params);
  let model: Model = { params, state: optimizer.init(params) };
  return golden.grads.map((grads, i) => {
    model = updated(optimizer, model, arrays(grads), i + 1);
    return model.params;
  });
}

function largestError(ours: readonly Model["params"][], theirs: readonly Leaves[]): number {
  expect(ours.length).toBe(20);
  const errors = ours.flatMap((params, step) =>
    (["W", "b"] as const).flatMap((leaf) =>
      [...params[leaf].data].map((x, i) => Math.abs(x - (theirs[step] as Leaves)[leaf][i]!)),
    ),
  );
  return Math.max(...errors);
}

const OURS: Readonly<Record<string, Optimizer>> = {
  sgd: sgd({ learningRate: 0.1 }),
  "sgd momentum": sgd({ learningRate: 0.05, momentum: 0.9 }),
  "sgd nesterov, weight decay": sgd({ learningRate: 0.05, momentum: 0.8, nesterov: true, weightDecay: 0.01 }),
  rmsprop: rmsprop(),
  "rmsprop centered, momentum, weight decay": rmsprop({
    learningRate: 0.002,
    alpha: 0.9,
    epsilon: 1e-5,
    momentum: 0.9,
    centered: true,
    weightDecay: 0.1,
  }),
  adagrad: adagrad(),
  "adagrad decaying": adagrad({
    learningRate: 0.1,
    learningRateDecay: 0.05,
    initialAccumulator: 0.1,
    epsilon: 1e-6,
    weightDecay: 0.02,
  }),
  adam: adam(),
  "adam weight decay": adam({ learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-4, weightDecay: 0.1 }),
  adamw: adamw(),
  "adamw other options": adamw({ learningRate: 0.02, beta1: 0, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.2 }),
};

describe("an optimizer takes the steps that PyTorch's takes, for 20 steps to 1e-6", () => {
  it("has a case for every golden", () => expect(Object.keys(OURS)).toEqual(Object.keys(golden.cases)));
  for (const [name, optimizer] of Object.entries(OURS)) {
    it(name, () => {
      expect(largestError(trajectory(optimizer), golden.cases[name] as readonly Leaves[])).toBeLessThan(1e-6);
    });
  }
});

describe("parameter groups", () => {
  it("set a learning rate's multiple and no decay on biases, as PyTorch's do", () => {
    const groups = [
      { match: /(^|\.)b$/, weightDecay: 0 },
      { match: (path: string) => path === "W", learningRateMultiple: 0.2 },
    ];
    expect(largestError(trajectory(adamw({ learningRate: 0.01, groups })), golden.groups)).toBeLessThan(1e-6);
  });

  it("leave frozen parts as they are, without state", () => {
    const optimizer = adam({ groups: [{ match: /^W$/, frozen: true }] });
    const params = arrays(golden.params);
    expect(optimizer.trains("W", "f32")).toBe(false);
    expect(optimizer.trains("b", "f32")).toBe(true);
    expect(optimizer.trains("b", "i32")).toBe(false);
    const model = updated(optimizer, { params, state: optimizer.init(params) }, arrays(golden.grads[0] as Leaves), 1);
    expect(model.params.W).toEqual(params.W);
    expect(model.params.b).not.toEqual(params.b);
    expect(flattenTree(model.state, isNdArray).paths).toEqual(["b.m", "b.v"]);
  });

  it("name an option that the optimizer does not have", () => {
    const groups = [{ match: /b/, beta1: 0.5 }] as unknown as [];
    expect(() => sgd({ learningRate: 1, groups })).toThrow(/group 0 sets beta1; expected one of momentum, nesterov/);
  });
});

describe("an option out of range is an OptionError that names it", () => {
  const wrong: [string, () => unknown][] = [
    ["learningRate", () => sgd({ learningRate: -1 })],
    ["learningRate", () => sgd({ learningRate: Number.NaN })],
    ["momentum", () => sgd({ learningRate: 1, momentum: 1 })],
    ["beta2", () => adam({ beta2: 1 })],
    ["weightDecay", () => adamw({ weightDecay: -0.1 })],
    ["alpha", () => rmsprop({ alpha: 1.5 })],
    ["epsilon", () => adagrad({ epsilon: -1 })],
  ];
  for (const [option, make] of wrong) {
    it(`${option}: ${make}`, () => {
      expect(make).toThrow(expect.objectContaining({ name: "OptionError", message: expect.stringContaining(option) }));
    });
  }
});

it("the bias correction keeps its digits where 1 − βᵗ in f32 would lose them", () => {
  for (const beta of [0, 0.9, 0.999, 0.99999]) {
    for (const t of [1, 2, 10, 1000, 1e6]) {
      const { program } = trace<[Tensor]>((step) => biasCorrection(beta, step), [scalar(t)]);
      const [value] = evaluateProgram(program, [scalar(t)]);
      const exact = -Math.expm1(t * Math.log(beta));
      expect(Math.abs((value?.data[0] as number) / exact - 1)).toBeLessThan(3e-7);
    }
  }
});
