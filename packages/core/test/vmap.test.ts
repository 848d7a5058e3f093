import { difference, randomProgram, widen } from "@throughtime/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  concat,
  constant,
  countOps,
  evaluateProgram,
  gather,
  grad,
  matmul,
  mul,
  type NdArray,
  ndarray,
  placeholders,
  replay,
  scan,
  sizeOf,
  softmax,
  sum,
  type Tensor,
  tanh,
  toF64,
  toNested,
  trace,
  type,
  verify,
  vmap,
} from "../src/index.js";
import { drawArray, floats, ints, seeded } from "./helpers/random.js";
import { runAll } from "./helpers/run.js";

const RUNS = Number(process.env.VMAP_RUNS ?? 40);
const draw = (name: string, ...shape: number[]): NdArray => drawArray(floats(...shape), seeded(name));

const rowOf = ({ data, shape, dtype }: NdArray, n: number): NdArray => {
  const size = sizeOf(shape.slice(1));
  return { data: data.slice(n * size, (n + 1) * size), shape: shape.slice(1), dtype };
};

const stackOf = (rows: readonly NdArray[]): NdArray => {
  const [first] = rows as [NdArray];
  const data = ndarray(
    rows.flatMap((row) => [...row.data]),
    { dtype: first.dtype },
  ).data;
  return { data, shape: [rows.length, ...first.shape], dtype: first.dtype };
};

/** The elements so many places further. */
const turned = (x: NdArray, by: number): NdArray => ({
  ...x,
  data: x.data.map((_, i) => x.data[(i + by) % x.data.length] as number),
});

const same = (actual: NdArray, expected: NdArray): void => {
  expect(difference(actual, expected, { absolute: 1e-11, ofLargest: 1e-11 })).toBeUndefined();
};

/** vmap of a function against calling it once for each example. */
function expectLoop(
  fn: (...xs: Tensor[]) => Tensor[],
  inputs: readonly NdArray[],
  axes: readonly (0 | null)[] = inputs.map(() => 0),
): void {
  const mapped = runAll((...xs) => vmap(fn, { axis: axes })(...xs), ...inputs);
  const size = inputs.find((_, i) => axes[i] === 0)?.shape[0] as number;
  const rows = Array.from({ length: size }, (_, n) =>
    runAll(fn, ...inputs.map((input, i) => (axes[i] === 0 ? rowOf(input, n) : input))),
  );
  mapped.forEach((output, i) => same(output, stackOf(rows.map((row) => row[i] as NdArray))));
}

