import { reference } from "@throughtime/backend-reference";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  add,
  type Backend,
  type Compiled,
  cast,
  compile,
  type DeviceArray,
  type DimNames,
  download,
  isDeviceArray,
  matmul,
  mean,
  mul,
  type NdArray,
  ndarray,
  putOnBackend,
  release,
  scan,
  sub,
  sum,
  type Tensor,
  tanh,
  toNested,
  upload,
  valueAndGrad,
} from "../src/index.js";

/** A reference backend that counts what is asked of it. */
function counting() {
  const good = reference();
  const counts = { compiled: 0, released: 0, runs: 0, uploads: 0 };
  const backend: Backend = {
    ...good,
    async compile(program, options) {
      counts.compiled++;
      const executable = await good.compile(program, options);
      return {
        run(inputs) {
          counts.runs++;
          return executable.run(inputs);
        },
        release() {
          counts.released++;
          executable.release();
        },
      };
    },
    upload(array) {
      counts.uploads++;
      return good.upload(array);
    },
  };
  return { backend, counts, live: () => good.liveArrays() };
}

const values = async (backend: Backend, array: DeviceArray) => toNested(await backend.download(array));
const vector = (...numbers: number[]): NdArray => ndarray(numbers);

describe("compile", () => {
  test("runs a function of trees and returns its tree", async () => {
    const { backend } = counting();
    const f = compile(backend, (p: { W: Tensor; b: Tensor }, x: Tensor) => ({
      y: add(matmul(x, p.W), p.b),
      parts: [sum(x)],
    }));
    const result = await f(
      {
        W: ndarray([
          [1, 2],
          [3, 4],
        ]),
        b: vector(10, 20),
      },
      ndarray([[1, 1]]),
    );
    expect(await values(backend, result.y)).toEqual([[14, 26]]);
    expect(await values(backend, result.parts[0] as DeviceArray)).toBe(2);
  });

  test("takes device arrays, host arrays, numbers and booleans at any leaf", async () => {
    const { backend } = counting();
    const f = compile(backend, (x: Tensor, y: Tensor, s: Tensor, on: Tensor) =>
      add(mul(x, s), mul(y, cast(on, "f32"))),
    );
    const x = await backend.upload(vector(1, 2));
    expect(await values(backend, await f(x, vector(10, 20), 3, true))).toEqual([13, 26]);
  });

  test("returns numbers as arrays too", async () => {
    const { backend } = counting();
    const f = compile(backend, (x: Tensor) => ({ x: tanh(x), rate: 0.25 }));
    expect(await values(backend, (await f(vector(1))).rate)).toBe(0.25);
  });

  test("knows the types of arguments and results", () => {
    const f = compile(reference(), (p: { W: Tensor }, x: Tensor) => ({
      loss: sum(matmul(x, p.W)),
      ys: [x] as [Tensor],
    }));
    expectTypeOf(f).toExtend<Compiled<[{ W: Tensor }, Tensor], { loss: Tensor; ys: [Tensor] }>>();
    expectTypeOf(f).parameter(0).toExtend<{ W: DeviceArray | NdArray | number | boolean }>();
    expectTypeOf(f).returns.resolves.toEqualTypeOf<{ loss: DeviceArray; ys: [DeviceArray] }>();
  });
});

describe("the cache", () => {
  test("compiles once for one structure, dtypes and shapes", async () => {
    const { backend, counts } = counting();
    let traced = 0;
    const f = compile(backend, (x: Tensor) => {
      traced++;
      return tanh(x);
    });
    for (let i = 0; i < 3; i++) await f(vector(1, 2, 3));
    await f(await backend.upload(vector(1, 2, 3)));
    expect([traced, counts.compiled, counts.runs]).toEqual([2, 2, 4]); // A host array is donated, a device array is not.
    await f(vector(4, 5, 6));
    expect(counts.compiled).toBe(2);
  });

  test.each<[string, NdArray]>([
    ["another size", vector(1, 2)],
    ["another rank", ndarray([[1, 2, 3]])],
    ["another dtype", ndarray([1, 2, 3], { dtype: "f64" })],
  ])("compiles again for %s", async (_, other) => {
    const { backend, counts } = counting();
    const f = compile(backend, (x: Tensor) => tanh(x));
    await f(vector(1, 2, 3));
    await f(other);
    expect(counts.compiled).toBe(2);
    expect(f.programs()).toHaveLength(2);
  });

  test("compiles again for another structure", async () => {
    const { backend, counts } = counting();
    const f = compile(backend, (xs: readonly Tensor[]) => xs.reduce((a, b) => add(a, b)));
    await f([vector(1)]);
    await f([vector(1), vector(2)]);
    expect(counts.compiled).toBe(2);
  });

  test("compiles once for two calls at the same time", async () => {
    const { backend, counts } = counting();
    const f = compile(backend, (x: Tensor) => mul(x, 2));
    const [a, b] = await Promise.all([f(vector(1)), f(vector(2))]);
    expect([await values(backend, a), await values(backend, b)]).toEqual([[2], [4]]);
    expect(counts.compiled).toBe(1);
  });

  test("does not remember a failure", async () => {
    const { backend } = counting();
    let fails = true;
    const f = compile(
      { ...backend, compile: (...all) => (fails ? Promise.reject(new Error("busy")) : backend.compile(...all)) },
      (x: Tensor) => tanh(x),
    );
    await expect(f(vector(0))).rejects.toThrow("busy");
    fails = false;
    expect(await values(backend, await f(vector(0)))).toEqual([0]);
  });
});

