import { setFlagsFromString } from "node:v8";
import {
  add,
  bind,
  broadcast,
  compile,
  concat,
  type DeviceArray,
  exp,
  gather,
  matmul,
  mul,
  type NdArray,
  ndarray,
  optimize,
  print,
  reshape,
  scan,
  sigmoid,
  slice,
  split,
  sub,
  sum,
  type Tensor,
  tanh,
  trace,
  transpose,
  type,
} from "@throughtime/core";
import { difference, evaluateInF64, randomProgram } from "@throughtime/testkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newCpu } from "../src/backend.js";
import { cpu } from "../src/index.js";
import { newMachine } from "../src/machine/choose.js";
import { planProgram } from "../src/plan/plan.js";
import type { ThreadedStep } from "../src/plan/steps.js";
import { manyCompiles, manySteps } from "./endurance/endure.js";

// Node 20 has relaxed SIMD behind a flag.
setFlagsFromString("--experimental-wasm-relaxed-simd");

const kinds = (steps: readonly ThreadedStep[]): string[] => steps.map((step) => step.kind);
const planOf = (
  fn: (...xs: Tensor[]) => readonly Tensor[],
  types: readonly { shape: number[] }[],
  donate: boolean[] = [],
) =>
  planProgram(
    bind(
      trace(
        (...xs: Tensor[]) => fn(...xs),
        types.map(({ shape }) => ({ shape, dtype: "f32" as const })),
      ).program,
      {},
    ),
    donate,
  );

describe("the plan", () => {
  test("a cell's gates are one loop beside its product, and its carries stay in place", () => {
    const H = 8;
    const { steps } = planOf(
      (xs, U, h, c) => {
        const [{ h: last }, ys] = scan(
          (state: { h: Tensor; c: Tensor }, x: Tensor) => {
            const [ifo, g] = split(add(x, matmul(state.h, U as Tensor)), [3 * H, H]);
            const [i, f, o] = split(sigmoid(ifo), 3);
            const next = add(mul(f, state.c), mul(i, tanh(g)));
            const out = mul(o, tanh(next));
            return [{ h: out, c: next }, out];
          },
          { h: h as Tensor, c: c as Tensor },
          xs as Tensor,
        );
        return [last, ys];
      },
      [{ shape: [5, 3, 4 * H] }, { shape: [H, 4 * H] }, { shape: [3, H] }, { shape: [3, H] }],
    );
    const loop = steps.find((step) => step.kind === "loop");
    expect(kinds(loop?.kind === "loop" ? loop.body : [])).toEqual(["matmul", "map"]);
    // The weights are packed once, before the loop.
    expect(kinds(steps).indexOf("pack")).toBeLessThan(kinds(steps).indexOf("loop"));
  });

  test("an update of donated state is written over it", () => {
    const { inPlace } = planOf(
      (w, g) => [sub(w as Tensor, mul(g as Tensor, 0.1))],
      [{ shape: [64] }, { shape: [64] }],
      [true, false],
    );
    expect([...inPlace]).toEqual([[0, 0]]);
  });

  test("what is read at other places than it is written is not written over", () => {
    const { inPlace } = planOf((w) => [add(w as Tensor, transpose(w as Tensor))], [{ shape: [8, 8] }], [true]);
    expect([...inPlace]).toEqual([]);
  });

  test("values that are not alive at once share their places", () => {
    const size = 1000;
    const chain = (x: Tensor): Tensor => add(broadcast(sum(x, { axis: 1, keepDims: true }), [size, size]), x);
    const { arenaBytes } = planOf((x) => [chain(chain(chain(chain(chain(x as Tensor)))))], [{ shape: [size, size] }]);
    expect(arenaBytes).toBeLessThan(2.1 * 4 * size * size);
  });
});

