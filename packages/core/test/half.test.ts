import { fromHalf, toHalf } from "@throughtime/core";
import { expect, test } from "vitest";

test("every f16 is read as the number that it is, and written as it was", () => {
  const all = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
  const values = fromHalf(all);
  const expected = Array.from(all, (half) => {
    const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
    if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  expect(Array.from(values).findIndex((value, i) => !Object.is(value, expected[i]))).toBe(-1);
  const again = toHalf(values);
  expect(all.findIndex((half, i) => again[i] !== half && !Number.isNaN(values[i]))).toBe(-1);
});

test("numbers between two f16 go to the nearer one, in the middle to the even one", () => {
  const step = 2 ** -10;
  const round = (value: number) => fromHalf(toHalf([value]))[0];
  expect(round(1 + 0.5 * step)).toBe(1);
  expect(round(1 + 1.5 * step)).toBe(1 + 2 * step);
  expect(round(1 + 0.51 * step)).toBe(1 + step);
  expect(round(-(2 ** -24) * 0.51)).toBe(-(2 ** -24));
  expect(round(2 ** -25)).toBe(0);
  expect([65504, 65519, 65520, 70000, 1e10, -1e38, Number.NaN].map(round)).toEqual([
    ...[65504, 65504, Infinity, Infinity, Infinity, -Infinity],
    Number.NaN,
  ]);
});

test("numbers are read into a part of an array", () => {
  const all = new Float32Array(4);
  expect(fromHalf(toHalf([1, -2]), all.subarray(1, 3))).toEqual(Float32Array.of(1, -2));
  expect(all).toEqual(Float32Array.of(0, 1, -2, 0));
});
