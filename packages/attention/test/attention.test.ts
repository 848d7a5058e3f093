import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import {
  add,
  type Backend,
  compile,
  countOps,
  download,
  evaluateProgram,
  flattenTree,
  foldIn,
  isNdArray,
  isTensor,
  key,
  mul,
  type NdArray,
  ndarray,
  normal,
  optimize,
  type Program,
  scan,
  sum,
  type Tensor,
  type Tree,
  toF64,
  toNested,
  trace,
  type,
  valueAndGrad,
} from "@throughtime/core";
import { slopes, widen } from "@throughtime/testkit";
import { afterAll, describe, expect, test } from "vitest";
import {
  type Attention,
  additive,
  attention,
  concatScore,
  coverageLoss,
  dot,
  general,
  type Score,
  scaledDot,
} from "../src/index.js";

const [S, B, Q, M] = [4, 3, 5, 5];
const sizes = { querySize: Q, memorySize: M };
const SCORES: readonly (readonly [string, Score<never>])[] = [
  ["additive", additive({ ...sizes, size: 6 })],
  ["additive with coverage", additive({ ...sizes, coverage: "sum" })],
  ["concat", concatScore(sizes)],
  ["concat with coverage", concatScore({ ...sizes, size: 3, coverage: "sum" })],
  ["dot", dot(sizes)],
  ["general", general({ querySize: Q, memorySize: M })],
  ["scaled dot", scaledDot({ ...sizes, size: 7 })],
] as never;

const random = (shape: readonly number[], salt: number): NdArray => normal(foldIn(key(7), salt), shape);
const i32 = (values: readonly number[]) => ndarray(values, { dtype: "i32" });
const run = (fn: (...args: never[]) => unknown, ...args: readonly unknown[]): NdArray[] => {
  const { program } = trace(fn as (...all: unknown[]) => unknown, args);
  return evaluateProgram(program, flattenTree(args, isNdArray).leaves);
};
const row = ({ data, shape }: NdArray, b: number, rows = shape[0] as number): number[] => {
  const size = data.length / rows;
  return Array.from(data.subarray(b * size, (b + 1) * size));
};

