import { describe, expect, test } from "vitest";
import { median, minimum, noise, ratio } from "../src/run/statistics.js";

describe("statistics", () => {
  test("the median is the middle, or the mean of the two in the middle", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 4])).toBe(4.5);
    expect(median([])).toBeNaN();
  });

  test("numbers are compared as numbers, not as text", () => {
    expect(median([100, 20, 3])).toBe(20);
    expect(minimum([100, 20, 3])).toBe(3);
  });

  test("noise is half of what lies between the quartiles, as a part of the median", () => {
    expect(noise([8, 9, 10, 11, 12])).toBeCloseTo(0.1);
    expect(noise([7, 7, 7])).toBe(0);
  });

  test("a ratio is that of the rounds, so a round in which everything was slow does not shift it", () => {
    const quick = [
      [10, 10],
      [10, 10],
      [50, 50],
    ];
    const slow = [
      [20, 20],
      [20, 20],
      [100, 100],
    ];
    expect(ratio(slow, quick)).toBe(2);
  });
});
