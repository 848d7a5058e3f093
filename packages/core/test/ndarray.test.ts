import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  castArray,
  DTYPES,
  fullArray,
  isNdArray,
  ndarray,
  scalar,
  sizeOf,
  toNested,
  zerosArray,
} from "../src/index.js";

const shapeError = expect.objectContaining({ name: "ShapeError" });

describe("ndarray", () => {
  test("takes nested numbers", () => {
    expect(
      ndarray([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqual({
      data: Float32Array.of(1, 2, 3, 4, 5, 6),
      shape: [2, 3],
      dtype: "f32",
    });
  });

  test("takes flat numbers under a shape", () => {
    expect(toNested(ndarray([1, 2, 3, 4], { shape: [2, 2] }))).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("takes a number as a scalar, and booleans as bool", () => {
    expect(ndarray(5)).toEqual({ data: Float32Array.of(5), shape: [], dtype: "f32" });
    expect(ndarray([true, false])).toEqual({ data: Uint8Array.of(1, 0), shape: [2], dtype: "bool" });
  });

  test("keeps a typed array and its type, without a copy", () => {
    const data = Int32Array.of(1, 2);
    expect(ndarray(data)).toEqual({ data, shape: [2], dtype: "i32" });
    expect(ndarray(data).data).toBe(data);
    expect(ndarray(new Float64Array(2)).dtype).toBe("f64");
    expect(ndarray(data, { dtype: "f32" }).data).toEqual(Float32Array.of(1, 2));
  });

  test("takes what is empty", () => {
    expect(ndarray([]).shape).toEqual([0]);
    expect(ndarray([[], []]).shape).toEqual([2, 0]);
  });

  test("refuses a number of elements that is not the shape's", () => {
    expect(() => ndarray([1, 2, 3], { shape: [2, 2] })).toThrow(shapeError);
    expect(() => ndarray(new Float32Array(3), { shape: [2, 2] })).toThrow("holds 4 elements, received 3");
  });

  test("refuses rows of different length, even where their elements add up", () => {
    expect(() => ndarray([[1, 2], [3]])).toThrow(shapeError);
    expect(() => ndarray([[1, 2], [3, 4, 5], [6]])).toThrow("rows differ: expected 2 along axis 1, received 3");
    expect(() => ndarray([[1, 2], 3])).toThrow(shapeError);
    expect(() => ndarray([1, [2]])).toThrow(shapeError);
  });

  test("gives back the nested numbers that it took", () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(shapes, fc.constantFrom(...DTYPES), (shape, dtype) => {
        const array = ndarray(
          Array.from({ length: sizeOf(shape) }, (_, i) => i % 2),
          { shape, dtype },
        );
        const again = ndarray(toNested(array), { dtype });
        expect([...again.data]).toEqual([...array.data]);
        // Nothing can be seen of the axes behind an empty one.
        const empty = shape.indexOf(0);
        expect(again.shape).toEqual(empty < 0 ? shape : shape.slice(0, empty + 1));
      }),
    );
  });
});

describe("castArray", () => {
  test("goes towards zero for i32", () => {
    expect(castArray(ndarray([1.9, -1.9, 0.4, -0.4]), "i32").data).toEqual(Int32Array.of(1, -1, 0, 0));
  });

  test("gives the nearest end of i32 for what is beyond it, and 0 for NaN", () => {
    const values = [2 ** 31, -(2 ** 31) - 2 ** 8, Infinity, -Infinity, 2 ** 32, Number.NaN, -0];
    const [most, least] = [2 ** 31 - 1, -(2 ** 31)];
    expect([...castArray(ndarray(values), "i32").data]).toEqual([most, least, most, least, most, 0, 0]);
    expect([...castArray(ndarray([most + 0.5], { dtype: "f64" }), "i32").data]).toEqual([most]);
  });

  test("asks whether it is other than 0 for bool, also below 1; NaN is", () => {
    expect(castArray(ndarray([0, -0, 0.5, -2, 256, Number.NaN]), "bool").data).toEqual(Uint8Array.of(0, 0, 1, 1, 1, 1));
  });

  test("rounds f64 to f32, and gives infinities beyond its range", () => {
    const values = ndarray([0.1, 1e300, -1e300, 1e-300], { dtype: "f64" });
    expect(castArray(values, "f32").data).toEqual(Float32Array.of(0.1, Infinity, -Infinity, 0));
  });

  test("is the array itself in its own dtype", () => {
    const array = ndarray([1]);
    expect(castArray(array, "f32")).toBe(array);
  });
});

test("fills, zeros and scalars", () => {
  expect(fullArray([2], 7, "i32")).toEqual({ data: Int32Array.of(7, 7), shape: [2], dtype: "i32" });
  expect(zerosArray([1, 2])).toEqual({ data: Float32Array.of(0, 0), shape: [1, 2], dtype: "f32" });
  expect(scalar(0.1, "f64")).toEqual({ data: Float64Array.of(0.1), shape: [], dtype: "f64" });
});

test("isNdArray tells host data from other values", () => {
  expect(isNdArray(ndarray(1))).toBe(true);
  for (const other of [1, null, [1], { data: [1], dtype: "f32" }, new Float32Array(1)]) {
    expect(isNdArray(other)).toBe(false);
  }
});
