import { setFlagsFromString } from "node:v8";
import {
  broadcast,
  compile,
  type DeviceArray,
  download,
  matmul,
  ndarray,
  scan,
  sum,
  type Tensor,
  tanh,
  trace,
  type,
} from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { newCpu } from "../src/backend.js";
import { cpu } from "../src/index.js";
import { newMachine } from "../src/machine/choose.js";
import { type Environment, environment, type Thread } from "../src/machine/environment.js";
import { planProgram } from "../src/plan/plan.js";
import { trainInputs, trainStep } from "./support/step.js";

setFlagsFromString("--experimental-wasm-relaxed-simd");

/** Weights after three steps. */
async function trained(simd: "plain" | "relaxed", threads: number) {
  const backend = await cpu({ simd, threads });
  const step = compile(backend, trainStep, { donate: 0 });
  const { params, ids } = trainInputs(30, 48, 9, 20);
  let state = params as never;
  for (let i = 0; i < 3; i++) state = (await step(state, ids)).params as never;
  const weights = await download(backend, state);
  await backend.close();
  return weights;
}

/** An endless enough Program: a scan of so many steps. */
const long = (steps: number) => (x: Tensor) =>
  scan((h: Tensor, i: Tensor) => [tanh(matmul(h, h)), i], x, broadcast(0, [steps]))[0];

/** Node's workers, and a list of those that were started. */
function watched(over: Partial<Environment> = {}) {
  const threads: Thread[] = [];
  const real = environment();
  const from: Environment = {
    ...real,
    spawn(script, events) {
      const thread = (real.spawn as NonNullable<Environment["spawn"]>)(script, events);
      threads.push(thread);
      return thread;
    },
    ...over,
  };
  return { from, threads };
}

const square = (side: number) =>
  ndarray(
    Float32Array.from({ length: side * side }, (_, i) => Math.sin(i) / side),
    { shape: [side, side] },
  );

describe.each(["plain", "relaxed"] as const)("with %s SIMD", (simd) => {
  test("a training step gives the same bits on 1, 2 and 4 threads", async () => {
    const one = await trained(simd, 1);
    expect(await trained(simd, 2)).toEqual(one);
    expect(await trained(simd, 4)).toEqual(one);
  });
});

describe("what is split", () => {
  const kindsOf = (side: number) => {
    const { program } = trace((x: Tensor) => [tanh(matmul(x, x))], [type([side, side])]);
    return planProgram(program, [], { threads: 2, worth: 2000 }).steps.map(({ kind }) => kind);
  };
  test("large products and long loops", () => expect(kindsOf(256)).toEqual(["split", "split", "split"]));
  test("not small ones", () => expect(kindsOf(8)).toEqual(["pack", "matmul", "map"]));
});

test.each([2, 3, 4])("sums of columns that do not divide evenly among %i threads", async (threads) => {
  const machine = { ...(await newMachine(threads)), worth: 0 };
  const backend = newCpu(machine, false);
  // The last thread has one column of each matrix.
  const [rows, columns] = [5, 16 * (threads - 1) + 1];
  const x = ndarray(
    Float32Array.from({ length: 2 * rows * columns }, (_, i) => i),
    { shape: [2, rows, columns] },
  );
  const { data } = await backend.download(
    (await compile(backend, (y: Tensor) => sum(y, { axis: 0 }))(x)) as DeviceArray,
  );
  expect([...data]).toEqual(Array.from({ length: rows * columns }, (_, i) => 2 * i + rows * columns));
  await backend.close();
});

