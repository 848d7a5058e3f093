import { foldIn, key, type NdArray } from "@throughtime/core";
import {
  type Augmentation,
  augmentImage,
  augmentPixels,
  imagenet,
  pixelsToArray,
  preprocessing,
} from "@throughtime/vision";
import { describe, expect, test } from "vitest";
import { type Motion, warp } from "../src/warp.js";

const STILL: Motion = { angle: 0, scale: 1, right: 0, down: 0 };
/** A picture of one channel, moved. */
const moved = (rows: readonly (readonly number[])[], motion: Partial<Motion>, none = -1): number[][] => {
  const [height, width] = [rows.length, rows[0]?.length as number];
  const out = new Float32Array(height * width);
  const raster = { height, width, channels: 1, perPixel: 1, perChannel: height * width };
  warp(Float32Array.from(rows.flat()), out, raster, { ...STILL, ...motion }, [none]);
  return rows.map((_, y) => Array.from(out.slice(y * width, (y + 1) * width), (v) => Math.round(v * 1e5) / 1e5));
};

describe("warp", () => {
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ];

  test("shifts to the right and down, and halves between pixels", () => {
    expect(moved(rows, {})).toEqual(rows);
    expect(moved(rows, { right: 1, down: 1 })).toEqual([
      [-1, -1, -1],
      [-1, 1, 2],
      [-1, 4, 5],
    ]);
    expect(moved(rows, { right: -0.5 }, 0)).toEqual([
      [1.5, 2.5, 1.5],
      [4.5, 5.5, 3],
      [7.5, 8.5, 4.5],
    ]);
  });

  test("turns clockwise about the centre", () => {
    expect(moved(rows, { angle: Math.PI / 2 })).toEqual([
      [7, 4, 1],
      [8, 5, 2],
      [9, 6, 3],
    ]);
  });

  test("enlarges about the centre", () => {
    expect(moved(rows, { scale: 2 })).toEqual([
      [3, 3.5, 4],
      [4.5, 5, 5.5],
      [6, 6.5, 7],
    ]);
    expect(moved(rows, { scale: 0.5 })).toEqual([
      [-1, -1, -1],
      [-1, 5, -1],
      [-1, -1, -1],
    ]);
  });

  test("turns, enlarges and shifts an impulse to where the three together send it", () => {
    const picture = Array.from({ length: 41 }, (_, y) =>
      Array.from({ length: 41 }, (_, x) => Number(x === 26 && y === 18)),
    );
    const motion = { angle: 0.7, scale: 2, right: 3, down: -5 };
    const out = moved(picture, motion, 0);
    const [x, y] = [6, -2]; // from the centre
    const { cos, sin } = { cos: Math.cos(0.7), sin: Math.sin(0.7) };
    const expected = [20 + 2 * (cos * x - sin * y) + 3, 20 + 2 * (sin * x + cos * y) - 5];
    const mass = out.flat().reduce((a, b) => a + b, 0);
    const mean = (along: (x: number, y: number) => number) =>
      out.reduce((sum, row, v) => sum + row.reduce((part, value, u) => part + value * along(u, v), 0), 0) / mass;
    expect(mean((u) => u)).toBeCloseTo(expected[0] as number, 1);
    expect(mean((_, v) => v)).toBeCloseTo(expected[1] as number, 1);
  });
});

const [width, height] = [9, 7];
const data = Uint8Array.from(
  { length: width * height * 4 },
  (_, i) => (i % 4 === 3 ? [0, 128, 255][i % 3] : (i * 53) % 256) as number,
);
const pixels = { data, width, height };
const all: Augmentation = { shift: 0.2, scale: [0.8, 1.25], rotation: 20, background: "any" };