describe("named sizes", () => {
  const rnn = (x: Tensor, h: Tensor) => scan((c: Tensor, xt: Tensor) => [tanh(add(c, xt)), c], h, x);

  test("let one Program serve all of them", async () => {
    const { backend, counts } = counting();
    const f = compile(backend, rnn, {
      dims: [
        ["T", "B", null],
        ["B", null],
      ],
    });
    for (const [T, B] of [
      [3, 2],
      [1, 1],
      [5, 4],
    ] as const) {
      const [last, ys] = await f(
        ndarray(new Float32Array(T * B * 2), { shape: [T, B, 2] }),
        ndarray(new Float32Array(B * 2), { shape: [B, 2] }),
      );
      expect([last.shape, ys.shape]).toEqual([
        [B, 2],
        [T, B, 2],
      ]);
    }
    expect(counts.compiled).toBe(1);
    expect(f.stats()).toMatchObject([{ signature: "f32[T,B,2]! f32[B,2]!", calls: 3, compilations: 1 }]);
  });

  test("may stop anywhere in a tree, and fix an axis by leaving it unnamed", async () => {
    const { backend, counts } = counting();
    const f = compile(backend, (batch: { x: Tensor; y: Tensor }, w: Tensor) => sum(mul(matmul(batch.x, w), batch.y)), {
      dims: [{ x: ["B", null] }],
    });
    const call = (B: number, y: NdArray) =>
      f({ x: ndarray(new Float32Array(B * 2), { shape: [B, 2] }), y }, ndarray([[1], [1]]));
    await call(3, ndarray([[1]]));
    await call(7, ndarray([[1]]));
    expect(counts.compiled).toBe(1);
  });

  test("that contradict each other are refused, and nothing is left behind", async () => {
    const { backend, live } = counting();
    const f = compile(backend, rnn, {
      dims: [
        ["T", "B", null],
        ["B", null],
      ],
    });
    const wrong = f(
      ndarray(new Float32Array(12), { shape: [3, 2, 2] }),
      ndarray(new Float32Array(6), { shape: [3, 2] }),
    );
    await expect(wrong).rejects.toMatchObject({
      name: "ShapeError",
      message: expect.stringContaining("with T = 3, B = 2"),
    });
    expect(live()).toBe(0);
  });

  test("must be as many as the rank", async () => {
    const f = compile(reference(), (x: Tensor) => tanh(x), { dims: [["B"]] });
    await expect(f(ndarray([[1]]))).rejects.toMatchObject({
      name: "ShapeError",
      message: expect.stringContaining('compile: dims for argument 1 name ["B"], but it has rank 2. Give an array'),
    });
  });

  const one = ndarray([1]);
  const batchOf = (value: { x: NdArray; mask?: NdArray | undefined }) => value;
  const named = (dims: readonly DimNames[]) =>
    compile(reference(), (batch: { x: Tensor }, _: readonly Tensor[]) => tanh(batch.x), { dims });

  test.each<[readonly DimNames[], string]>([
    [[{ X: ["T"] }], 'argument 1 have "X", but it is an object with "x".'],
    [[{ x: ["T"], y: null, z: ["T"] }], 'argument 1 have "z", but it is an object with "x".'],
    [[null, { first: ["T"] }], 'argument 2 have "first", but it is an array of 1.'],
    [[["T"]], 'argument 1 have "0", but it is an object with "x".'],
    [["T"] as never, 'argument 1 are the string "T"; expected names as a tree'],
    [[{ x: "T" }] as never, 'argument 1.x name the string "T", but it has rank 1.'],
    [[{ x: [2] }], "argument 1.x have the number 2 for a size of 1; expected a name"],
    [[{ x: [["T"]] }], "argument 1.x have an array of 1 for a size of 1; expected a name"],
  ])("must be for what arguments have: %j", async (dims, message) => {
    await expect(named(dims)({ x: one }, [one])).rejects.toThrow(`compile: dims for ${message}`);
  });

  test("may name what is not always there", async () => {
    const dims = [{ x: ["T"], mask: ["T"] }, [["T"], ["T"]], ["T"]];
    const run = named(dims);
    await run(batchOf({ x: one, mask: undefined }), [one]);
    await run(Object.assign(Object.create(null), batchOf({ x: one, mask: one })), []);
    await compile(reference(), (_: Record<string, Tensor>, x: Tensor) => tanh(x), { dims: [{ h: ["B"] }] })({}, one);
    expect(run.programs()).toHaveLength(3 - 1);
  });
});

