import { key, type NdArray, ndarray, splitKey, uniform } from "@throughtime/core";
import { nearestByPixels } from "@throughtime/image-data";
import { describe, expect, test } from "vitest";

const shape = [3, 9, 9];
const pictures = splitKey(key(4), 50).map((each) => uniform(each, shape));

describe("nearestByPixels", () => {
  test("finds what the sum over all values of all pictures finds", () => {
    const nearest = nearestByPixels(pictures);
    const sum = (a: NdArray, b: NdArray) =>
      Array.from(a.data).reduce((total, value, i) => total + (value - (b.data[i] as number)) ** 2, 0);
    const found = new Set<number>();
    for (const each of splitKey(key(5), 40)) {
      const picture = uniform(each, shape);
      const distances = pictures.map((one) => sum(one, picture));
      expect(nearest(picture)).toBe(distances.indexOf(Math.min(...distances)));
      found.add(nearest(picture));
    }
    expect(found.size).toBeGreaterThan(10);
  });

  test("finds a picture itself, and the first of equal ones", () => {
    const nearest = nearestByPixels([...pictures, ...pictures]);
    expect(pictures.map(nearest)).toEqual(pictures.map((_, i) => i));
  });

  test("refuses no pictures, and pictures of several sizes", () => {
    expect(() => nearestByPixels([])).toThrow("nearestByPixels: there are no pictures");
    const small = ndarray([[1, 2]]);
    expect(() => nearestByPixels([...pictures, small])).toThrow(
      "nearestByPixels: pictures[50] has the shape [1, 2]; expected [3, 9, 9], as the first one.",
    );
    expect(() => nearestByPixels(pictures)(small)).toThrow("nearestByPixels: the picture has the shape [1, 2]");
    expect(() => nearestByPixels([3 as never])).toThrow(/pictures\[0\]/);
  });
});
