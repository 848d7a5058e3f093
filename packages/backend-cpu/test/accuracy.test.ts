import { setFlagsFromString } from "node:v8";
import { describe, expect, test } from "vitest";
import { cpu } from "../src/index.js";
import { APPROXIMATED, type Approximated, ulpsBetween, worstOf } from "./accuracy/ulps.js";

/** A prime, so that all exponents and both ends of the mantissa are met. All inputs: accuracy/exhaustive.ts. */
const EVERY = 8209;

setFlagsFromString("--experimental-wasm-relaxed-simd");

describe("approximated functions are within 4 units in the last place, NaN and infinities as IEEE 754 says", () => {
  for (const simd of ["plain", "relaxed"] as const) {
    for (const name of Object.keys(APPROXIMATED) as Approximated[]) {
      test(`${name}, ${simd} SIMD`, async () => {
        const worst = await worstOf(await cpu({ simd }), name, EVERY, 1);
        expect(worst.ulps, `at ${worst.at}, received ${worst.received}`).toBeLessThanOrEqual(4);
      });
    }
  }

  test("the measure itself: one step away is at most one, a NaN is infinitely far", () => {
    expect(ulpsBetween(1 + 2 ** -23, 1)).toBe(1);
    expect(ulpsBetween(Number.NaN, 1)).toBe(Number.POSITIVE_INFINITY);
    expect(ulpsBetween(0, -0)).toBe(0);
  });
});
