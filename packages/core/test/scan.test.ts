import { difference } from "@throughtime/testkit";
import { describe, expect, test } from "vitest";
import {
  add,
  backpropagate,
  cast,
  constant,
  countOps,
  dim,
  dimKey,
  evaluateProgram,
  expandDims,
  grad,
  iota,
  less,
  makeProgram,
  matmul,
  mul,
  type NdArray,
  ndarray,
  ones,
  placeholders,
  type ScanOptions,
  type ScanParams,
  scan,
  select,
  sigmoid,
  sub,
  sum,
  type Tensor,
  tanh,
  toNested,
  trace,
  type,
  verify,
  zeros,
} from "../src/index.js";
import { drawArray, floats, seeded } from "./helpers/random.js";
import { run, runAll } from "./helpers/run.js";
import { unrolled } from "./helpers/unrolled.js";

const draw = (name: string, ...shape: number[]): NdArray => drawArray(floats(...shape), seeded(name));
const i32 = (values: number[]): NdArray => ndarray(values, { dtype: "i32" });

describe("scan", () => {
  test("is the loop of its doc: carries the state, stacks the ys", () => {
    const [last, ys] = runAll(
      (x) => scan((c: Tensor, xt: Tensor) => [add(c, xt), mul(c, xt)], constant(1), x),
      ndarray([1, 2, 3, 4]),
    );
    expect(toNested(last as NdArray)).toBe(11);
    expect(toNested(ys as NdArray)).toEqual([1, 4, 12, 28]);
  });

  test("in reverse runs from the last x, and ys keep their places", () => {
    const [last, ys] = runAll(
      (x) => scan((c: Tensor, xt: Tensor) => [add(mul(c, 10), xt), c], constant(0), x, { reverse: true }),
      ndarray([1, 2, 3, 4]),
    );
    expect(toNested(last as NdArray)).toBe(4321);
    expect(toNested(ys as NdArray)).toEqual([432, 43, 4, 0]);
  });

  test("over nothing returns the initial carry and empty ys", () => {
    const [last, ys] = runAll(
      (x, c) => scan((s: Tensor, xt: Tensor) => [add(s, xt), mul(s, 2)], c, x),
      ndarray([[], []].slice(0, 0), { shape: [0, 2] }),
      ndarray([5, 6]),
    );
    expect(toNested(last as NdArray)).toEqual([5, 6]);
    expect(ys).toMatchObject({ shape: [0, 2] });
  });

  test("takes its length where xs has no leaves", () => {
    const powers = (length: number) =>
      runAll(() => [scan((c: Tensor) => [mul(c, 2), c], constant(1), [], { length })[1]])[0];
    expect(toNested(powers(5) as NdArray)).toEqual([1, 2, 4, 8, 16]);
  });

  test("takes numbers and host data as initial carries, and numbers as next ones", () => {
    const [a, b, c] = runAll(
      (x) => {
        const [carry] = scan(
          (s: { a: Tensor; b: Tensor; c: Tensor }, xt: Tensor) => [
            { a: add(s.a, xt), b: mul(s.b, 2), c: 7 as unknown as Tensor },
            [],
          ],
          { a: 0.5, b: ndarray([1, 2]), c: 1 } as unknown as { a: Tensor; b: Tensor; c: Tensor },
          x,
        );
        return [carry.a, carry.b, carry.c];
      },
      ndarray([1, 2]),
    );
    expect([a, b, c].map((y) => toNested(y as NdArray))).toEqual([3.5, [4, 8], 7]);
  });

  test("carries trees, and hands out trees of ys", () => {
    const { program, outputStructure } = trace(
      (x: { a: Tensor; b: Tensor[] }) =>
        scan(
          (c: { h: Tensor; n: Tensor[] }, xt: typeof x) => [
            { h: add(c.h, xt.a), n: c.n.map((n) => add(n, 1)) },
            { out: { h: c.h }, sums: xt.b.map((b) => add(b, c.h)) },
          ],
          { h: zeros([3]), n: [constant(i32([0]))] },
          x,
        ),
      [{ a: type(["T", 3]), b: [type(["T", 3]), type(["T", 1])] }],
    );
    verify(program);
    expect(program.outputNames).toEqual(["0.h", "0.n.0", "1.out.h", "1.sums.0", "1.sums.1"]);
    expect(outputStructure.kind).toBe("array");
  });

  test("keeps outside what does not depend on its step", () => {
    const { program } = trace(
      (x: Tensor, w: Tensor) =>
        scan((c: Tensor, xt: Tensor) => [tanh(add(c, mul(xt, sigmoid(matmul(w, w))))), []], zeros([2, 2]), x)[0],
      [type(["T", 2, 2]), type([2, 2])],
    );
    // Captured when it is made outside…
    const outside = trace(
      (x: Tensor, w: Tensor) => {
        const g = sigmoid(matmul(w, w));
        return scan((c: Tensor, xt: Tensor) => [tanh(add(c, mul(xt, g))), []], zeros([2, 2]), x)[0];
      },
      [type(["T", 2, 2]), type([2, 2])],
    ).program;
    // … and, since it is found at the outermost place, also when it is written inside.
    expect(countOps(program)).toEqual(countOps(outside));
    expect(countOps(program)["scan/matmul"]).toBeUndefined();
  });

  test("copies constants into its body instead of capturing them", () => {
    const { program } = trace(
      (x: Tensor) => scan((c: Tensor, xt: Tensor) => [add(mul(c, 0.5), xt), []], constant(0), x)[0],
      [type([4])],
    );
    const node = program.equations.find(({ op }) => op.name === "scan");
    expect(node?.params).toMatchObject({ captures: 0 });
  });
});

