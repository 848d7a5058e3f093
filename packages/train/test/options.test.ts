import { ndarray, print, trace, type } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import * as train from "../src/index.js";

const makers = train as unknown as Record<string, (options: unknown) => unknown>;

describe("an option that is not known, or options that are none, are an error:", () => {
  test.each([
    ["adam", { learningRate: 0.1 }],
    ["adamw", { learningRate: 0.1 }],
    ["sgd", { learningRate: 0.1 }],
    ["rmsprop", { learningRate: 0.1 }],
    ["adagrad", { learningRate: 0.1 }],
    ["cosine", { steps: 10 }],
    ["exponential", { factor: 0.5 }],
    ["stepDecay", { every: { steps: 10 } }],
    ["plateau", { patience: 3 }],
    ["sourceOf", { stepsPerEpoch: 1, batchAt: () => ({}) }],
  ])("%s", (name, options) => {
    const make = makers[name] as (options: unknown) => unknown;
    expect(() => make(options)).not.toThrow();
    const error = (text: string) =>
      expect.objectContaining({
        name: "ArgumentError",
        message: expect.stringContaining(`${name}: the options ${text}`),
      });
    expect(() => make({ ...options, learning_rate: 0.1 })).toThrow(error('have "learning_rate"; expected {'));
    expect(() => make(0.001)).toThrow(error("are the number 0.001"));
    expect(() => make(null)).toThrow(error("are null"));
    expect(() => make([])).toThrow(error("are an array of 0"));
    expect(() => make(Promise.resolve(options))).toThrow(error("are a Promise (write await before it)"));
  });
});

test("a group that matches nothing is an error, not one that matches all", () => {
  for (const match of [undefined, "b", null]) {
    expect(() => train.sgd({ learningRate: 1, groups: [{ match: match as never, frozen: true }] })).toThrow(
      /^sgd: group 0 matches .*; expected a RegExp or a function of the path\.$/,
    );
  }
});

test("an option of an optimizer or a group that holds undefined is its default", () => {
  const params = { x: ndarray([1]) };
  for (const name of ["adam", "adamw", "sgd", "rmsprop", "adagrad"]) {
    const make = makers[name] as (options: unknown) => train.Optimizer;
    const plain = make({ learningRate: 0.1, weightDecay: 0.5 });
    const group = { match: /x/, weightDecay: undefined, learningRateMultiple: undefined, frozen: undefined };
    const grouped = make({ learningRate: 0.1, weightDecay: 0.5, groups: [group] });
    expect(make({ learningRate: 0.1, weightDecay: undefined }).init(params)).toEqual(
      make({ learningRate: 0.1 }).init(params),
    );
    expect(updated(grouped)).toBe(updated(plain));
  }
});

/** The Program of an update. */
function updated(optimizer: train.Optimizer): string {
  const params = { x: ndarray([1]) };
  const now = { learningRate: type([]), step: type([]) };
  const update = (p: unknown, state: unknown, at: unknown) => optimizer.update(p, p, state, at as train.Now) as never;
  return print(trace(update, [params, optimizer.init(params), now] as never).program);
}
