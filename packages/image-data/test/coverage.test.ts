import { key, uniform } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { coverageOf } from "../src/scenes/coverage.js";
import { contains, outline, SCENE_SHAPES } from "../src/scenes/shapes.js";

/** By 64 × 64 points in a pixel. */
function sampled(polygon: readonly number[], column: number, row: number): number {
  let inside = 0;
  for (let i = 0; i < 64 * 64; i++) {
    if (contains(polygon, column + ((i % 64) + 0.5) / 64, row + (Math.floor(i / 64) + 0.5) / 64)) inside++;
  }
  return inside / 4096;
}

describe("coverageOf", () => {
  const draws = uniform(key(3), [SCENE_SHAPES.length, 4]).data;
  test.each(SCENE_SHAPES)("is the share of each pixel that a %s covers", (shape) => {
    const at = 4 * SCENE_SHAPES.indexOf(shape);
    const [x, y, radius, turn] = Array.from(draws.subarray(at, at + 4)) as [number, number, number, number];
    const polygon = outline(shape, [10 + x, 10 + y], 3 + 2 * radius, turn - 0.5);
    const reversed = Array.from({ length: polygon.length / 2 }, (_, i) => polygon.slice(-2 * i - 2).slice(0, 2)).flat();
    for (const given of [polygon, reversed]) {
      const { left, top, width, height, shares } = coverageOf(given);
      let total = 0;
      shares.forEach((share, i) => {
        expect(share).toBeCloseTo(sampled(polygon, left + (i % width), top + Math.floor(i / width)), 1.6);
        total += share;
      });
      expect(total).toBeCloseTo(Math.PI * (3 + 2 * radius) ** 2, 9);
      expect(shares.length).toBe(width * height);
    }
  });

  test("of corners on pixels' corners is whole pixels", () => {
    const { left, top, width, height, shares } = coverageOf([2, 3, 5, 3, 5, 4, 2, 4]);
    expect([left, top, width, height, [...shares]]).toEqual([2, 3, 3, 1, [1, 1, 1]]);
  });

  test("of half a pixel and of a thin line is what they cover", () => {
    expect([...coverageOf([0, 0, 1, 0, 0, 1]).shares]).toEqual([0.5]);
    expect([...coverageOf([0.25, 0, 0.5, 0, 0.5, 2, 0.25, 2]).shares]).toEqual([0.25, 0.25]);
    expect([...coverageOf([0, 0.5, 3, 0.5, 3, 0.75, 0, 0.75]).shares]).toEqual([0.25, 0.25, 0.25]);
  });
});