describe("memory", () => {
  // A million and ten thousand: endurance/long.ts.
  test.each([1, 2])("ten thousand steps of donated state grow nothing: %i thread(s)", async (threads) => {
    const backend = await cpu({ threads });
    const { before, after, first, expected } = await manySteps(backend, 10_000);
    expect(after).toEqual(before);
    expect(first).toBe(expected);
    await backend.close();
  });

  test.each([1, 2])("two hundred compiles leave nothing in use: %i thread(s)", async (threads) => {
    const backend = await cpu({ threads });
    const { before, after } = await manyCompiles(backend, 200);
    expect(after).toEqual(before);
    await backend.close();
  });

  describe("one row times a transposed matrix", () => {
    test("reads the matrix where it lies", () => {
      const { steps } = planOf((x, W) => [matmul(x, transpose(W))], [{ shape: [1, 64] }, { shape: [50, 64] }]);
      expect(kinds(steps)).toEqual(["matmul"]);
    });
    for (const simd of ["plain", "relaxed"] as const)
      for (const [K, P] of [
        [1, 1],
        [3, 4],
        [4, 3],
        [64, 17],
        [65, 24],
        [130, 7],
      ] as const)
        test(`${simd}, ${K} × ${P}`, async () => {
          const x = ndarray(
            Float32Array.from({ length: 2 * K }, (_, i) => Math.sin(i)),
            { shape: [2, 1, K] },
          );
          const W = ndarray(
            Float32Array.from({ length: 2 * P * K }, (_, i) => Math.cos(i)),
            { shape: [2, P, K] },
          );
          const backend = await cpu({ simd });
          const product = compile(backend, (a: Tensor, b: Tensor) => matmul(a, transpose(b, [0, 2, 1])));
          const { data } = await backend.download((await product(x, W)) as DeviceArray);
          expect(data).toHaveLength(2 * P);
          data.forEach((received, i) => {
            const n = Math.floor(i / P);
            let sum = 0;
            for (let k = 0; k < K; k++) sum += (x.data[n * K + k] as number) * (W.data[i * K + k] as number);
            expect(Math.abs(received - sum)).toBeLessThan((K + 1) * 2 ** -23);
          });
          await backend.close();
        });
  });

  describe("a product with a long contraction, cut into blocks for the cache", () => {
    const noise = (shape: number[]) => {
      const at = (i: number) => Math.fround(Math.sin(i * 12.9898) * 0.5);
      const length = shape.reduce((a, b) => a * b, 1);
      return ndarray(
        Float32Array.from({ length }, (_, i) => at(i)),
        { shape },
      );
    };
    const product = (transposed: boolean) => (a: Tensor, b: Tensor) =>
      matmul(transposed ? transpose(a, [0, 2, 1]) : a, b);
    for (const simd of ["plain", "relaxed"] as const)
      for (const transposed of [false, true])
        for (const K of [256, 257, 640, 641, 1300])
          test(`${simd}, K = ${K}${transposed ? ", transposed" : ""}`, async () => {
            const [B, M, P] = [2, 7, 13];
            const a = noise(transposed ? [B, K, M] : [B, M, K]);
            const b = noise([B, K, P]);
            const backend = await cpu({ simd });
            const { data } = await backend.download((await compile(backend, product(transposed))(a, b)) as DeviceArray);
            const element = (n: number, m: number, p: number) => {
              let sum = 0;
              for (let k = 0; k < K; k++) {
                const left = a.data[transposed ? (n * K + k) * M + m : (n * M + m) * K + k] as number;
                sum += left * (b.data[(n * K + k) * P + p] as number);
              }
              return sum;
            };
            let worst = 0;
            for (let i = 0; i < data.length; i++) {
              const [n, m, p] = [Math.floor(i / (M * P)), Math.floor(i / P) % M, i % P];
              worst = Math.max(worst, Math.abs((data[i] as number) - element(n, m, p)));
            }
            expect(worst).toBeLessThan(K * 2 ** -24); // each of K sums rounds to 2⁻²⁴ of something of the size of 1
            await backend.close();
          });
  });

  test("weights that the host passes in each call are copied once a call, into the memory where they are read", async () => {
    let written = 0;
    const machine = await newMachine(1);
    const backend = newCpu(
      {
        ...machine,
        write(address, bytes) {
          written += bytes.length;
          machine.write(address, bytes);
        },
        copy: () => expect.fail("a second copy"),
      },
      false,
    );
    const weights = ndarray(new Float32Array(256 * 256).fill(2), { shape: [256, 256] });
    const layer = compile(backend, (x: Tensor, W: Tensor) => tanh(matmul(x, W)));
    const x = ndarray(new Float32Array(256), { shape: [1, 256] });
    await layer(x, weights);
    for (let call = 0; call < 3; call++) {
      written = 0;
      await layer(x, weights);
      const copied = 4 * (256 * 256 + 256);
      expect(written).toBeGreaterThanOrEqual(copied);
      // Beside them only the addresses.
      expect(written).toBeLessThan(copied + 64);
    }
    // Nor are they packed: the one row reads them where they lie.
    expect(backend.statistics().usedBytes).toBeLessThan(4 * 256 * 256 + 8192);
  });

  test("compiling says how many bytes a Program needs at its peak", async () => {
    const backend = await cpu();
    const run = compile(backend, (x: Tensor) => tanh(x));
    await run(await backend.upload(ndarray(new Float32Array(1024))));
    const peak = run.stats()[0]?.peakBytes ?? 0;
    expect(peak).toBeGreaterThanOrEqual(2 * 4096);
    expect(peak).toBeLessThan(2 * 4096 + 128);
  });
});

