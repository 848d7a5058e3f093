import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  add,
  bind,
  compile,
  dim,
  div,
  erf,
  evaluateProgram,
  fullArray,
  key,
  matmul,
  mean,
  mul,
  type NdArray,
  ndarray,
  type Program,
  randomBits,
  scan,
  scatterAdd,
  sub,
  sum,
  type Tensor,
  tanh,
  trace,
  type,
  uniform,
  valueAndGrad,
  zeros,
  zerosArray,
} from "@throughtime/core";
import { difference, evaluateInF64, gradientProgram, randomProgram, widen } from "@throughtime/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OrtBackend, ort } from "../src/index.js";

let backend: OrtBackend;
beforeAll(async () => {
  backend = await ort({ threads: 1 });
});
afterAll(() => backend.close());

const TOLERANCE = { absolute: 1e-5, relative: 2e-5 };

async function run(on: OrtBackend, program: Program, inputs: readonly NdArray[]): Promise<NdArray[]> {
  const executable = await on.compile(program, { donate: inputs.map(() => false) });
  const outputs = await executable.run(await Promise.all(inputs.map((input) => on.upload(input))));
  executable.release();
  return Promise.all(outputs.map((output) => on.download(output)));
}

function expectClose(actual: readonly NdArray[], expected: readonly NdArray[]): void {
  expected.forEach((array, i) => expect(difference(widen(actual[i] as NdArray), array, TOLERANCE)).toBeUndefined());
}

/** Where there are so many that toEqual takes seconds. */
const sameNumbers = (a: NdArray, b: NdArray): boolean =>
  a.data.length === b.data.length && a.data.every((x, i) => Object.is(x, b.data[i]));

const rnn = (x: Tensor, w: Tensor, u: Tensor, h0: Tensor, reverse = false) =>
  scan(
    (h: Tensor, v: Tensor) => {
      const next = tanh(add(matmul(h, u), matmul(v, w)));
      return [next, next];
    },
    h0,
    x,
    { reverse },
  );
const rnnTypes = [type(["T", "B", 3]), type([3, 4]), type([4, 4]), type(["B", 4])];
const rnnInputs = (T: number, B: number) =>
  [
    [T, B, 3],
    [3, 4],
    [4, 4],
    [B, 4],
  ].map((shape, i) => uniform(key(i), shape, -1, 1));

describe("sizes", () => {
  test("one session serves every batch size and length", async () => {
    const { program } = trace(rnn as never, rnnTypes);
    const before = backend.statistics().sessionsBuilt;
    const executable = await backend.compile(program, { donate: [false, false, false, false] });
    for (const [T, B] of [
      [5, 2],
      [1, 1],
      [17, 3],
      [5, 2],
    ] as const) {
      const inputs = rnnInputs(T, B);
      const outputs = await executable.run(await Promise.all(inputs.map((input) => backend.upload(input))));
      const actual = await Promise.all(outputs.map((output) => backend.download(output)));
      expectClose(actual, evaluateInF64(bind(program, { T, B }), inputs));
    }
    expect(backend.statistics().sessionsBuilt - before).toBe(1);
  });

  test.each([
    [0, 2],
    [3, 0],
    [0, 0],
  ])("a scan over %i steps with a batch of %i is what it means", async (T, B) => {
    for (const reverse of [false, true]) {
      const { program } = trace(((...xs: [Tensor, Tensor, Tensor, Tensor]) => rnn(...xs, reverse)) as never, rnnTypes);
      const inputs = rnnInputs(T, B);
      expectClose(await run(backend, program, inputs), evaluateInF64(bind(program, { T, B }), inputs));
      const gradient = gradientProgram(program);
      expectClose(await run(backend, gradient, inputs), evaluateInF64(bind(gradient, { T, B }), inputs));
    }
  });

  test("that do not fit are an error with the input's name", async () => {
    const { program } = trace(rnn as never, rnnTypes);
    const inputs = rnnInputs(3, 2).map((input, i) => (i === 3 ? zerosArray([5, 4]) : input));
    await expect(run(backend, program, inputs)).rejects.toThrow(
      /input 3 has shape \[5, 4\]; expected \[B, 4\] with .*B = 2/,
    );
  });
});

