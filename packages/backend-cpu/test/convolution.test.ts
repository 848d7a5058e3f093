import { setFlagsFromString } from "node:v8";
import {
  add,
  backpropagate,
  bind,
  compile,
  conv2d,
  grad,
  key,
  type NdArray,
  normal,
  scan,
  splitKey,
  sum,
  type Tensor,
  tanh,
  trace,
  transpose,
} from "@throughtime/core";
import { difference, evaluateInF64 } from "@throughtime/testkit";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { newCpu } from "../src/backend.js";
import { phasesOf } from "../src/convolution/geometry.js";
import { newMachine } from "../src/machine/choose.js";
import { planProgram } from "../src/plan/plan.js";

setFlagsFromString("--experimental-wasm-relaxed-simd");

interface Shape {
  readonly N: number;
  readonly C: number;
  readonly O: number;
  readonly size: readonly [H: number, W: number];
  readonly kernel: readonly [P: number, Q: number];
  readonly stride: number;
  readonly padding: number;
}

/** A convolution and both of its gradients, of random arrays. */
function problem({ N, C, O, size, kernel, stride, padding }: Shape) {
  const run = (x: Tensor, w: Tensor, dy: Tensor): readonly Tensor[] => {
    const y = conv2d(x, w, { stride, padding });
    return [y, ...(backpropagate([y], [dy], [x, w]) as Tensor[])];
  };
  const count = (axis: 0 | 1) => Math.floor((size[axis] + 2 * padding - kernel[axis]) / stride) + 1;
  const [kx, kw, ky] = splitKey(key(N + 10 * C + 100 * O), 3);
  const inputs = [normal(kx, [N, C, ...size]), normal(kw, [O, C, ...kernel]), normal(ky, [N, O, count(0), count(1)])];
  return { run, inputs: inputs as [NdArray, NdArray, NdArray] };
}

const backends = Promise.all(
  ([1, 2, 3] as const).flatMap((threads) =>
    [false, true].map(async (relaxed) => newCpu({ ...(await newMachine(threads)), worth: 0 }, relaxed)),
  ),
);
afterAll(async () => {
  for (const backend of await backends) await backend.close();
});

/** On every backend the same as in f64, and on any number of threads the same bits. */
async function holds(run: (...xs: never[]) => readonly Tensor[], inputs: readonly NdArray[]): Promise<void> {
  const { program } = trace((...xs: Tensor[]) => run(...(xs as never[])), inputs as never);
  const expected = evaluateInF64(program, inputs);
  const bits = new Map<boolean, Float32Array[]>();
  for (const [i, backend] of (await backends).entries()) {
    const compiled = compile(backend, (xs: readonly Tensor[]) => run(...(xs as never[])));
    const outputs = await compiled(inputs);
    const actual = await Promise.all(outputs.map((output) => backend.download(output)));
    actual.forEach((array, o) => {
      expect(difference(array, expected[o] as NdArray, { ofLargest: 5e-6, absolute: 1e-6 })).toBeUndefined();
    });
    const relaxed = i % 2 === 1;
    const data = actual.map((array) => array.data as Float32Array);
    expect(data).toEqual(bits.get(relaxed) ?? data);
    bits.set(relaxed, data);
    for (const output of outputs) backend.release(output);
  }
}

