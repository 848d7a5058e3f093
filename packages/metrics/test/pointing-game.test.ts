import { type Box, type Pointing, pointingGame } from "@throughtime/metrics";
import { describe, expect, test } from "vitest";

const SIZE = [40, 80] as const; // a picture of 40 × 80 pixels, over which 4 × 8 cells of 10 × 10 lie

/** Attention at one cell, or at several. */
function looking(cells: Readonly<Record<number, number>>, boxes: readonly Box[], kind?: string): Pointing {
  const weights = Float64Array.from({ length: 32 }, (_, i) => cells[i] ?? 0);
  return { weights, height: 4, width: 8, boxes, ...(kind === undefined ? {} : { kind }) };
}

const box = (left: number, top: number, width: number, height: number): Box => ({ left, top, width, height });

describe("the pointing game", () => {
  test("counts peaks whose centre lies in a box of the picture, by kind of word", () => {
    // Cell 11 is in row 1, column 3: its centre is at x = 35, y = 15.
    const score = pointingGame(
      [
        looking({ 11: 0.6, 0: 0.4 }, [box(30, 10, 10, 10)], "colour"),
        looking({ 11: 0.6, 0: 0.4 }, [box(10, 30, 10, 10)], "colour"), // were x and y mixed up, this would be the hit
        looking({ 11: 0.3, 0: 0.7 }, [box(30, 10, 10, 10)], "shape"),
        looking({ 11: 1 }, [box(0, 0, 5, 5), box(34, 14, 2, 2)]),
      ],
      { size: SIZE },
    );
    expect(score).toMatchObject({ count: 4, hits: 2, accuracy: 0.5 });
    expect(Object.keys(score.kinds)).toEqual(["colour", "shape"]);
    expect(score.kinds.colour).toMatchObject({ count: 2, hits: 1, accuracy: 0.5 });
    expect(score.kinds.shape).toMatchObject({ count: 1, hits: 0, accuracy: 0 });
    expect(score.kinds.colour?.mass).toBeCloseTo(0.3, 12);
    expect(JSON.parse(JSON.stringify(score))).toEqual(score);
  });

  test("lets boxes grow by a margin in cells", () => {
    const beside = [looking({ 11: 1 }, [box(40, 10, 10, 10)])]; // 5 pixels, half a cell, right of the peak
    expect(pointingGame(beside, { size: SIZE }).hits).toBe(0);
    expect(pointingGame(beside, { size: SIZE, margin: 0.49 }).hits).toBe(0);
    expect(pointingGame(beside, { size: SIZE, margin: 0.5 }).hits).toBe(1);
    // Zhang et al.'s 15 pixels on a map that has a weight for each pixel.
    const weights = new Float32Array(40 * 80).fill(1e-6);
    weights[20 * 80 + 10] = 1;
    const pixels = { weights, height: 40, width: 80, boxes: [box(25.5, 18, 9, 9)] };
    expect(pointingGame([pixels], { size: SIZE, margin: 14 }).hits).toBe(0);
    expect(pointingGame([pixels], { size: SIZE, margin: 15 }).hits).toBe(1);
  });

  test("measures the share of attention in the boxes, parts of cells and boxes that overlap included", () => {
    const cells = { 0: 1, 1: 2, 8: 3, 9: 4 };
    const of = (...boxes: Box[]) => pointingGame([looking(cells, boxes)], { size: SIZE });
    expect(of(box(0, 0, 80, 40))).toMatchObject({ mass: 1, area: 1 });
    expect(of(box(5, 5, 10, 10)).mass).toBeCloseTo(0.25, 12); // a quarter of each of the four
    expect(of(box(5, 5, 10, 10)).area).toBeCloseTo(100 / 3200, 12);
    expect(of(box(0, 0, 20, 10), box(10, 0, 10, 20)).mass).toBeCloseTo((1 + 2 + 4) / 10, 12); // cell 1 counts once
    expect(of(box(0, 0, 20, 10), box(10, 0, 10, 20)).area).toBeCloseTo(300 / 3200, 12);
    expect(of(box(-50, -50, 60, 60)).mass).toBeCloseTo(0.1, 12); // what lies outside of the picture is cut off
    expect(of(box(70, 30, 10, 10)).mass).toBe(0);
    expect(pointingGame([looking(cells, [box(0, 0, 10, 10)])], { size: SIZE, margin: 1 }).mass).toBe(1);
  });

  test("of a model that looks everywhere alike is what the boxes cover", () => {
    const weights = new Float32Array(32).fill(1 / 32);
    const even = { weights, height: 4, width: 8, boxes: [box(0, 0, 40, 20)] };
    const score = pointingGame([even], { size: SIZE });
    expect(score.accuracy).toBeCloseTo(8 / 32, 12); // all peaks are equal, and 8 of 32 lie in the box
    expect(score.mass).toBeCloseTo(0.25, 7);
    expect(score.area).toBe(0.25);
  });

  test("does not depend on the sum of the weights", () => {
    const [one, half] = [1, 0.5].map((factor) =>
      pointingGame([looking({ 3: 3 * factor, 4: factor }, [box(30, 0, 10, 10)])], { size: SIZE }),
    );
    expect(half).toEqual(one);
    expect(one?.mass).toBe(0.75);
  });

  test("of nothing is 0", () => {
    expect(pointingGame([], { size: SIZE })).toEqual({ count: 0, hits: 0, accuracy: 0, mass: 0, area: 0, kinds: {} });
  });

  test("refuses what cannot be measured", () => {
    const one = looking({ 3: 1 }, [box(0, 0, 10, 10)]);
    const of = (change: object) => () => pointingGame([one, { ...one, ...change }], { size: SIZE });
    expect(of({ width: 7 })).toThrow(/pointing 1 has 32 weights for a grid of 4 × 7/);
    expect(of({ weights: new Float32Array(32) })).toThrow(/pointing 1: all weights are 0/);
    expect(of({ weights: new Float32Array(32).fill(Number.NaN) })).toThrow(/weight 0 is NaN/);
    expect(of({ weights: new Float32Array(32).fill(-1) })).toThrow(/weight 0 is -1/);
    expect(of({ boxes: [] })).toThrow(/pointing 1 has no box/);
    expect(of({ boxes: [box(0, 0, 0, 4)] })).toThrow(/a box is .*expected \{ left, top, width, height \}/);
    expect(of({ boxes: [box(Number.NaN, 0, 3, 4)] })).toThrow(/a box is/);
    expect(() => pointingGame([one], { size: [0, 4] })).toThrow(/size is \[0, 4\]/);
    expect(() => pointingGame([one], { size: SIZE, margin: -1 })).toThrow(/margin is -1/);
    expect(() => pointingGame([one], { size: SIZE, tolerance: 15 } as never)).toThrow(/have "tolerance"/);
  });
});