describe("donation and ownership", () => {
  const sgd = (state: { w: Tensor }, x: Tensor) => {
    const [loss, g] = valueAndGrad((w: Tensor) => mean(mul(sub(mul(w, x), 1), sub(mul(w, x), 1))), state.w);
    return { state: { w: sub(state.w, mul(g, 0.5)) }, loss };
  };

  test("a donated argument is consumed, and says so when it is used again", async () => {
    const { backend } = counting();
    const step = compile(backend, sgd, { donate: 0 });
    const state = await upload(backend, { w: vector(0, 0) });
    const result = await step(state, vector(1, 2));
    expect(state.w.state).toBe("donated");
    await expect(step(state, vector(1, 2))).rejects.toMatchObject({
      name: "ReleasedError",
      message: expect.stringContaining(
        "argument 1.w was donated. A donated argument is consumed: use what the call returned.",
      ),
    });
    expect((await step(result.state, vector(1, 2))).loss.state).toBe("live");
  });

  test("arguments that are not donated stay, and serve again", async () => {
    const { backend } = counting();
    const f = compile(backend, (a: Tensor, b: Tensor) => add(a, b), { donate: [1] });
    const [a, b] = [await backend.upload(vector(1)), await backend.upload(vector(2))];
    await f(a, b);
    expect([a.state, b.state]).toEqual(["live", "donated"]);
  });

  test("what a call uploads for its caller, it frees", async () => {
    const { backend, live } = counting();
    const step = compile(backend, sgd, { donate: 0 });
    let state = await upload(backend, { w: vector(0, 0) });
    for (let i = 0; i < 20; i++) {
      const result = await step(state, vector(1, -1));
      state = result.state;
      backend.release(result.loss);
    }
    expect(live()).toBe(1);
    expect(await values(backend, state.w)).toEqual([expect.closeTo(1, 2), expect.closeTo(-1, 2)]);
  });

  test("it frees them also when the backend fails", async () => {
    const { backend, live } = counting();
    const broken = {
      ...backend,
      compile: async () => ({ run: () => Promise.reject(new Error("no memory")), release: () => undefined }),
    };
    await expect(compile(broken, (x: Tensor) => tanh(x))(vector(1))).rejects.toThrow("no memory");
    expect(live()).toBe(0);
  });

  test("an array that was released is refused by its place", async () => {
    const { backend } = counting();
    const f = compile(backend, (p: { W: Tensor }) => tanh(p.W));
    const W = await backend.upload(vector(1));
    backend.release(W);
    await expect(f({ W })).rejects.toMatchObject({
      name: "ReleasedError",
      details: { path: "0.W", state: "released" },
    });
  });

  test("an array of another backend is refused", async () => {
    const other = { ...reference(), name: "other" };
    const f = compile(other, (x: Tensor) => tanh(x));
    const x = await reference().upload(vector(1));
    await expect(f(x)).rejects.toMatchObject({
      name: "BackendError",
      message: expect.stringContaining("argument 1 lives on reference, but this function runs on other"),
    });
  });
});