describe("where it runs", () => {
  const deviceOf = async (threads: number, over: Partial<Environment> = {}) => {
    const machine = await newMachine(threads, watched(over).from);
    const backend = newCpu(machine, false);
    const { device } = backend;
    const run = compile(backend, (x: Tensor) => tanh(matmul(x, x)));
    const y = await backend.download((await run(square(3))) as DeviceArray);
    expect([...y.data].every((value) => Math.abs(value) > 0)).toBe(true);
    await backend.close();
    return device;
  };
  test.each<[string, number, Partial<Environment>, string]>([
    ["one thread: the caller's", 1, {}, "WebAssembly · SIMD · 1 thread"],
    ["several: workers", 3, {}, "WebAssembly · SIMD · 3 threads in workers"],
    ["a page's main thread: never there", 1, { isPage: true }, "WebAssembly · SIMD · 1 thread in a worker"],
    [
      "without shared memory: one, and it says why",
      4,
      { sharesMemory: false },
      "WebAssembly · SIMD · 1 thread; no shared memory, since the page is not cross-origin isolated",
    ],
    [
      "in a page without shared memory: one worker with its own",
      4,
      { sharesMemory: false, isPage: true },
      "WebAssembly · SIMD · 1 thread in a worker; no shared memory, since the page is not cross-origin isolated",
    ],
    ["without workers: one", 2, { spawn: undefined }, "WebAssembly · SIMD · 1 thread; no workers"],
  ])("%s", async (_, threads, over, expected) => {
    expect(await deviceOf(threads, over)).toBe(expected);
  });

  test("a number of threads that makes no sense is refused", async () => {
    for (const threads of [0, -1, 1.5, 65])
      await expect(cpu({ threads })).rejects.toMatchObject({ name: "OptionError" });
  });
});

describe("survival", () => {
  const backendWith = async (threads: number, over: Partial<Environment> = {}) => {
    const { from, threads: started } = watched(over);
    return { backend: newCpu(await newMachine(threads, from), false), started };
  };

  test.each([
    ["the first", 0],
    ["another", 1],
  ])("when %s worker dies, what it computed is a BackendError, and so is what comes after", async (_, at) => {
    const { backend, started } = await backendWith(2);
    const run = compile(backend, long(1_000_000));
    const running = run(square(128));
    const failed = expect(running).rejects.toMatchObject({ name: "BackendError", message: /worker died.*cpu\(\)/s });
    setTimeout(() => started[at]?.terminate(), 300);
    await failed;
    const short = compile(backend, (x: Tensor) => tanh(x));
    for (const later of [run(square(128)), short(square(2))])
      await expect(later).rejects.toMatchObject({ name: "BackendError", message: /worker died/ });
    await backend.close();
  });

  test.each<[string, number, Partial<Environment>]>([
    ["two threads", 2, {}],
    ["a worker with its own memory", 1, { isPage: true, sharesMemory: false }],
  ])("closing while a step runs ends it with a BackendError: %s", async (_, threads, over) => {
    const { backend } = await backendWith(threads, over);
    const running = compile(backend, long(1_000_000))(square(128));
    const failed = expect(running).rejects.toMatchObject({ name: "BackendError", message: /closed/ });
    setTimeout(() => void backend.close(), 300);
    await failed;
  });

  test("the event loop goes on while a step runs", async () => {
    const { backend } = await backendWith(2);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const run = compile(backend, long(300));
    await run(square(256));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
    await backend.close();
  });

  test("an input that is released while a run waits for its turn is read all the same", async () => {
    const { backend } = await backendWith(2);
    const run = compile(backend, long(20));
    const x = await backend.upload(square(128));
    // Compiled before, since what is released while its Program is compiled is gone.
    const expected = await backend.download((await run(x)) as DeviceArray);
    const runs = [run(x), run(x), run(x)];
    await new Promise((resolve) => setTimeout(resolve));
    backend.release(x);
    // Would be given the block, were it free.
    await backend.upload(ndarray(new Float32Array(128 * 128).fill(9)));
    for (const result of runs) expect(await backend.download((await result) as DeviceArray)).toEqual(expected);
    await backend.close();
  });

  test("two backends in one process compute side by side", async () => {
    const [a, b] = await Promise.all([cpu({ threads: 2 }), cpu({ threads: 3 })]);
    const results = await Promise.all(
      [a, b].map(async (backend) => backend.download((await compile(backend, long(10))(square(128))) as DeviceArray)),
    );
    expect(results[0]).toEqual(results[1]);
    const foreign = await a.upload(square(2));
    expect(() => b.release(foreign)).toThrow(/another/);
    await Promise.all([a.close(), b.close()]);
  });
});