/** Steps of every kind, as functions of a scan's four operands, the loop given. */
type Loop = typeof scan;
const STEPS: Record<
  string,
  { shapes: number[][]; fn: (loop: Loop, options: ScanOptions, xs: readonly Tensor[]) => Tensor[] }
> = {
  "a recurrent cell": {
    shapes: [
      [5, 2, 3],
      [2, 4],
      [3, 4],
      [4, 4],
    ],
    fn(loop, options, [x, h, w, u]) {
      const step = (c: Tensor, xt: Tensor): [Tensor, Tensor] => {
        const next = tanh(add(matmul(xt, w as Tensor), matmul(c, u as Tensor)));
        return [next, next];
      };
      return loop(step, h as Tensor, x as Tensor, options);
    },
  },
  "two carries that feed each other": {
    shapes: [[4, 3], [3], [3]],
    fn(loop, options, [x, a, b]) {
      const [last, y] = loop(
        (c: { a: Tensor; b: Tensor }, xt: Tensor) => [
          { a: tanh(mul(c.b, xt)), b: add(c.a, mul(0.5, c.b)) },
          mul(c.a, c.b),
        ],
        { a: a as Tensor, b: b as Tensor },
        x as Tensor,
        options,
      );
      return [last.a, last.b, y];
    },
  },
  "a carry that nothing changes, an unused carry and an unused x": {
    shapes: [[4, 3], [3], [3]],
    fn(loop, options, [x, a, b]) {
      const [last, y] = loop(
        ([kept, unused]: [Tensor, Tensor], { v }: { v: Tensor; other: Tensor }): [[Tensor, Tensor], Tensor] => [
          [kept, sub(1, unused)],
          mul(kept, v),
        ],
        [a as Tensor, b as Tensor],
        { v: x as Tensor, other: x as Tensor },
        options,
      );
      return [...last, y];
    },
  },
  "ys of the carry, of x, of what is captured, and of nothing": {
    shapes: [[4, 3], [3], [3]],
    fn(loop, options, [x, c0, w]) {
      const [last, ys] = loop(
        (c: Tensor, xt: Tensor) => [
          tanh(add(c, xt)),
          [c, xt, mul(w as Tensor, 2), ones([2], "f64"), mul(w as Tensor, xt)],
        ],
        c0 as Tensor,
        x as Tensor,
        options,
      );
      return [last, ...ys];
    },
  },
  "an integer counter and a condition": {
    shapes: [[4, 3], [3]],
    fn(loop, options, [x, c0]) {
      const [[last], y] = loop(
        ([c, n]: [Tensor, Tensor], xt: Tensor): [[Tensor, Tensor], Tensor] => {
          const next = select(less(n, 2), tanh(add(c, xt)), mul(c, cast(n, c.dtype)));
          return [[next, add(n, 1)], mul(next, xt)];
        },
        [c0 as Tensor, constant(ndarray(0, { dtype: "i32" }))],
        x as Tensor,
        options,
      );
      return [last, y];
    },
  },
  "a scan within": {
    shapes: [[3, 2, 4], [4], [4]],
    fn(loop, options, [x, c0, w]) {
      return loop(
        (c: Tensor, rows: Tensor) => {
          const [next, ys] = loop(
            (d: Tensor, row: Tensor): [Tensor, Tensor] => [tanh(add(mul(d, w as Tensor), mul(row, c))), mul(d, row)],
            c,
            rows,
            { reverse: !options.reverse },
          );
          return [next, ys];
        },
        c0 as Tensor,
        x as Tensor,
        options,
      );
    },
  },
};

