import { compile, key, type NdArray, ndarray, scatterAdd, type Tensor, uniform, zerosArray } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { ort } from "../src/index.js";

/** Σ in the order of the indices, in f32: what every number of threads must give to the last bit. */
function inOrder(table: NdArray, indices: Int32Array, updates: NdArray): Float32Array {
  const width = table.shape[1] as number;
  const sums = Float32Array.from(table.data);
  indices.forEach((row, n) => {
    for (let d = 0; d < width; d++) {
      const at = row * width + d;
      sums[at] = (sums[at] as number) + (updates.data[n * width + d] as number);
    }
  });
  return sums;
}

const firstDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length
    ? Array.prototype.findIndex.call(a, (value, i) => value !== b[i])
    : Math.min(a.length, b.length);

describe.each([1, 2])("on %i threads", (threads) => {
  test.each([
    { V: 65, D: 512, N: 1600 },
    { V: 65, D: 2048, N: 1600 },
    { V: 10_000, D: 128, N: 4000 },
    { V: 10_000, D: 3, N: 1 },
    { V: 7, D: 200_000, N: 9 },
    { V: 5, D: 4, N: 0 },
  ])("scatterAdd adds duplicates in their order, bit for bit: $V rows of $D, $N updates", async ({ V, D, N }) => {
    const backend = await ort({ threads });
    const indices = Int32Array.from({ length: N }, (_, n) => (n * n) % Math.min(V, 65));
    const updates = uniform(key(N + D), [N, D], -1, 1);
    const table = zerosArray([V, D]);
    const run = compile(backend, (x: Tensor, i: Tensor, u: Tensor) => scatterAdd(x, i, u), {
      dims: [null, ["N"], ["N", null]],
    });
    const first = await backend.download((await run(table, ndarray(indices), updates)) as never);
    const again = await backend.download((await run(table, ndarray(indices), updates)) as never);
    expect(firstDifference(first.data, inOrder(table, indices, updates))).toBe(-1);
    expect(firstDifference(again.data, first.data)).toBe(-1);
    await backend.close();
  });
});