describe.each(SCORES)("%s", (_, score) => {
  const attend = attention(score);
  let salt = 0;
  const params = Object.fromEntries(
    Object.entries(attend.init(key(1)) as Record<string, NdArray>).map(([name, { shape }]) => [
      name,
      random(shape, 100 + salt++),
    ]),
  );
  const [memory, query] = [random([S, B, M], 1), random([B, Q], 2)];
  const steps = (p: never, m: Tensor, queries: Tensor, lengths?: Tensor) => {
    const prepared = attend.prepare(p, m, lengths);
    const [, ys] = scan(
      (state, q: Tensor) => {
        const { context, weights, state: next } = attend.attend(p, q, prepared, state);
        return [next, { context, weights }];
      },
      attend.initialState(prepared),
      queries,
    );
    return ys;
  };

  test("gives weights that sum to 1, and the memory's mean under them", () => {
    const [context, weights] = run(
      (p: never, m: Tensor, q: Tensor) => {
        const result = attend.attend(p, q, attend.prepare(p, m));
        return [result.context, result.weights];
      },
      params,
      memory,
      query,
    ) as [NdArray, NdArray];
    for (let b = 0; b < B; b++) {
      const w = row(weights, b);
      expect(w.reduce((a, x) => a + x)).toBeCloseTo(1, 6);
      const expected = Array.from({ length: M }, (_, k) =>
        w.reduce((total, x, s) => total + x * (memory.data[(s * B + b) * M + k] as number), 0),
      );
      row(context, b).forEach((x, k) => expect(x).toBeCloseTo(expected[k] as number, 5));
    }
  });

  test("never looks past a sequence's end, whatever stands there", () => {
    const queries = random([3, B, Q], 3);
    const lengths = [4, 2, 1];
    const [, weights] = run(steps, params, memory, queries, i32(lengths)) as [NdArray, NdArray];
    const padded = {
      ...memory,
      data: memory.data.map((x, i) => (Math.floor(i / (B * M)) < (lengths[Math.floor(i / M) % B] as number) ? x : 1e3)),
    };
    const other = run(steps, params, padded, queries, i32(lengths));
    expect(other[1]).toEqual(weights);
    for (let t = 0; t < 3; t++) {
      lengths.forEach((length, b) => {
        const w = weights.data.subarray((t * B + b) * S, (t * B + b + 1) * S);
        expect(w.subarray(length).every((x) => x === 0)).toBe(true);
      });
    }
    // A shorter memory, without the padding, gives the same context.
    const short = { data: memory.data.slice(0, 2 * B * M), shape: [2, B, M], dtype: "f32" as const };
    const [one] = run(steps, params, short, queries, i32([2, 2, 1])) as [NdArray];
    const [all] = run(steps, params, memory, queries, i32([2, 2, 1])) as [NdArray];
    one.data.forEach((x, i) => expect(x).toBeCloseTo(all.data[i] as number, 6));
  });

  test("has the gradient that central differences give, over three steps", () => {
    const x = { params, memory, queries: random([3, B, Q], 4) };
    const weight = (leaf: Tensor, i: number) => random(leaf.shape as number[], 50 + i);
    const loss = (v: { params: never; memory: Tensor; queries: Tensor }, lengths: Tensor) =>
      flattenTree(steps(v.params, v.memory, v.queries, lengths), isTensor)
        .leaves.map((leaf, i) => sum(mul(leaf, weight(leaf, i))))
        .reduce((a, b) => add(a, b));
    const withGradient = (v: never, lengths: Tensor) => {
      const [value, gradient] = valueAndGrad((u: never) => loss(u, lengths), v);
      return [value, ...flattenTree(gradient, isTensor).leaves];
    };
    const inputs = [...flattenTree(x, isNdArray).leaves.map(widen), i32([4, 2, 1])];
    const program = toF64(trace(withGradient as (...a: unknown[]) => unknown, [x, i32([4, 2, 1])]).program);
    const errors = slopes(program, inputs);
    expect(errors).toHaveLength(inputs.length - 1);
    for (const { error } of errors) expect(error).toBeLessThan(1e-7);
  });

  test("multiplies the memory with its weights once, outside of the loop over queries", () => {
    const types: Tree<unknown> = [params, type(["S", "B", M]), type(["T", "B", Q]), type(["B"], "i32")];
    const { program } = trace(steps as (...a: unknown[]) => unknown, types as unknown[]);
    const counts = countOps(optimize(program, () => false).program);
    // In the loop only what meets the carry stays, and here that is coverage: without it nothing at all.
    expect(counts["scan/matmul"] ?? 0).toBe(score.coverage === "sum" ? 1 : 0);
  });
});

const MAKERS: readonly (readonly [string, () => Promise<Backend>])[] = [
  ["reference", async () => reference()],
  ["cpu", () => cpu()],
  ["cpu, 2 threads", () => cpu({ threads: 2 })],
  ["ort", () => ort({ threads: 1 })],
];