describe.each(Object.entries(STEPS))("a scan with %s", (name, { shapes, fn }) => {
  const inputs = shapes.map((shape, i) => draw(`${name} ${i}`, ...shape));
  const loss = (ys: readonly Tensor[]): Tensor =>
    ys.map((y, i) => sum(mul(y, mul(y, i + 0.5)))).reduce((a, b) => add(a, b));

  const compare = (of: (loop: Loop) => (...xs: Tensor[]) => Tensor[], tolerance: number) => {
    const expected = runAll(of(unrolled as Loop), ...inputs);
    runAll(of(scan), ...inputs).forEach((actual, i) => {
      expect(difference(actual, expected[i] as NdArray, { absolute: tolerance, relative: tolerance })).toBeUndefined();
    });
  };

  test.each([false, true])("equals the unrolled loop (reverse: %s)", (reverse) => {
    compare(
      (loop) =>
        (...xs) =>
          fn(loop, { reverse }, xs),
      0,
    );
  });

  test.each([false, true])("has the unrolled loop's gradient (reverse: %s)", (reverse) => {
    compare(
      (loop) =>
        (...xs) =>
          grad((leaves: Tensor[]) => loss(fn(loop, { reverse }, leaves)), xs),
      1e-12,
    );
  });

  test.each([false, true])("has the unrolled loop's gradient of a gradient (reverse: %s)", (reverse) => {
    compare(
      (loop) =>
        (...xs) =>
          grad((outer: Tensor[]) => loss(grad((leaves: Tensor[]) => loss(fn(loop, { reverse }, leaves)), outer)), xs),
      1e-10,
    );
  });
});

describe("a scan's gradient", () => {
  test("is a scan the other way round", () => {
    const { program } = trace(
      (x: Tensor) =>
        grad((v: Tensor) => sum(scan((c: Tensor, xt: Tensor) => [tanh(add(c, xt)), []], constant(0), v)[0]), x),
      [type(["T"])],
    );
    const directions = program.equations.flatMap(({ op, params }) =>
      op.name === "scan" ? [(params as ScanParams).reverse] : [],
    );
    expect(directions.at(-1)).toBe(true);
  });

  test("reaches only what is asked for: no cotangents of integers", () => {
    const [x, ids] = placeholders([type([3]), type([3], "i32")]) as [Tensor, Tensor];
    const [last] = scan(
      ([c]: [Tensor, Tensor], [xt, id]: [Tensor, Tensor]): [[Tensor, Tensor], []] => [
        [add(mul(c, xt), cast(id, "f32")), id],
        [],
      ],
      [constant(1), constant(ndarray(0, { dtype: "i32" }))],
      [x, ids],
    );
    const [dx, dIds] = backpropagate([last[0]], [constant(1)], [x, ids]);
    expect(dIds).toBeNull();
    const program = makeProgram([x, ids], [dx as Tensor]);
    verify(program);
    // y = ((x0 + i0)·x1 + i1)·x2 + i2
    const [gradient] = evaluateProgram(program, [ndarray([2, 3, 5]), i32([1, 1, 1])]);
    expect(toNested(gradient as NdArray)).toEqual([15, 15, 10]);
  });

  test("keeps no value of a step that is made of much smaller ones, but makes it again from these", () => {
    // q [B, 3] against keys [B, S, 3]: of q·tanh(keys + q), [B, S, 3], the queries are kept.
    const { program } = trace(
      (q0: Tensor, keys: Tensor, W: Tensor) =>
        grad(
          (w) =>
            sum(
              scan(
                (q) => {
                  const query = expandDims(matmul(q, w), { axis: 1 });
                  return [tanh(sum(mul(query, tanh(add(keys, query))), { axis: 1 })), []];
                },
                q0,
                [],
                { length: dim("T") },
              )[0],
            ),
          W,
        ),
      [type(["B", 3]), type(["B", "S", 3]), type([3, 3])],
    );
    const stacks = program.equations.flatMap(({ op, params, outputs }) =>
      op.name === "scan" ? outputs.slice((params as ScanParams).carries).map(({ shape }) => shape.map(dimKey)) : [],
    );
    expect(stacks.length).toBeGreaterThan(0);
    for (const [length, ...shape] of stacks) {
      expect(length).toBe("T");
      expect(shape).not.toContain("S");
    }
  });

  test("of the last carry alone leaves the ys out", () => {
    const { program } = trace(
      (x: Tensor) =>
        grad(
          (v: Tensor) =>
            sum(scan((c: Tensor, xt: Tensor) => [mul(c, xt), matmul(zeros([9, 9]), zeros([9, 9]))], constant(1), v)[0]),
          x,
        ),
      [type([4])],
    );
    verify(program);
    const [gradient] = evaluateProgram(program, [ndarray([1, 2, 3, 4])]);
    expect(toNested(gradient as NdArray)).toEqual([24, 12, 8, 6]);
  });

  test("over no steps hands the carry's cotangent through", () => {
    const both = (x: Tensor, c: Tensor) =>
      Object.values(
        grad(
          (v: { x: Tensor; c: Tensor }) =>
            sum(mul(scan((s: Tensor, xt: Tensor) => [tanh(add(s, xt)), s], v.c, v.x)[0], 3)),
          { x, c },
        ),
      ) as Tensor[];
    const [dx, dc] = runAll(both, ndarray(new Float32Array(0), { shape: [0, 2] }), ndarray([1, 2]));
    expect(dx).toMatchObject({ shape: [0, 2] });
    expect(toNested(dc as NdArray)).toEqual([3, 3]);
  });
});

