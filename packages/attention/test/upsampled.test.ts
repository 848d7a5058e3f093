import { readFileSync } from "node:fs";
import { type GridSize, upsampled } from "@throughtime/attention";
import { describe, expect, test } from "vitest";

interface Golden {
  readonly grid: GridSize;
  readonly size: readonly [number, number];
  readonly sigma: number;
  readonly weights: readonly number[];
  readonly map: readonly number[];
}
const goldens: readonly Golden[] = JSON.parse(readFileSync(new URL("goldens/upsampled.json", import.meta.url), "utf8"));

const sumOf = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);

describe("a map of weights over a picture", () => {
  for (const { grid, size, sigma, weights, map } of goldens) {
    test(`of ${grid.height} × ${grid.width} as ${size.join(" × ")}, sigma ${sigma}, is PyTorch's and SciPy's`, () => {
      const made = upsampled(weights, grid, size, { sigma });
      expect(made).toHaveLength(map.length);
      map.forEach((value, i) => {
        expect(Math.abs((made[i] as number) - value)).toBeLessThan(1e-7);
      });
    });
  }

  test("keeps the mean, and goes neither below the smallest weight nor above the largest", () => {
    const weights = Float32Array.from({ length: 48 }, (_, i) => (i === 13 ? 0.6 : i === 40 ? 0.4 : 0));
    for (const sigma of [0, 0.6, 1.25]) {
      const map = upsampled(weights, { height: 6, width: 8 }, [30, 32], { sigma });
      expect(sumOf(map) / map.length).toBeCloseTo(1 / 48, 8);
      expect(Math.min(...map)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...map)).toBeLessThanOrEqual(Math.fround(0.6));
    }
  });

  test("has its peak in the cell that had the most, at edges too", () => {
    for (let cell = 0; cell < 12; cell++) {
      const weights = Float32Array.from({ length: 12 }, (_, i) => (i === cell ? 1 : 0));
      for (const sigma of [0, 0.5]) {
        const map = upsampled(weights, { height: 3, width: 4 }, [27, 36], { sigma });
        const peak = map.indexOf(Math.max(...map));
        const place = Math.floor(Math.floor(peak / 36) / 9) * 4 + Math.floor((peak % 36) / 9);
        expect(place).toBe(cell);
      }
    }
  });

  test("of another number of weights, or of no size, is an error that says so", () => {
    const grid = { height: 2, width: 2 };
    expect(() => upsampled([1, 2, 3], grid, [4, 4])).toThrow(/a grid of 2 × 2 has 4 weights, received 3/);
    expect(() => upsampled([1, 0, 0, 0], grid, [0, 4])).toThrow(/size\[0\] is 0; expected a whole number from 1/);
    expect(() => upsampled([1, 0, 0, 0], grid, [4, 4], { sigma: -1 })).toThrow(/sigma is -1/);
    expect(() => upsampled(undefined as never, grid, [4, 4])).toThrow(/the weights are undefined/);
    expect(() => upsampled([1, 0, 0, 0], grid, [4, 4], { sgima: 1 } as never)).toThrow(/have "sgima"/);
  });
});