describe("vmap equals a loop over examples", () => {
  test.each([
    ["random Programs with scans inside scans", "tame"],
    ["such with integers, booleans and ties", "ties"],
  ] as const)("on %s, whichever inputs are mapped", { timeout: 60_000 + 500 * RUNS }, (_, values) => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 12 }), fc.nat(), (seed, size, mask) => {
        const { program: single32, inputs } = randomProgram(seed, { size, values });
        // In f64 from the start, so that what a batching rule makes has constants in f64 too.
        const program = toF64(single32);
        const single = inputs().map(widen);
        const on = program.inputs.map((_, i) => i === 0 || ((mask >>> (i % 31)) & 1) === 1);
        // Three examples of the same elements in other places.
        const examples = [0, 1, 2].map((by) => single.map((x, i) => (on[i] ? turned(x, by) : x)));
        const mapped = trace(
          (...xs: Tensor[]) =>
            vmap((...ys: Tensor[]) => replay(program, ys), { axis: on.map((b) => (b ? 0 : null)) })(...xs),
          [...program.inputs.map(({ shape, dtype }, i) => type(on[i] ? [3, ...shape] : shape, dtype))],
        ).program;
        verify(mapped);
        const stacked = single.map((x, i) => (on[i] ? stackOf(examples.map((row) => row[i] as NdArray)) : x));
        const rows = examples.map((row) => evaluateProgram(program, row));
        evaluateProgram(mapped, stacked).forEach((output, i) => {
          same(output, stackOf(rows.map((row) => row[i] as NdArray)));
        });
      }),
      { numRuns: RUNS },
    );
  });

  const step =
    (w: Tensor) =>
    (c: Tensor, x: Tensor): [Tensor, Tensor] => {
      const next = tanh(add(matmul(c, w), x));
      return [next, mul(c, x)];
    };

  test("a scan over mapped xs with weights that are not", () => {
    expectLoop(
      (x, c, w) => scan(step(w as Tensor), c as Tensor, x as Tensor),
      [draw("x", 3, 4, 2, 5), draw("c", 3, 2, 5), draw("w", 5, 5)],
      [0, 0, null],
    );
  });

  test("a scan whose initial carry is not mapped but becomes so", () => {
    expectLoop(
      (x, c, w) => scan(step(w as Tensor), c as Tensor, x as Tensor),
      [draw("x", 3, 4, 2, 5), draw("c", 2, 5), draw("w", 5, 5)],
      [0, null, null],
    );
  });

  test("a scan whose second carry is reached only through the first", () => {
    expectLoop(
      (x, w) => {
        const [last, ys] = scan(
          (s: { a: Tensor; b: Tensor; still: Tensor }, xt: Tensor) => [
            { a: tanh(mul(xt, w as Tensor)), b: add(s.b, s.a), still: mul(s.still, 0.5) },
            s.b,
          ],
          {
            a: constant(ndarray([1, 1], { dtype: "f64" })),
            b: constant(ndarray([0, 0], { dtype: "f64" })),
            still: constant(ndarray([1], { dtype: "f64" })),
          },
          x as Tensor,
        );
        return [last.a, last.b, last.still, ys];
      },
      [draw("x", 5, 2), draw("w", 3, 2)],
      [null, 0],
    );
  });

  test("a reverse scan within a scan", () => {
    expectLoop(
      (x, c) =>
        scan(
          (s: Tensor, rows: Tensor) =>
            scan((d: Tensor, row: Tensor) => [tanh(add(d, row)), mul(d, s)], s, rows, { reverse: true }),
          c as Tensor,
          x as Tensor,
        ),
      [draw("x", 3, 2, 4, 5), draw("c", 3, 5)],
    );
  });

  test("of a gradient: one gradient per example", () => {
    expectLoop(
      (x, w) => [grad((v: Tensor) => sum(tanh(matmul(x as Tensor, v))), w as Tensor)],
      [draw("x", 4, 2, 3), draw("w", 3, 2)],
      [0, null],
    );
  });

  test("of a scan's gradient", () => {
    expectLoop(
      (x, c, w) => [
        grad((v: Tensor) => {
          const [last, ys] = scan(step(v), c as Tensor, x as Tensor);
          return add(sum(last), sum(ys));
        }, w as Tensor),
      ],
      [draw("x", 3, 4, 2, 5), draw("c", 3, 2, 5), draw("w", 5, 5)],
      [0, 0, null],
    );
  });

  test("under a gradient: the gradient of a mean over examples", () => {
    const [mapped, whole] = runAll(
      (x, w) => [
        grad((v: Tensor) => sum(vmap((row: Tensor) => sum(tanh(mul(row, v))))(x)), w),
        grad((v: Tensor) => sum(tanh(mul(x, v))), w),
      ],
      draw("x", 4, 3),
      draw("w", 3),
    );
    same(mapped as NdArray, whole as NdArray);
  });

  test("twice: every pair of two lists", () => {
    const [table] = runAll(
      (a, b) => [vmap((x: Tensor) => vmap((y: Tensor) => sum(mul(x, y)))(b))(a)],
      ndarray([
        [1, 2],
        [3, 4],
      ]),
      ndarray([
        [1, 0],
        [0, 1],
        [1, 1],
      ]),
    );
    expect(toNested(table as NdArray)).toEqual([
      [1, 2, 3],
      [3, 4, 7],
    ]);
  });

  test("of gathers, of rows of one's own table too", () => {
    const ids = drawArray(ints(0, 5, 3, 4), seeded("ids"));
    expectLoop((t, i) => [gather(t as Tensor, i as Tensor)], [draw("table", 3, 5, 2), ids]);
    expectLoop((t, i) => [gather(t as Tensor, i as Tensor)], [draw("table", 5, 2), ids], [null, 0]);
  });

  test("of composites", () => {
    expectLoop(
      (x) => [softmax(x as Tensor, { axis: 0 }), concat([softmax(x as Tensor), x as Tensor])],
      [draw("x", 3, 4, 5)],
    );
  });
});

describe("vmap", () => {
  test("of one matrix product is one matrix product", () => {
    const { program } = trace(
      (x: Tensor, w: Tensor) => [vmap((row: Tensor) => matmul(row, w))(x)],
      [type([8, 2, 3]), type([3, 4])],
    );
    expect(countOps(program).matmul).toBe(1);
  });

  test("takes and returns trees, and named sizes", () => {
    const { program, outputStructure } = trace(
      (batch: { x: Tensor; y: [Tensor] }) =>
        vmap((one: typeof batch) => ({ sum: add(one.x, one.y[0]), x: one.x }))(batch),
      [{ x: type(["N", 3]), y: [type(["N", 3])] }],
    );
    expect(outputStructure).toMatchObject({ kind: "object", keys: ["sum", "x"] });
    expect(program.outputs.map(({ shape }) => shape.length)).toEqual([2, 2]);
  });

  test("repeats what does not depend on the examples", () => {
    const [y] = runAll((x) => [vmap((_: Tensor) => constant(ndarray([1, 2])))(x)], ndarray([0, 0, 0]));
    expect(toNested(y as NdArray)).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  test("over no examples gives none", () => {
    const { program } = trace((x: Tensor) => [vmap((row: Tensor) => sum(row))(x)], [type([0, 3])]);
    expect(evaluateProgram(program, [ndarray(new Float32Array(0), { shape: [0, 3] })])[0]?.shape).toEqual([0]);
  });

  test.each<[string, () => unknown, string]>([
    [
      "axes of different sizes",
      () =>
        vmap((a: Tensor, b: Tensor) => add(a, b))(...(placeholders([type([3, 2]), type([4, 2])]) as [Tensor, Tensor])),
      "vmap: argument 2 is f32[4, 2]; expected a leading axis of 3",
    ],
    [
      "a scalar to map over",
      () => vmap((a: Tensor) => a)(...(placeholders([type([])]) as [Tensor])),
      "argument 1 is f32; expected a leading axis",
    ],
    [
      "nothing to map over",
      () => vmap((a: Tensor) => a, { axis: [null] })(...(placeholders([type([3])]) as [Tensor])),
      "no argument is mapped",
    ],
  ])("refuses %s", (_, wrong, message) => {
    expect(wrong).toThrow(expect.objectContaining({ name: "ShapeError", message: expect.stringContaining(message) }));
  });
});