describe("stats", () => {
  test("tell what was compiled and what each pass did", async () => {
    const { backend } = counting();
    const f = compile(backend, (x: Tensor) => sum(tanh(add(x, add(1, 2)))));
    await f(vector(1, 2));
    await f(vector(3, 4));
    const [stats] = f.stats();
    expect(stats).toMatchObject({ signature: "f32[2]!", calls: 2 });
    expect(stats?.ops).toMatchObject({ sum: 1, tanh: 1 });
    expect(stats?.traceMs).toBeGreaterThanOrEqual(0);
    expect(stats?.compileMs).toBeGreaterThanOrEqual(0);
    for (const pass of stats?.passes ?? []) {
      expect(pass).toMatchObject({ name: expect.any(String), before: expect.any(Number), after: expect.any(Number) });
    }
    expect(stats?.passes.length).toBeGreaterThan(0);
  });

  test("are a copy: a later call does not change them", async () => {
    const f = compile(reference(), (x: Tensor) => tanh(x));
    await f(vector(1));
    const before = f.stats();
    await f(vector(1));
    expect(before[0]?.calls).toBe(1);
  });

  test("take peak bytes from a backend that plans its memory", async () => {
    const good = reference();
    let peakBytes: number | undefined;
    const planning: Backend = {
      ...good,
      async compile(program, options) {
        const executable = await good.compile(program, options);
        return {
          ...executable,
          get stats() {
            return { peakBytes };
          },
          async run(inputs) {
            peakBytes = 4096;
            return executable.run(inputs);
          },
        } as typeof executable;
      },
    };
    const f = compile(planning, (x: Tensor) => tanh(x));
    await f(vector(1));
    expect(f.stats()[0]?.peakBytes).toBe(4096);
  });
});

describe("release", () => {
  test("frees the executables; what calls returned stays", async () => {
    const { backend, counts } = counting();
    const f = compile(backend, (x: Tensor) => tanh(x));
    const y = await f(vector(0));
    await f(vector(0, 0));
    f.release();
    expect(counts.released).toBe(2);
    expect(await values(backend, y)).toEqual([0]);
    await expect(f(vector(0))).rejects.toMatchObject({ name: "ReleasedError" });
  });

  test("frees also what was still being compiled", async () => {
    const { backend, counts } = counting();
    const f = compile(backend, (x: Tensor) => tanh(x));
    const running = f(vector(0)).catch((error: Error) => error.name);
    f.release();
    await running;
    expect(counts.released).toBe(counts.compiled);
  });
});

test("release frees the DeviceArrays of a tree once, and leaves host data", async () => {
  const { backend, live } = counting();
  const kept = await backend.upload(vector(5));
  const tree = await upload(backend, { a: vector(1), b: [2, vector(3), { on: true }] });
  expect(live()).toBe(3);
  release(backend, [tree, { same: tree.a, host: vector(4) }]);
  expect(live()).toBe(1);
  release(backend, tree);
  expect([live(), kept.state]).toEqual([1, "live"]);
  const wrong: unknown = { a: Promise.resolve(kept) };
  expect(() => release(backend, wrong)).toThrow(
    "release: the tree.a is a Promise (write await before it); expected arrays",
  );
  expect(() => release(undefined as never, tree)).toThrow("release: the backend is undefined; expected a Backend");
});

test("putOnBackend frees what it put there, and nothing else", async () => {
  const { backend, live } = counting();
  const theirs = await backend.upload(vector(1));
  const placed = await putOnBackend(backend, { theirs, ours: vector(2), n: 3 });
  expect([placed.tree.theirs === theirs, isDeviceArray(placed.tree.ours), placed.tree.n]).toEqual([true, true, 3]);
  placed.release();
  placed.release();
  expect([live(), theirs.state, placed.tree.ours.state]).toEqual([1, "live", "released"]);
});

test("where one array cannot be uploaded, none stays on the backend", async () => {
  const { backend, live } = counting();
  let uploads = 0;
  const narrow = {
    ...backend,
    async upload(array: NdArray) {
      if (++uploads === 2) throw new Error("no memory");
      await new Promise((done) => setTimeout(done, 1));
      return backend.upload(array);
    },
  };
  const tree = [vector(1), vector(2), vector(3)];
  for (const put of [upload, putOnBackend] as const) {
    uploads = 0;
    await expect(put(narrow, tree)).rejects.toThrow("no memory");
    expect(live()).toBe(0);
  }
  uploads = 0;
  const sum = compile(narrow, (a: Tensor, b: Tensor, c: Tensor) => add(a, add(b, c)));
  await expect(sum(vector(1), vector(2), vector(3))).rejects.toThrow("no memory");
  expect(live()).toBe(0);
});

test("upload and download go through trees and leave other leaves", async () => {
  const backend = reference();
  const there = await upload(backend, { a: vector(1), b: [2, await backend.upload(vector(3))] as const });
  expect([isDeviceArray(there.a), there.b[0], isDeviceArray(there.b[1])]).toEqual([true, 2, true]);
  const here = await download(backend, there);
  expect([toNested(here.a), here.b[0], toNested(here.b[1])]).toEqual([[1], 2, [3]]);
});