describe.each(MAKERS)("what stands past a sequence's end, on %s", (_, make) => {
  let opened: Promise<Backend> | undefined;
  const backend = () => {
    opened ??= make();
    return opened;
  };
  afterAll(async () => (await opened)?.close());

  const LENGTHS = [4, 2, 0];
  const paddedWith = (memory: NdArray, value: (k: number) => number): NdArray => ({
    ...memory,
    data: memory.data.map((x, k) =>
      Math.floor(k / (B * M)) < (LENGTHS[Math.floor(k / M) % B] as number) ? x : value(k),
    ) as NdArray["data"],
  });
  const GARBAGE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e38];
  const twoSteps =
    (attend: Attention<never>) => (x: { params: never; memory: Tensor; queries: Tensor }, lengths: Tensor) =>
      valueAndGrad((v: typeof x) => {
        const prepared = attend.prepare(v.params, v.memory, lengths);
        const [, ys] = scan(
          (state, q: Tensor) => {
            const { context, weights, state: next } = attend.attend(v.params, q, prepared, state);
            return [next, { context, weights }];
          },
          attend.initialState(prepared),
          v.queries,
        );
        const parts = flattenTree(ys, isTensor).leaves.map((leaf, i) =>
          sum(mul(leaf, random(leaf.shape as number[], 50 + i))),
        );
        return { ...ys, loss: parts.reduce((a, b) => add(a, b)) };
      }, x);

  test.each(SCORES)("%s: comes into no value and no gradient, and attention over nothing is 0", async (_, score) => {
    const attend = attention(score);
    const on = await backend();
    const run = compile(on, twoSteps(attend as Attention<never>));
    const memory = random([S, B, M], 1);
    const x = { params: attend.init(key(1)), queries: random([2, B, Q], 2) };
    const results = async (padded: NdArray) =>
      (await download(on, await run({ ...x, memory: padded } as never, i32(LENGTHS)))) as unknown as [
        { context: NdArray; weights: NdArray; loss: NdArray },
        { params: unknown; memory: NdArray; queries: NdArray },
      ];
    const clean = await results(paddedWith(memory, () => 0));
    for (const { data } of flattenTree<NdArray>(clean, isNdArray).leaves)
      expect(data.every(Number.isFinite)).toBe(true);
    for (const garbage of [...GARBAGE.map((value) => () => value), (k: number) => GARBAGE[k % 4] as number]) {
      expect(await results(paddedWith(memory, garbage))).toEqual(clean);
    }
    const [{ context, weights }, gradient] = clean;
    const zero = (values: ArrayLike<number>) => Array.from(values).every((value) => value === 0);
    const isPast = (k: number) => Math.floor(k / (B * M)) >= (LENGTHS[Math.floor(k / M) % B] as number);
    expect(zero(Array.from(gradient.memory.data).filter((_, k) => isPast(k)))).toBe(true);
    expect(zero(gradient.memory.data)).toBe(false);
    for (let t = 0; t < 2; t++) {
      LENGTHS.forEach((length, b) => {
        const w = row(weights, t * B + b, 2 * B);
        expect(zero(w.slice(length))).toBe(true);
        expect(w.reduce((a, value) => a + value)).toBeCloseTo(length === 0 ? 0 : 1, 5);
      });
      expect(zero(row(context, t * B + 2, 2 * B))).toBe(true);
      expect(zero(row(gradient.queries, t * B + 2, 2 * B))).toBe(true);
    }
    run.release();
  });

  test("scores however low do not let weight fall on it", async () => {
    const attend = attention(general({ querySize: 1, memorySize: 1 }));
    const on = await backend();
    const run = compile(on, (W: Tensor, memory: Tensor, query: Tensor, lengths: Tensor) => {
      const { context, weights } = attend.attend({ W }, query, attend.prepare({ W }, memory, lengths));
      return { context, weights };
    });
    const { context, weights } = (await download(
      on,
      await run(ndarray([[1]]), ndarray([[[1e16]], [[1e16]], [[5]]]), ndarray([[-1e16]]), i32([2])),
    )) as unknown as { context: NdArray; weights: NdArray };
    expect([...weights.data]).toEqual([0.5, 0.5, 0]);
    expect(context.data[0]).toBe(Math.fround(1e16));
    run.release();
  });

  test.each([-1, S + 1])("a length of %i is an error", async (length) => {
    const attend = attention(dot(sizes));
    const run = compile(
      await backend(),
      (memory: Tensor, query: Tensor, lengths: Tensor) =>
        attend.attend({}, query, attend.prepare({}, memory, lengths)).context,
    );
    await expect(run(random([S, B, M], 1), random([B, Q], 2), i32([1, 1, length]))).rejects.toMatchObject({
      name: "DataError",
      message: `attention: length ${length} is out of range; expected 0 … ${S}. A length counts steps.`,
    });
    run.release();
  });
});

describe("the loop of a decoder whose query is its state", () => {
  const inLoop = (score: Score<never>): number => {
    const attend = attention(score);
    const params = attend.init(key(1));
    const decoder = (p: never, m: Tensor, h: Tensor) => {
      const prepared = attend.prepare(p, m);
      return scan((q: Tensor) => [attend.attend(p, q, prepared).context, []], h, [], { length: 6 })[0];
    };
    const { program } = trace(decoder as (...a: unknown[]) => unknown, [params, type(["S", "B", M]), type(["B", Q])]);
    return countOps(optimize(program as Program, () => false).program)["scan/matmul"] ?? 0;
  };

  test.each([
    ["dot", dot(sizes), 2],
    ["general", general(sizes), 2],
    ["scaled dot", scaledDot(sizes), 3],
    ["additive", additive(sizes), 3],
  ] as never as [string, Score<never>, number][])(
    "%s: the products that read the state, and no more",
    (_, score, expected) => {
      expect(inLoop(score)).toBe(expected);
    },
  );
});

