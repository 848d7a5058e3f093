import { toNested } from "@throughtime/core";
import { arrayToPixels, imageBatch, imagenet, pixelsToArray, preprocessing } from "@throughtime/vision";
import { describe, expect, test } from "vitest";

/** Two rows of three pixels; pixel i is [10 i, 10 i + 1, 10 i + 2]. */
const PIXELS = [0, 1, 2, 3, 4, 5].flatMap((i) => [10 * i, 10 * i + 1, 10 * i + 2, 255]);
const bytes = (values: readonly number[]) => Uint8ClampedArray.from(values);
const as = (options: object) => pixelsToArray(bytes(PIXELS), preprocessing({ size: [2, 3], scale: 1, ...options }));

describe("pixelsToArray", () => {
  test("is [C, H, W] in the channels' order", () => {
    expect(toNested(as({}))).toEqual([
      [
        [0, 10, 20],
        [30, 40, 50],
      ],
      [
        [1, 11, 21],
        [31, 41, 51],
      ],
      [
        [2, 12, 22],
        [32, 42, 52],
      ],
    ]);
    expect(toNested(as({ channels: "bgr" }))).toEqual([...(toNested(as({})) as readonly number[][][])].reverse());
  });

  test("is [H, W, C] if asked for", () => {
    const array = as({ layout: "hwc", channels: "bgr" });
    expect(array.shape).toEqual([2, 3, 3]);
    expect(toNested(array)).toEqual([
      [
        [2, 1, 0],
        [12, 11, 10],
        [22, 21, 20],
      ],
      [
        [32, 31, 30],
        [42, 41, 40],
        [52, 51, 50],
      ],
    ]);
  });

  test("mean and std are of the channels in their order, after the scale", () => {
    const array = as({ channels: "bgr", scale: 0.5, mean: [1, 2, 3], std: [0.5, 1, 2] });
    const last = [52, 51, 50].map((x, c) => (x * 0.5 - [1, 2, 3][c]!) / [0.5, 1, 2][c]!);
    expect([5, 11, 17].map((i) => array.data[i])).toEqual(last);
  });

  test("gray is BT.601's", () => {
    const array = pixelsToArray(bytes([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255]), {
      ...preprocessing({ size: [1, 3], channels: "gray" }),
    });
    expect(array.shape).toEqual([1, 1, 3]);
    [0.299, 0.587, 0.114].forEach((weight, i) => {
      expect(array.data[i]).toBeCloseTo(weight, 6);
    });
  });

  test("lays transparent pixels over the background", () => {
    const options = { size: [1, 3], scale: 1, background: [10, 20, 30] } as const;
    const pixels = bytes([200, 100, 50, 0, 200, 100, 50, 51, 200, 100, 50, 255]);
    const array = pixelsToArray(pixels, preprocessing(options));
    expect(toNested(array)).toEqual([[[10, 48, 200]], [[20, 36, 100]], [[30, 34, 50]]]);
    const gray = pixelsToArray(pixels, preprocessing({ ...options, channels: "gray" }));
    expect(gray.data[1]).toBeCloseTo(0.299 * 48 + 0.587 * 36 + 0.114 * 34, 4);
  });

  test("refuses pixels of another size, and what is no pixels", () => {
    const declared = preprocessing({ size: [2, 2] });
    expect(() => pixelsToArray(bytes(PIXELS), declared)).toThrow(/2 × 2 pixels of RGBA are 16 bytes, received 24/);
    expect(() => pixelsToArray(PIXELS as never, declared)).toThrow(/expected a Uint8Array/);
    expect(() => pixelsToArray(bytes(PIXELS), { size: [2, 3] } as never)).toThrow(/pixelsToArray: the preprocessing: /);
    expect(() => pixelsToArray(bytes(PIXELS), undefined as never)).toThrow(/the preprocessing is undefined; make one/);
  });
});

describe("imageBatch", () => {
  test("is the images one after the other", () => {
    const [a, b] = [as({}), as({ channels: "bgr" })];
    const batch = imageBatch([a, b]);
    expect(batch.shape).toEqual([2, 3, 2, 3]);
    expect(toNested(batch)).toEqual([toNested(a), toNested(b)]);
  });

  test("refuses images of several shapes, and none", () => {
    expect(() => imageBatch([as({}), as({ layout: "hwc" })])).toThrow(
      /image 1 is f32\[2, 3, 3\]; expected f32\[3, 2, 3\]/,
    );
    expect(() => imageBatch([])).toThrow(/there are no images/);
  });
});

describe("arrayToPixels", () => {
  const shades = Array.from({ length: 6 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (53 * i) % 256));

  test("gives the pixels that an array was made of", () => {
    for (const options of [
      {},
      { channels: "bgr" },
      { layout: "hwc" },
      { channels: "bgr", layout: "hwc", scale: 1 },
    ] as const) {
      const given = imagenet({ size: [2, 3], ...options });
      const back = arrayToPixels(pixelsToArray(bytes(shades), given), given);
      expect(back).toEqual({ data: bytes(shades), width: 3, height: 2 });
    }
  });

  test("is opaque, gray where the array is, and cut off at 0 and 255", () => {
    const gray = preprocessing({ size: [1, 3], channels: "gray" });
    const { data } = arrayToPixels({ data: Float32Array.of(-1, 0.5, 7), shape: [1, 1, 3], dtype: "f32" }, gray);
    expect([...data]).toEqual([0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255]);
    const glass = bytes(shades.map((value, i) => (i % 4 === 3 ? 0 : value)));
    const size = { size: [2, 3], background: [9, 8, 7] } as const;
    expect([
      ...arrayToPixels(pixelsToArray(glass, preprocessing(size)), preprocessing(size)).data.subarray(0, 4),
    ]).toEqual([9, 8, 7, 255]);
  });

  test("of an array of another shape is an error", () => {
    const given = preprocessing({ size: [2, 3] });
    const other = pixelsToArray(bytes(shades), { ...given, layout: "hwc" });
    expect(() => arrayToPixels(other, given)).toThrow(/the array is f32\[2, 3, 3\]; expected f32\[3, 2, 3\]/);
  });
});