describe("an output is not written over a donated input that is still read", () => {
  const zero = ndarray([0]);
  test.each<[string, (x: Tensor) => Tensor]>([
    [
      "where it is shifted by one element",
      (x) => concat([zero, slice(tanh(x), { axis: 0, start: 0, end: 63 })], { axis: 0 }),
    ],
    [
      "by a product that begins it",
      (x) => {
        const W = ndarray(
          Float32Array.from({ length: 64 * 32 }, (_, i) => Math.sin(i)),
          { shape: [64, 32] },
        );
        return concat([reshape(matmul(reshape(x, [1, 64]), W), [32]), slice(exp(x), { axis: 0, start: 0, end: 32 })], {
          axis: 0,
        });
      },
    ],
  ])("%s", async (_, output) => {
    const x = ndarray(Float32Array.from({ length: 64 }, (__, i) => Math.cos(i)));
    const { program } = trace((each: Tensor) => [output(each)], [type([64])]);
    const backend = await cpu();
    const executable = await backend.compile(program, { donate: [true] });
    const [over] = await executable.run([await backend.upload(x)]);
    const actual = await backend.download(over as DeviceArray);
    const [expected] = evaluateInF64(program, [x]);
    expect(difference(actual, expected as NdArray, { absolute: 1e-5, ofLargest: 1e-6 })).toBeUndefined();
    await backend.close();
  });
});

test.each([
  [902892180, 5],
  [1000106, 11],
  [5000612, 5],
])("nor where an inner loop reads it, and the loop around that goes on: program %i", async (seed, size) => {
  const random = randomProgram(seed, { size, sizes: { T: 3, B: 5 } });
  const inputs = random.inputs();
  const expected = evaluateInF64(random.program, inputs);
  const backend = await cpu();
  for (const donated of inputs.keys()) {
    const executable = await backend.compile(random.program, { donate: inputs.map((_, i) => i === donated) });
    const outputs = await executable.run(await Promise.all(inputs.map((input) => backend.upload(input))));
    for (const [i, output] of outputs.entries()) {
      const actual = await backend.download(output);
      expect(difference(actual, expected[i] as NdArray, { absolute: 2e-5, ofLargest: 1e-4 })).toBeUndefined();
    }
    executable.release();
  }
  await backend.close();
});

test("one array as two inputs, both donated, serves two outputs that do not share it", async () => {
  const backend = await cpu();
  const { program } = trace((a: Tensor, b: Tensor) => [add(a, 1), mul(b, 3)], [type([4]), type([4])]);
  const executable = await backend.compile(program, { donate: [true, true] });
  const x = await backend.upload(ndarray([1, 2, 3, 4]));
  const [sums, products] = (await executable.run([x, x])) as [DeviceArray, DeviceArray];
  await backend.upload(ndarray([9, 9, 9, 9]));
  expect([...(await backend.download(sums)).data]).toEqual([2, 3, 4, 5]);
  expect([...(await backend.download(products)).data]).toEqual([3, 6, 9, 12]);
});

