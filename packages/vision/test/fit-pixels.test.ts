import { fitPixels, preprocessing } from "@throughtime/vision";
import { describe, expect, test } from "vitest";
import { largestDifference } from "./support/pictures.js";
import { resizedByMatrices } from "./support/resize.js";

/** RGBA of grey values. */
const grey = (values: readonly (readonly number[])[]) => ({
  data: Uint8Array.from(values.flat().flatMap((v) => [v, v, v, 255])),
  width: (values[0] as readonly number[]).length,
  height: values.length,
});
const channel = (pixels: ArrayLike<number>, c: number) => Array.from(pixels).filter((_, i) => i % 4 === c);
const noise = (height: number, width: number) =>
  Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => Math.imul(y * width + x + 1, 2654435761) >>> 24),
  );

describe("fitPixels", () => {
  test.each([
    [40, 30, 20, 15],
    [40, 30, 13, 17],
    [5, 7, 16, 21],
    [6, 50, 24, 10],
    [8, 9, 8, 9],
    [1, 1, 3, 2],
  ])("stretches %i × %i to %i × %i as two products of matrices do", (height, width, toHeight, toWidth) => {
    const values = noise(height, width);
    const pixels = fitPixels(grey(values), preprocessing({ size: [toHeight, toWidth], fit: "fill" }));
    const expected = resizedByMatrices(values, toHeight, toWidth).flat();
    expect(largestDifference(channel(pixels, 0), expected)).toBeLessThanOrEqual(0.5 + 1e-3);
    expect(channel(pixels, 3).every((alpha) => alpha === 255)).toBe(true);
  });

  test("covers with the centre", () => {
    const values = noise(6, 14);
    const pixels = fitPixels(grey(values), preprocessing({ size: [6, 6] }));
    expect(channel(pixels, 0)).toEqual(values.flatMap((row) => row.slice(4, 10)));
  });

  test("contains with transparent padding", () => {
    const values = noise(4, 8);
    const pixels = fitPixels(grey(values), preprocessing({ size: [8, 8], fit: "contain" }));
    const rows = [0, 0, 255, 255, 255, 255, 0, 0];
    expect(channel(pixels, 3)).toEqual(rows.flatMap((alpha) => Array(8).fill(alpha)));
    expect(channel(pixels, 1).slice(16, 48)).toEqual(values.flat());
  });

  test("colours of transparent pixels do not show", () => {
    const row = [255, 0, 0, 0, 0, 100, 0, 255];
    const data = Uint8Array.from([...row, ...row]);
    const pixels = fitPixels({ data, width: 2, height: 2 }, preprocessing({ size: [1, 1] }));
    expect(Array.from(pixels)).toEqual([0, 100, 0, 128]);
  });

  test("a line of pixels costs no more than the array that it becomes", () => {
    const height = 500_000;
    const pixels = { data: new Uint8Array(height * 4).fill(255), width: 1, height };
    expect(fitPixels(pixels, preprocessing({ size: [64, 64] }))).toHaveLength(64 * 64 * 4);
    expect(fitPixels(pixels, preprocessing({ size: [64, 64], fit: "contain" }))).toHaveLength(64 * 64 * 4);
  });

  test("refuses what is no picture", () => {
    const declared = preprocessing({ size: [2, 2] });
    const data = new Uint8Array(16);
    expect(() => fitPixels({ data, width: 3, height: 2 }, declared)).toThrow(
      /3 × 2 pixels of RGBA are 24 bytes, received 16/,
    );
    expect(() => fitPixels({ data, width: 0, height: 2 }, declared)).toThrow(/the picture is 0 × 2/);
    expect(() => fitPixels(data as never, declared)).toThrow(/expected \{ data, width, height \}/);
  });
});