describe("augmentPixels", () => {
  test("changes nothing where nothing is stated, but colours that do not show", () => {
    const { data: same, ...size } = augmentPixels(pixels, {}, key(1));
    expect(size).toEqual({ width, height });
    expect([...same]).toEqual(Array.from(data, (value, i) => (data[i | 3] === 0 ? 0 : value)));
  });

  test("gives one result for a key, and another for another", () => {
    expect(augmentPixels(pixels, all, key(3))).toEqual(augmentPixels(pixels, all, key(3)));
    expect(augmentPixels(pixels, all, key(3))).not.toEqual(augmentPixels(pixels, all, key(4)));
  });

  test("draws each option's number by itself", () => {
    const still = augmentPixels(pixels, { shift: 0.2, background: [[9, 8, 7]] }, key(5));
    const stillToo = augmentPixels(pixels, { shift: 0.2, scale: [1, 1], rotation: 0, background: [[9, 8, 7]] }, key(5));
    expect(still).toEqual(stillToo);
  });

  test("fills up what is transparent with the background, and leaves nothing transparent", () => {
    const none = { data: new Uint8Array(data.length), width, height };
    const colours = [
      [10, 20, 30],
      [200, 100, 50],
    ] as const;
    const seen = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const { data: filled } = augmentPixels(none, { background: colours }, foldIn(key(6), i));
      seen.add(String([...filled.slice(-4)]));
    }
    expect([...seen].sort()).toEqual(["10,20,30,255", "200,100,50,255"]);
    const any = Array.from({ length: 200 }, (_, i) => augmentPixels(none, all, foldIn(key(7), i)).data[0] as number);
    expect(Math.min(...any)).toBeLessThan(15);
    expect(Math.max(...any)).toBeGreaterThan(240);
  });

  test("lays half transparent colours over the background by their alpha", () => {
    const half = { data: Uint8Array.of(100, 0, 200, 51), width: 1, height: 1 };
    expect([...augmentPixels(half, { background: [[0, 100, 200]] }, key(1)).data]).toEqual([20, 80, 200, 255]);
  });

  test("moves within its bounds, and uses them", () => {
    const dot = new Uint8Array(21 * 21 * 4);
    dot.fill(255, 4 * (10 * 21 + 10), 4 * (10 * 21 + 10) + 4);
    const centres = Array.from({ length: 60 }, (_, i) => {
      const { data: out } = augmentPixels({ data: dot, width: 21, height: 21 }, { shift: 0.2 }, foldIn(key(8), i));
      const alphas = Array.from({ length: 441 }, (_, at) => out[4 * at + 3] as number);
      const mass = alphas.reduce((a, b) => a + b, 0);
      return alphas.reduce((sum, alpha, at) => sum + (alpha * (at % 21)) / mass, 0) - 10;
    });
    expect(Math.max(...centres)).toBeLessThan(4.25);
    expect(Math.min(...centres)).toBeGreaterThan(-4.25);
    expect(Math.max(...centres)).toBeGreaterThan(3.5);
    expect(Math.min(...centres)).toBeLessThan(-3.5);
  });

  test.each([
    [{ shift: 2 }, /augmentPixels: shift is the number 2; expected a number from 0 to 1/],
    [{ rotation: -1 }, /rotation is the number -1/],
    [{ scale: 2 as never }, /scale is the number 2; expected \[least, most\]/],
    [{ scale: [2, 1] as const }, /scale\[1\] is the number 1; expected a number from 2/],
    [{ background: [] }, /background is an array of 0; expected "any", or a list/],
    [{ background: [[1, 2]] as never }, /background\[0\] is an array of 2/],
    [{ background: [[1, 2, 300]] as const }, /background\[0\] is the number 300; expected a number from 0 to 255/],
    [{ flip: true } as never, /augmentPixels: the augmentation.*"flip"/],
  ])("refuses %j", (augmentation: Augmentation, message) => {
    expect(() => augmentPixels(pixels, augmentation, key(1))).toThrow(message);
  });

  test("refuses what is no picture", () => {
    expect(() => augmentPixels({ ...pixels, width: 8 }, {}, key(1))).toThrow(
      /augmentPixels: 8 × 7 pixels of RGBA are 224 bytes/,
    );
    expect(() => augmentPixels(undefined as never, {}, key(1))).toThrow(/augmentPixels: the pixels are undefined/);
  });
});

describe("augmentImage", () => {
  const opaque = { ...pixels, data: data.map((value, i) => (i % 4 === 3 ? 255 : value)) };

  test.each(["chw", "hwc"] as const)(
    "is as if the pixels were moved and laid over the preprocessing's background: %s",
    (layout) => {
      const p = imagenet({ size: [height, width], layout, background: [10, 90, 200] });
      const motion = { shift: 0.3, scale: [0.6, 1.2], rotation: 40 } as const;
      const image = augmentImage(pixelsToArray(opaque.data, p), p, motion, key(9));
      const expected = pixelsToArray(augmentPixels(opaque, motion, key(9)).data, p);
      expect(largestDifference(image, expected)).toBeLessThan(1.6 / 255 / 0.224);
      expect(largestDifference(image, pixelsToArray(opaque.data, p))).toBeGreaterThan(0.5);
    },
  );

  test("refuses a background, and an array of another preprocessing", () => {
    const p = preprocessing({ size: [height, width] });
    const image = pixelsToArray(data, p);
    expect(() => augmentImage(image, p, { background: "any" }, key(1))).toThrow(
      /augmentImage: the augmentation has a background.*augmentPixels/,
    );
    expect(() => augmentImage(image, { ...p, size: [9, 7] }, {}, key(1))).toThrow(
      /augmentImage: the image is f32\[3, 7, 9\]; expected f32\[3, 9, 7\]/,
    );
  });
});

const largestDifference = (a: NdArray, b: NdArray): number => {
  expect(a.shape).toEqual(b.shape);
  return [...a.data].reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] as number))), 0);
};