describe("scores say what their papers say", () => {
  const [q, m] = [
    [0.5, -1],
    [2, 3],
  ];
  const value = <P>(score: Score<P>, params: object): number => {
    const [out] = run(
      (p: never, query: Tensor, memory: Tensor) => score.score(p, query, score.keys(p, memory)),
      params,
      ndarray([q]),
      ndarray([[m]]),
    ) as [NdArray];
    return out.data[0] as number;
  };
  const [W, U] = [
    ndarray([
      [1, 0.5],
      [-0.5, 2],
    ]),
    ndarray([
      [0.1, 0.2],
      [0.3, 0.4],
    ]),
  ];
  const two = { querySize: 2, memorySize: 2 };

  test("dot", () => expect(value(dot(two), {})).toBeCloseTo(0.5 * 2 - 3, 6));
  test("general", () => expect(value(general(two), { W: U })).toBeCloseTo(0.5 * (0.2 + 0.9) - (0.4 + 1.2), 6));
  test("scaled dot", () => {
    expect(value(scaledDot(two), { W, U })).toBeCloseTo((1 * 1.1 + -1.75 * 1.6) / Math.SQRT2, 6);
  });
  test("additive", () => {
    const params = { W, U, b: ndarray([0.1, -0.1]), v: ndarray([2, -1]) };
    expect(value(additive(two), params)).toBeCloseTo(2 * Math.tanh(1 + 1.1 + 0.1) - Math.tanh(-1.75 + 1.6 - 0.1), 6);
  });
  test("concat", () => {
    const joined = ndarray([
      [1, 0.5],
      [-0.5, 2],
      [0.1, 0.2],
      [0.3, 0.4],
    ]);
    const expected = 2 * Math.tanh(1 + 1.1) - Math.tanh(-1.75 + 1.6);
    expect(value(concatScore(two), { W: joined, v: ndarray([2, -1]) })).toBeCloseTo(expected, 6);
  });
});

describe("coverage", () => {
  test("is the sum of the earlier weights, and what is attended to again is the loss", () => {
    const attend = attention(additive({ ...sizes, coverage: "sum" }));
    const params = { ...attend.init(key(1)), c: ndarray(new Float32Array(Q).fill(-3)) };
    const [w1, w2, coverage, loss] = run(
      (p: never, m: Tensor, q: Tensor) => {
        const memory = attend.prepare(p, m);
        const first = attend.attend(p, q, memory);
        const second = attend.attend(p, q, memory, first.state);
        const again = coverageLoss(second.weights, first.state.coverage as Tensor);
        return [first.weights, second.weights, second.state.coverage, again];
      },
      params,
      random([S, B, M], 1),
      random([B, Q], 2),
    ) as [NdArray, NdArray, NdArray, NdArray];
    coverage.data.forEach((c, i) => expect(c).toBeCloseTo((w1.data[i] as number) + (w2.data[i] as number), 6));
    expect(w2.data).not.toEqual(w1.data);
    const expected = row(w1, 0).reduce((total, w, s) => total + Math.min(w, w2.data[s] as number), 0);
    expect((toNested(loss) as number[])[0]).toBeCloseTo(expected, 6);
  });
});

describe("what does not fit is named", () => {
  test("sizes", () => {
    expect(() => dot({ querySize: 3, memorySize: 4 })).toThrow(/query of size 3.*memory of size 4.*general\(\)/);
    expect(() => additive({ querySize: 0, memorySize: 4 })).toThrow(/querySize must be an integer of at least 1/);
  });

  test("memory and query of other sizes", () => {
    const attend = attention(dot({ querySize: 4, memorySize: 4 }));
    const memory = (size: number) => trace((m: Tensor) => attend.prepare({}, m), [type(["S", "B", size])]);
    expect(() => memory(5)).toThrow(/memory is f32\[S, B, 5\]; dot was built for \[S, B, 4\]/);
    const step = (m: Tensor, q: Tensor) => attend.attend({}, q, attend.prepare({}, m)).context;
    expect(() => trace(step, [type(["S", "B", 4]), type(["B", 3])])).toThrow(/query is f32\[B, 3\].*\[B, 4\]/);
  });
});