describe("random Programs give what evaluate gives", () => {
  test.each(Array.from({ length: 12 }, (_, seed) => seed))(
    "seed %i, forward and gradient, fixed and named sizes",
    async (seed) => {
      for (const symbolic of [false, true]) {
        const random = randomProgram(seed, { symbolic, smooth: true });
        for (const program of [random.program, gradientProgram(random.program)]) {
          const sizes = symbolic ? { T: 6, B: 3 } : random.sizes;
          const inputs = random.inputs(sizes);
          const actual = await run(backend, program, inputs);
          evaluateInF64(bind(program, sizes), inputs).forEach((expected, i) => {
            expect(
              difference(widen(actual[i] as NdArray), expected, { absolute: 1e-4, relative: 1e-4 }),
            ).toBeUndefined();
          });
        }
      }
    },
  );
});

describe("scatterAdd with duplicate indices", () => {
  test.each([65, 10_000])(
    "into %i rows is exact, and the same at every number of threads and every time",
    async (rows) => {
      const [count, width] = [4000, 24];
      // Multiples of 1/8 add up without rounding, so that the exact sum is known.
      const updates = ndarray(
        Float32Array.from(randomBits(key(2), count * width), (bits) => ((bits % 64) - 32) / 8),
        { shape: [count, width] },
      );
      // Many duplicates: only 50 rows are ever hit.
      const indices = ndarray(
        Int32Array.from(randomBits(key(1), count), (bits) => (bits % 50) * Math.floor(rows / 50)),
      );
      const { program } = trace(
        (i: Tensor, u: Tensor) => scatterAdd(zeros([rows, width]), i, u),
        [type(["N"], "i32"), type(["N", width])],
      );
      const expected = evaluateProgram(bind(program, { N: count }), [indices, updates])[0] as NdArray;
      const rough = uniform(key(3), [count, width], -1, 1);
      const seen: NdArray[] = [];
      for (const threads of [1, 2, 4]) {
        const threaded = await ort({ threads });
        const [exact] = (await run(threaded, program, [indices, updates])) as [NdArray];
        expect(sameNumbers(exact, expected)).toBe(true);
        for (let i = 0; i < 3; i++) seen.push((await run(threaded, program, [indices, rough]))[0] as NdArray);
        await threaded.close();
      }
      for (const other of seen) expect(sameNumbers(other, seen[0] as NdArray)).toBe(true);
    },
  );
});

describe("memory", () => {
  test("a donated input is consumed, and its memory serves a later result but never the same call's", async () => {
    const { program } = trace((x: Tensor) => add(x, 1), [type(["N"])]);
    const executable = await backend.compile(program, { donate: [true] });
    let x = await backend.upload(ndarray([1, 2, 3]));
    const host = ndarray([1, 2, 3]);
    for (let i = 0; i < 5; i++) {
      const [y] = await executable.run([x]);
      expect(x.state).toBe("donated");
      await expect(backend.download(x)).rejects.toThrowError(expect.objectContaining({ name: "ReleasedError" }));
      x = y as typeof x;
    }
    expect([...(await backend.download(x)).data]).toEqual([6, 7, 8]);
    expect([...host.data]).toEqual([1, 2, 3]);
  });

  test("what was uploaded and what was downloaded stay the caller's own", async () => {
    const { program } = trace((x: Tensor) => add(x, 1), [type([3])]);
    const executable = await backend.compile(program, { donate: [true] });
    const mine = ndarray([1, 2, 3]);
    const [first] = await executable.run([await backend.upload(mine)]);
    const copy = await backend.download(first as never);
    let y = first;
    for (let i = 0; i < 4; i++) [y] = await executable.run([y as never]);
    expect([...mine.data, ...copy.data]).toEqual([1, 2, 3, 2, 3, 4]);
  });

  test("a hundred training steps leave no more memory than ten", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const { program } = trace((w: Tensor) => sub(w, mul(0.1, w)), [type([1 << 18])]);
    const executable = await backend.compile(program, { donate: [true] });
    let w = await backend.upload(fullArray([1 << 18], 1));
    const after = async (steps: number) => {
      for (let i = 0; i < steps; i++) w = (await executable.run([w]))[0] as typeof w;
      // Finalizers run on later turns of the event loop, and each frees what another one held.
      for (let turn = 0; turn < 20; turn++) {
        collect();
        await new Promise((resolve) => setImmediate(resolve));
      }
      return process.memoryUsage().arrayBuffers;
    };
    const few = await after(10);
    expect((await after(100)) - few).toBeLessThan(1 << 20);
  });

  test("released and foreign arrays are refused by name", async () => {
    const { program } = trace((x: Tensor) => add(x, 1), [type([1])]);
    const executable = await backend.compile(program, { donate: [false] });
    const x = await backend.upload(ndarray([1]));
    backend.release(x);
    expect(x.state).toBe("released");
    await expect(executable.run([x])).rejects.toThrowError(expect.objectContaining({ name: "ReleasedError" }));
    const other = await ort();
    await expect(executable.run([await other.upload(ndarray([1]))])).rejects.toThrow(/lives on another backend/);
    await other.close();
    executable.release();
    await expect(executable.run([x])).rejects.toThrow(/executable was released/);
  });

  test("close waits for what runs; afterwards everything is refused", async () => {
    const own = await ort();
    const { program } = trace((x: Tensor) => sum(matmul(x, x)), [type([300, 300])]);
    const executable = await own.compile(program, { donate: [false] });
    const x = await own.upload(zerosArray([300, 300]));
    const running = executable.run([x]);
    await own.close();
    expect(await running).toHaveLength(1);
    await expect(executable.run([x])).rejects.toThrow(/closed/);
    await expect(own.upload(ndarray([1]))).rejects.toThrowError(expect.objectContaining({ name: "BackendError" }));
    await own.close();
  });
});