describe("conv2d and its gradients", () => {
  test.each<[string, Shape]>([
    ["whole panels and tiles", { N: 2, C: 4, O: 12, size: [8, 8], kernel: [3, 3], stride: 1, padding: 1 }],
    ["halved", { N: 3, C: 3, O: 8, size: [10, 11], kernel: [3, 3], stride: 2, padding: 1 }],
    ["a kernel of one", { N: 1, C: 2, O: 9, size: [7, 7], kernel: [1, 1], stride: 1, padding: 0 }],
    ["pixels that no window meets", { N: 2, C: 2, O: 3, size: [5, 6], kernel: [1, 1], stride: 3, padding: 1 }],
    ["more steps than one block has", { N: 1, C: 150, O: 7, size: [6, 6], kernel: [3, 3], stride: 1, padding: 1 }],
    ["one pixel", { N: 1, C: 1, O: 1, size: [1, 1], kernel: [1, 1], stride: 1, padding: 0 }],
    [
      "one result, of panels of four vectors",
      { N: 2, C: 2, O: 3, size: [40, 40], kernel: [3, 3], stride: 1, padding: 1 },
    ],
    ["no images", { N: 0, C: 2, O: 3, size: [4, 4], kernel: [2, 2], stride: 1, padding: 0 }],
  ])("%s", async (_, shape) => {
    const { run, inputs } = problem(shape);
    await holds(run, inputs);
  });

  test("any shape", async () => {
    const small = (max: number, min = 1) => fc.integer({ min, max });
    const shapes = fc
      .record({
        ...{ N: small(3), C: small(5), O: small(14), stride: small(4), padding: small(3, 0) },
        ...{ size: fc.tuple(small(19), small(19)), kernel: fc.tuple(small(5), small(5)) },
      })
      .filter(({ size, kernel, padding }) =>
        [0, 1].every((i) => (size[i] as number) + 2 * padding >= (kernel[i] as number)),
      );
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { run, inputs } = problem(shape);
        await holds(run, inputs);
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  test("of pictures with channels last, and of a slope that is one number", async () => {
    const run = (x: Tensor, w: Tensor): readonly Tensor[] => {
      const y = (image: Tensor, kernel: Tensor) =>
        conv2d(transpose(image, [0, 3, 1, 2]), kernel, { padding: 1, stride: 2 });
      return [
        transpose(y(x, w), [0, 2, 3, 1]),
        ...grad(([image, kernel]: Tensor[]) => sum(y(image as Tensor, kernel as Tensor)), [x, w]),
      ];
    };
    await holds(run, [normal(key(1), [2, 6, 5, 3]), normal(key(2), [4, 3, 3, 3])]);
  });

  test("in each step of a scan", async () => {
    const run = (x: Tensor, start: Tensor, w: Tensor): readonly Tensor[] => {
      const [last, ys] = scan(
        (state: Tensor, each: Tensor) => {
          const y = conv2d(each, w, { padding: 1 });
          return [conv2d(tanh(add(conv2d(state, w, { padding: 1 }), y)), w, { padding: 1 }), y];
        },
        start,
        x,
      );
      return [last, ys];
    };
    await holds(run, [
      normal(key(3), [4, 2, 3, 6, 6]),
      normal(key(4), [2, 3, 6, 6]),
      normal(key(5), [3, 3, 3, 3], 0, 0.2),
    ]);
  });
});

test("convolutions run as they are, without copies of their windows", () => {
  const { run, inputs } = problem({ N: 2, C: 3, O: 8, size: [16, 16], kernel: [3, 3], stride: 2, padding: 1 });
  const { program } = trace(run as never, inputs as never);
  const kinds = planProgram(bind(program, {}), []).steps.map((step) => (step.kind === "own" ? step.name : step.kind));
  expect(kinds.filter((kind) => kind !== "map")).toEqual(["windows", "windows", "weights"]);
});

test("each place of an input's gradient gets each place of the kernel that meets it, once", () => {
  for (const [size, kernel, stride, padding] of [
    [9, 3, 2, 1],
    [7, 5, 3, 2],
    [6, 1, 3, 1],
    [5, 2, 1, 0],
  ] as const) {
    const { before, phases } = phasesOf(size, kernel, stride, padding);
    const met = phases.flatMap(({ phase, start, count, taps }) =>
      Array.from({ length: count }, (_, u) =>
        taps.map(({ at }, m) => [start + u * stride, phase + m * stride, at + u - before]),
      ),
    );
    const expected = Array.from({ length: size }, (_, i) =>
      Array.from({ length: kernel }, (_, p) => [i, p, (i + padding - p) / stride]).filter(([, , y]) =>
        Number.isInteger(y),
      ),
    );
    const text = (list: readonly (readonly number[])[][]) => list.flat().map(String).sort();
    expect(text(met)).toEqual(text(expected));
  }
});
