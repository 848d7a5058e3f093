import { isNdArray, key, mapTree, placeholders, type Tensor, type } from "@throughtime/core";
import { expect, test } from "vitest";
import { additive, attention, concatScore, dot, general, scaledDot } from "../src/index.js";

const sizes = { querySize: 3, memorySize: 3 };
const of = (...shape: number[]): Tensor => placeholders([type(shape)])[0] as Tensor;
const wrong = (value: unknown) => value as never;

test.each([additive, concatScore, dot, general, scaledDot])("%o refuses options that it does not know", (make) => {
  expect(() => make(wrong({ ...sizes, units: 3 }))).toThrow(/: the options have "units"; expected \{ querySize,/);
  expect(() => make(wrong(undefined))).toThrow(/: the options are undefined; expected \{ querySize,/);
});

test("attention is made of a score", () => {
  expect(() => attention(wrong(undefined))).toThrow(
    "attention: the score's score() is undefined; expected a function.",
  );
  expect(() => attention(wrong(additive))).toThrow("attention: the score's score() is undefined");
});

test.each([additive, concatScore])("%o says which parameter is not there", (make) => {
  const attend = attention(make({ ...sizes, coverage: "sum" }) as ReturnType<typeof additive>);
  const all = mapTree(attend.init(key(1)), isNdArray, ({ shape }) => of(...shape)) as Record<string, Tensor>;
  const memory = attend.prepare(wrong(all), of(5, 2, 3));
  const state = attend.initialState(memory);
  expect(() => attend.attend(wrong(all), of(2, 3), memory, state)).not.toThrow();
  const { c: _, ...rest } = all;
  expect(() => attend.attend(wrong(rest), of(2, 3), memory, state)).toThrow(/: the parameters lack c; expected \{ W, /);
});