describe("errors", () => {
  test("a device that is not there: what is", async () => {
    await expect(ort({ device: "dml" })).rejects.toThrow(/"dml" is not available here: .*\. Available: .*"cpu"/);
    await expect(ort({ device: "tpu" as never })).rejects.toThrow(/There are cpu, webgpu, cuda, dml, coreml/);
    await expect(ort({ threads: 0 })).rejects.toThrowError(expect.objectContaining({ name: "OptionError" }));
  });

  test("an op without a kernel is refused when it is compiled", async () => {
    const { program } = trace((x: Tensor) => erf(x), [type([1], "f64")]);
    expect(backend.supports("erf", "f64")).toBe(false);
    await expect(backend.compile(program, { donate: [false] })).rejects.toThrow(/cannot run erf on f64/);
  });

  test("what ONNX Runtime refuses while running names the Program's op", async () => {
    const { program } = trace(
      (x: Tensor, i: Tensor) => add(scatterAdd(x, i, zeros([1, 2])), 1),
      [type([1000, 2]), type([1], "i32")],
    );
    await expect(run(backend, program, [zerosArray([1000, 2]), ndarray(Int32Array.of(5000))])).rejects.toThrow(
      /scatterAdd/,
    );
  });

  test("dividing whole numbers by zero does not end the process", async () => {
    const { program } = trace((a: Tensor, b: Tensor) => div(a, b), [type([4], "i32"), type([4], "i32")]);
    const [y] = await run(backend, program, [
      ndarray(Int32Array.of(7, -(2 ** 31), 7, -7)),
      ndarray(Int32Array.of(0, -1, -1, 2)),
    ]);
    expect([...(y as NdArray).data].slice(1)).toEqual([-(2 ** 31), -7, -3]);
  });

  test("the device says what really runs", () => {
    expect(backend.device).toMatch(/^ONNX Runtime 1\.30 · CPU · 1 thread$/);
  });
});

test("a training step, compiled once, learns", async () => {
  const loss = (p: { W: Tensor; U: Tensor }, x: Tensor) => {
    const [, ys] = rnn(x, p.W, p.U, zeros([dim("B"), 4]));
    return mean(mul(sub(ys, 0.5), sub(ys, 0.5)));
  };
  const step = compile(
    backend,
    (p: { W: Tensor; U: Tensor }, x: Tensor) => {
      const [value, g] = valueAndGrad((q: typeof p) => loss(q, x), p);
      return { p: { W: sub(p.W, g.W), U: sub(p.U, g.U) }, loss: value };
    },
    { donate: 0, dims: [null, ["T", "B", null]] },
  );
  const [x, W, U] = rnnInputs(9, 5) as [NdArray, NdArray, NdArray, NdArray];
  let state = await step({ W, U } as never, x);
  const first = (await backend.download(state.loss)).data[0] as number;
  for (let i = 0; i < 50; i++) state = await step(state.p as never, x);
  expect((await backend.download(state.loss)).data[0]).toBeLessThan(first / 3);
  step.release();
});
