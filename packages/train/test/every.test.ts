import { reference } from "@throughtime/backend-reference";
import { OptionError } from "@throughtime/core";
import { describe, expect, expectTypeOf, it } from "vitest";
import { isDue, requireEvery } from "../src/every.js";
import { exponential, memoryStore, sgd, stepDecay, type TrainOptions } from "../src/index.js";
import { collect, tiny } from "./support/collect.js";
import { chunks } from "./support/tiny.js";

const still = sgd({ learningRate: 0 });
type Validation = NonNullable<TrainOptions<unknown, unknown>["validation"]>;
type Checkpoint = NonNullable<TrainOptions<unknown, unknown>["checkpoint"]>;

describe("`every` says a number and its unit, wherever something happens now and then", () => {
  it("in types: what changes a training goes by steps and passes, checkpoints also by the clock", () => {
    expectTypeOf<{ steps: number }>().toExtend<Validation["every"]>();
    expectTypeOf<{ epochs: number }>().toExtend<Validation["every"]>();
    expectTypeOf<{ seconds: number }>().not.toExtend<Validation["every"]>();
    expectTypeOf<number | "epoch">().not.toExtend<Validation["every"]>();
    expectTypeOf<{ steps: number } | { epochs: number } | { seconds: number }>().toExtend<Checkpoint["every"]>();
    expectTypeOf<Parameters<typeof stepDecay>[0]["every"]>().toEqualTypeOf<{ readonly steps: number }>();
    expectTypeOf<Parameters<typeof exponential>[0]["every"]>().toEqualTypeOf<{ readonly steps: number } | undefined>();
  });

  it.each([
    ["steps", { steps: 3 }, [3, 6, 9, 12]],
    ["one pass", { epochs: 1 }, [4, 8, 12]],
    ["two passes", { epochs: 2 }, [8]],
  ])("after %s", (_, every, expected) => {
    const epochOf = (step: number) => Math.floor((step - 1) / 4);
    const due = Array.from({ length: 12 }, (_, i) => i + 1).filter((step) =>
      isDue(every, { step, epoch: epochOf(step), nextEpoch: epochOf(step + 1), seconds: 0 }),
    );
    expect(due).toEqual(expected);
  });

  it("two passes are over where a step runs over both ends", () => {
    const moment = { step: 1, seconds: 0 };
    expect(isDue({ epochs: 2 }, { ...moment, epoch: 1, nextEpoch: 4 })).toBe(true);
    expect(isDue({ epochs: 5 }, { ...moment, epoch: 1, nextEpoch: 4 })).toBe(false);
  });

  it("checkpoints after every second pass, validations after every pass", async () => {
    const store = memoryStore();
    const options = {
      optimizer: still,
      validation: { source: chunks(1), every: { epochs: 1 } },
      checkpoint: { store, every: { epochs: 2 } },
      epochs: 5,
    };
    const reports = await collect(tiny(reference(), options));
    const last = reports.length;
    const ends = reports.filter(({ epoch }, i) => reports[i + 1]?.epoch !== epoch).map(({ step }) => step);
    expect(reports.filter(({ validation }) => validation).map(({ step }) => step)).toEqual(ends);
    expect(reports.filter(({ checkpoint }) => checkpoint).map(({ step }) => step)).toEqual([ends[1], ends[3], last]);
  });

  it.each<[string, unknown, string]>([
    [
      "a bare number",
      5,
      "train: validation.every must be { steps } or { epochs }, received 5. Write validation.every: { steps: 5 }.",
    ],
    [
      "a word",
      "epoch",
      'train: validation.every must be { steps } or { epochs }, received "epoch". Write validation.every: { steps: 1 }.',
    ],
    [
      "a unit that a training may not go by",
      { seconds: 1 },
      'train: validation.every must be { steps } or { epochs }, received {"seconds":1}.',
    ],
    ["two units", { steps: 1, epochs: 1 }, 'received {"steps":1,"epochs":1}.'],
    ["none", {}, "received {}."],
    ["null", null, "received null."],
    ["a fraction", { steps: 1.5 }, "train: validation.every.steps must be an integer of at least 1, received 1.5."],
    ["no number", { epochs: "2" }, "train: validation.every.epochs must be an integer of at least 1, received 2."],
  ])("is an OptionError otherwise: %s", (_, every, message) => {
    const attempt = () =>
      tiny(reference(), { optimizer: still, steps: 1, validation: { source: chunks(1), every: every as never } });
    expect(attempt).toThrow(OptionError);
    expect(attempt).toThrow(message);
  });

  it("in schedules too", () => {
    expect(() => stepDecay({ every: 2 as never })).toThrow(
      "stepDecay: every must be { steps }, received 2. Write every: { steps: 2 }.",
    );
    expect(() => exponential({ factor: 0.5, every: { steps: 0 } })).toThrow(
      "exponential: every.steps must be an integer of at least 1, received 0.",
    );
    expect(() => requireEvery("f", "every", { seconds: -1 }, ["seconds"])).toThrow(
      "f: every.seconds must be a finite number of at least 0, received -1.",
    );
  });
});