describe("errors", () => {
  test("a Program too large for a 32-bit memory says how much it needs and what to do", async () => {
    const backend = await cpu();
    const huge = compile(backend, (x: Tensor) => {
      const wide = broadcast(x, [50_000, 50_000]);
      return sum(matmul(mul(wide, wide), broadcast(x, [50_000, 1])));
    });
    const error = await huge(ndarray([[2]])).catch((reason: Error) => reason as Error);
    expect(error).toMatchObject({ name: "CompileError" });
    expect((error as Error).message).toMatch(/needs 1\d{10} bytes.*smaller batches.*backend-ort/s);
  });

  test("so does one of which the inputs and outputs alone are too large", async () => {
    const backend = await cpu();
    const { program } = trace((x: Tensor) => mul(x, 2), [type([25_000, 25_000])]);
    await expect(backend.compile(program, { donate: [false] })).rejects.toMatchObject({
      name: "CompileError",
      message: expect.stringMatching(/needs 50\d{8} bytes/),
    });
    await backend.close();
  });

  test("an index out of range is a DataError, and the backend runs on", async () => {
    const backend = await cpu();
    const rows = compile(backend, (x: Tensor, i: Tensor) => gather(x, i));
    const table = ndarray([[1], [2], [3]]);
    const ids = (...values: number[]) => ndarray(Int32Array.from(values));
    await expect(rows(table, ids(0, 3))).rejects.toMatchObject({ name: "DataError", message: /gather.*out of range/ });
    await expect(rows(table, ids(-1, 0))).rejects.toMatchObject({ name: "DataError" });
    expect([...(await backend.download((await rows(table, ids(2, 0))) as DeviceArray)).data]).toEqual([3, 1]);
  });

  test("f64 is refused by name", async () => {
    const backend = await cpu();
    await expect(backend.upload(ndarray([1], { dtype: "f64" }))).rejects.toMatchObject({ name: "UnsupportedOpError" });
  });
});

test.each<["plain" | "relaxed", number]>([
  ["plain", 1],
  ["relaxed", 1],
  ["plain", 2],
  ["relaxed", 4],
])(
  "random Programs equal the reference, whichever inputs are donated: %s SIMD, %i thread(s)",
  async (simd, threads) => {
    // Nothing is too short to be split.
    const backend = newCpu({ ...(await newMachine(threads)), worth: 0 }, simd === "relaxed");
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 16 }), fc.boolean(), async (seed, size, optimized) => {
        // Batches that fill vectors and threads, and some that leave one over.
        const sizes = { T: 3, B: [1, 5, 8, 17][seed % 4] as number };
        const random = randomProgram(seed, { size, sizes });
        const program = optimized ? optimize(random.program, backend.supports).program : random.program;
        const inputs = random.inputs();
        const expected = evaluateInF64(random.program, inputs);
        const executable = await backend.compile(program, { donate: inputs.map((_, i) => (seed >> i) % 2 === 1) });
        const arrays = await Promise.all(inputs.map((input) => backend.upload(input)));
        const outputs = await executable.run(arrays);
        for (const [i, output] of outputs.entries()) {
          const actual = await backend.download(output);
          const wrong = difference(actual, expected[i] as NdArray, { absolute: 2e-5, ofLargest: 1e-4 });
          expect(wrong, print(program)).toBeUndefined();
        }
        for (const array of [...arrays, ...outputs]) backend.release(array);
        executable.release();
      }),
      { numRuns: 30 },
    );
    expect(backend.statistics().liveArrays).toBe(0);
    await backend.close();
  },
);

test("a Program with named sizes is compiled once for each combination of them, and says how often", async () => {
  const backend = await cpu();
  const twice = compile(backend, (x: Tensor) => mul(x, 2), { dims: [["T"]] });
  for (const size of [3, 5, 3, 5, 3]) backend.release(await twice(ndarray(new Float32Array(size))));
  expect(twice.stats()).toMatchObject([{ calls: 5, compilations: 2 }]);
  twice.release();
  await backend.close();
});
