import { ndarray, toNested } from "@throughtime/core";
import { gridOf, meanPooled } from "@throughtime/vision";
import { describe, expect, test } from "vitest";

/** Two channels on 2 × 3 places; channel 1 is ten times channel 0. */
const MAP = ndarray([
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
  [
    [10, 20, 30],
    [40, 50, 60],
  ],
]);

describe("a picture's features", () => {
  test("a feature map is a grid, row by row", () => {
    const { grid, height, width } = gridOf(MAP);
    expect([height, width]).toEqual([2, 3]);
    expect(toNested(grid)).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
      [4, 40],
      [5, 50],
      [6, 60],
    ]);
  });

  test("pooled, a grid is the mean of its vectors", () => {
    expect(toNested(meanPooled(gridOf(MAP).grid))).toEqual([3.5, 35]);
  });

  test("refuses other shapes and dtypes", () => {
    expect(() => gridOf(ndarray([[1, 2]]))).toThrow(/gridOf: the feature map is f32\[1, 2\]; expected f32\[D, H, W\]/);
    expect(() => gridOf(ndarray([[[1]]], { dtype: "i32" }))).toThrow(/is i32\[1, 1, 1\]/);
    expect(() => meanPooled(ndarray([], { shape: [0, 4] }))).toThrow(/meanPooled: the grid is f32\[0, 4\]/);
    expect(() => meanPooled(undefined as never)).toThrow(/the grid is undefined/);
  });
});
