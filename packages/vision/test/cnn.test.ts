import {
  add,
  evaluateProgram,
  flattenTree,
  grad,
  isNdArray,
  key,
  mapTree,
  mul,
  type NdArray,
  normal,
  sum,
  trace,
  type,
} from "@throughtime/core";
import { cnn, precomputed } from "@throughtime/vision";
import { describe, expect, test } from "vitest";

const encoder = cnn({ size: [16, 13], channels: 1, widths: [3, 8] });
const params = encoder.init(key(1));

/** The grid and the pooled vectors of pixels [B, 1, 16, 13]. */
function encoded(pixels: NdArray): readonly [NdArray, NdArray] {
  const encode = (p: never, x: never) => {
    const { grid, pooled } = encoder.encode(p, { pixels: x });
    return [grid, pooled];
  };
  const { program } = trace(encode, [params as never, type(pixels.shape) as never]);
  const { leaves } = flattenTree(params, isNdArray);
  return evaluateProgram(program, [...leaves, pixels]) as unknown as readonly [NdArray, NdArray];
}

/** The grid of an encoder. */
function gridOf(own: typeof encoder, parameters: never, pixels: NdArray): NdArray {
  const encode = (p: never, x: never) => own.encode(p, { pixels: x }).grid;
  const { program } = trace(encode, [parameters, type(pixels.shape) as never]);
  return evaluateProgram(program, [...flattenTree(parameters, isNdArray).leaves, pixels] as never)[0] as NdArray;
}

describe("cnn", () => {
  const two = normal(key(2), [2, 1, 16, 13]);
  const [grid, pooled] = encoded(two);

  test("halves height and width with each block, rounding up", () => {
    expect([encoder.height, encoder.width, encoder.gridSize]).toEqual([4, 4, 8]);
    expect(grid.shape).toEqual([2, 16, 8]);
    expect(pooled.shape).toEqual([2, 8]);
  });

  test("says how many parameters it has before it makes them", () => {
    const { leaves } = flattenTree(params, isNdArray);
    expect(encoder.size).toBe(leaves.reduce((sum, { data }) => sum + data.length, 0));
  });

  test("gives one result for a picture, whatever is beside it", () => {
    const first = { ...two, data: two.data.slice(0, 16 * 13), shape: [1, 1, 16, 13] };
    expect([...encoded(first)[0].data]).toEqual([...grid.data.slice(0, 16 * 8)]);
  });

  test.each(["grid", "pooled"] as const)("every parameter has a part in the %s", (output) => {
    const loss = (p: never, pixels: never) => {
      const y = encoder.encode(p, { pixels })[output];
      return sum(mul(y, add(y, 1)));
    };
    const { program } = trace(
      (p: never, x: never) => grad((q: never) => loss(q, x), p),
      [params as never, type(two.shape) as never],
    );
    const slopes = evaluateProgram(program, [...flattenTree(params, isNdArray).leaves, two]);
    expect(slopes.map(({ data }) => data.some((value) => value !== 0))).toEqual(slopes.map(() => true));
  });

  test("knows where a thing is: the features of the same picture at another place differ by more than their place", () => {
    const flat = encoded({ data: new Float32Array(16 * 13), shape: [1, 1, 16, 13], dtype: "f32" })[0];
    const inner = [5, 6].map((l) => [...flat.data.slice(l * 8, l * 8 + 8)]);
    expect(inner[0]).not.toEqual(inner[1]);
  });

  test.each([
    ["even", 24, 24, 0.5],
    ["odd", 23, 25, 1],
  ])("sees around the middle of each cell, of sides that are %s", (_, H, W, within) => {
    const own = cnn({ size: [H, W], channels: 1, widths: [2, 2] });
    // All kernels 1, and places alike: a cell is not 0 for just those pictures, black but for one pixel, whose pixel it sees.
    const ones = mapTree(own.init(key(1)), isNdArray, (array: NdArray) => {
      return array.shape.length < 3
        ? array
        : { ...array, data: array.data.map(() => (array.shape.length === 4 ? 1 : 0)) };
    });
    const pixels = Array.from({ length: H * W }, (_, at) => at);
    const data = Float32Array.from(pixels.flatMap((at) => pixels.map((pixel) => (pixel === at ? 1 : 0))));
    const grid = gridOf(own, ones as never, { data, shape: [H * W, 1, H, W], dtype: "f32" });
    const cell = 2 * own.width + 3;
    const seen = pixels.filter((at) => grid.data[(at * own.height * own.width + cell) * 2] !== 0);
    for (const [axis, places, middle] of [
      ["down", seen.map((at) => Math.floor(at / W)), (2.5 * H) / own.height],
      ["across", seen.map((at) => at % W), (3.5 * W) / own.width],
    ] as const) {
      const [from, to] = [Math.min(...places), Math.max(...places) + 1];
      expect([axis, to - from]).toEqual([axis, 15]);
      expect(Math.abs((from + to) / 2 - middle)).toBeLessThanOrEqual(within);
    }
  });

  test("refuses other pixels, and features made before", () => {
    expect(() => encoded(normal(key(3), [2, 1, 13, 16]))).toThrow(
      /cnn: pixels is f32\[2, 1, 13, 16\].*\[B, 1, 16, 13\]/,
    );
    const images = { grid: grid as never, pooled: pooled as never };
    expect(() => encoder.encode(params as never, images)).toThrow(/cnn: expected images \{ pixels \}/);
    expect(() => cnn({ size: [16, 0] })).toThrow(/cnn: width.*received 0/);
    expect(() => cnn({ size: [16, 16], widths: [] })).toThrow(/cnn: widths is an array of 0; expected a list/);
    expect(() => cnn({ size: 64 as never })).toThrow(/cnn: size is the number 64; expected \[height, width\]/);
    expect(() => cnn({ size: [64, 64], widths: [8, 0] })).toThrow(/cnn: widths\[1\].*received 0/);
    const lacking = { ...params, blocks: params.blocks.slice(0, -1) } as never;
    const pixels = trace((x: never) => x, [type([1, 1, 16, 13]) as never]).program.inputs[0] as never;
    expect(() => encoder.encode(lacking, { pixels })).toThrow(/cnn: block 2: the parameters are undefined/);
  });
});

describe("precomputed", () => {
  const frozen = precomputed({ height: 2, width: 3, gridSize: 4, pooledSize: 5 });
  const run = (shapes: readonly (readonly number[])[]) =>
    trace(
      (g: never, p: never) => {
        const { grid, pooled } = frozen.encode({}, { grid: g, pooled: p });
        return [grid, pooled];
      },
      shapes.map((shape) => type(shape)) as never,
    ).program;

  test("passes grid and pooled through, without parameters", () => {
    const program = run([
      [1, 6, 4],
      [1, 5],
    ]);
    const given = [normal(key(1), [1, 6, 4]), normal(key(2), [1, 5])];
    expect(evaluateProgram(program, given)).toEqual(given);
    expect([frozen.size, frozen.init(key(1))]).toEqual([0, {}]);
  });

  test("refuses other sizes, and pixels", () => {
    expect(() =>
      run([
        [1, 6, 3],
        [1, 5],
      ]),
    ).toThrow(/precomputed: grid is f32\[1, 6, 3\].*\[B, 6, 4\]/);
    expect(() =>
      run([
        [1, 6, 4],
        [1, 4],
      ]),
    ).toThrow(/precomputed: pooled is/);
    expect(() => frozen.encode({}, { pixels: {} as never })).toThrow(/precomputed: expected images \{ grid, pooled \}/);
  });
});