describe("scan says what is wrong", () => {
  const x = () => placeholders([type(["T", 3])])[0] as Tensor;
  const attempt =
    (init: unknown, next: (c: unknown) => unknown, xs: unknown = x(), options: ScanOptions = {}) =>
    () =>
      scan((c: unknown) => [next(c), []], init, xs, options);

  test.each<[string, () => unknown, string]>([
    [
      "a carry that changes its shape, by its path",
      attempt({ h: zeros([3]), c: [zeros([2]), zeros([3])] }, () => ({
        h: zeros([3]),
        c: [zeros([2]), zeros([3, 1])],
      })),
      "scan: carry.c.1 starts as f32[3] but step returns f32[3, 1]. Make the initial value of that type",
    ],
    [
      "a carry that changes its dtype",
      attempt({ n: constant(i32([1])) }, () => ({ n: zeros([1]) })),
      "scan: carry.n starts as i32[1] but step returns f32[1]",
    ],
    [
      "a carry that is one tensor",
      attempt(zeros([2]), () => zeros([3])),
      "scan: carry starts as f32[2] but step returns f32[3]",
    ],
    [
      "a carry with other keys",
      attempt({ h: zeros([3]), c: zeros([3]) }, () => ({ h: zeros([3]) })),
      "the carry's structure changes from {h, c} to {h}. Return the same keys in the same order.",
    ],
    [
      "a carry with keys in another order",
      attempt({ h: zeros([3]), c: zeros([3]) }, () => ({ c: zeros([3]), h: zeros([3]) })),
      "the carry's structure changes from {h, c} to {c, h}",
    ],
    [
      "xs without a leading axis",
      attempt(zeros([1]), (c) => c, { a: sum(x()) }),
      "scan: xs.a is f32; it needs a leading axis",
    ],
    [
      "xs of different lengths",
      attempt(zeros([1]), (c) => c, { a: x(), b: zeros([4, 3]) }),
      "scan: xs.b is f32[4, 3]; expected T steps along axis 0",
    ],
    ["a length that is not xs'", attempt(zeros([1]), (c) => c, x(), { length: 7 }), "expected 7 steps along axis 0"],
    ["no xs and no length", attempt(zeros([1]), (c) => c, []), "the number of steps is unknown. Pass { length }."],
  ])("of %s", (_, wrong, message) => {
    expect(wrong).toThrow(expect.objectContaining({ name: "ShapeError", message: expect.stringContaining(message) }));
  });

  test("in an error's details too", () => {
    const wrong = attempt({ h: zeros([3]) }, () => ({ h: zeros([4]) }));
    expect(wrong).toThrow(expect.objectContaining({ details: { path: "h", expected: "f32[3]", received: "f32[4]" } }));
  });
});

test("a scan over positions needs no data: iota is an x like another", () => {
  expect(
    toNested(
      run(
        () =>
          scan((c: Tensor, t: Tensor) => [add(c, t), mul(c, t)], constant(ndarray(1, { dtype: "i32" })), iota(4))[1],
      ),
    ),
  ).toEqual([0, 1, 4, 12]);
});
