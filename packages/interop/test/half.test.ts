import { ndarray } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../src/index.js";

const roundTrip = (values: readonly number[]): number[] => {
  const file = encodeSafetensors({ x: ndarray(Float32Array.from(values)) }, {}, { f32As: "f16" });
  return Array.from(decodeSafetensors(file).tensors.x?.data ?? []);
};

describe("f32 stored as f16", () => {
  test("keeps every number that f16 has", () => {
    const half = (bits: number) => {
      const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 0x1f, bits & 0x3ff];
      if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
      return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
    };
    const all = Array.from({ length: 65536 }, (_, bits) => half(bits));
    expect(roundTrip(all)).toEqual(all);
  });

  test("rounds to the nearest, ties to even", () => {
    const [one, smallest] = [2 ** -10, 2 ** -24];
    const cases = [
      [1 + one / 2, 1],
      [1 + (3 * one) / 2, 1 + 2 * one],
      [1 + one / 2 + 2 ** -20, 1 + one],
      [-1 - (3 * one) / 2, -1 - 2 * one],
      [2047.5 / 1024, 2],
      [smallest / 2, 0],
      [(3 * smallest) / 2, 2 * smallest],
      [smallest / 2 + 2 ** -40, smallest],
      [1023.5 * smallest, 1024 * smallest],
      [1e-30, 0],
      [65519, 65504],
    ] as const;
    expect(roundTrip(cases.map(([value]) => value))).toEqual(cases.map(([, rounded]) => rounded));
    expect(Object.is(roundTrip([-1e-30])[0], -0)).toBe(true);
  });

  test("refuses what f16 does not hold, and leaves other types as they are", () => {
    expect(() => roundTrip([1, 65520])).toThrow(/"x" holds 65520 at 1; f16 holds numbers up to 65504/);
    const mixed = { n: ndarray(Int32Array.of(7)), d: ndarray([0.1], { dtype: "f64" }), h: ndarray([0.5, 0.25, 1]) };
    const read = decodeSafetensors(encodeSafetensors(mixed, {}, { f32As: "f16" })).tensors;
    expect([read.n?.data[0], read.d?.data[0], Array.from(read.h?.data ?? [])]).toEqual([7, 0.1, [0.5, 0.25, 1]]);
  });
});
