import { add, type DeviceArray, mul, type NdArray, ndarray, sum, type Tensor } from "@throughtime/core";
import { doubled, doubling, same } from "./arrays.js";
import { type Case, fail, rejects } from "./case.js";
import { compileOn, execute, programOf } from "./run.js";
import { operand, valuesOf } from "./values.js";

const types = [operand([3, 5]), operand([3, 5])];
const product = programOf(([a, b]) => [mul(a as Tensor, b as Tensor), sum(a as Tensor)], types);
const nothing = programOf(() => [], types);
const values = (name: string): [NdArray, NdArray] => valuesOf(name, types) as [NdArray, NdArray];

const multiplied = (a: NdArray, b: NdArray): NdArray =>
  ndarray(
    Float32Array.from(a.data, (x, i) => x * (b.data[i] as number)),
    { shape: a.shape },
  );

/** `donation/…`, `run/…`, `concurrency/…`, `backend/…`: what executables and the backend itself promise. */
export const runningCases = (): Case[] => [
  {
    name: "donation/consumes",
    async run({ backend }) {
      const executable = await compileOn(backend, product, [true, false]);
      const [a, b] = values("donated");
      const [x, y] = [await backend.upload(a), await backend.upload(b)];
      const outputs = await executable.run([x, y]);
      if (x.state !== "donated") fail(`an input that was donated is ${x.state} after the run`);
      if (y.state !== "live") fail(`an input that was not donated is ${y.state} after the run`);
      await rejects(backend.download(x), ["ReleasedError"], "downloading a donated array");
      await rejects(executable.run([x, y]), ["ReleasedError"], "running on a donated array");
      same(await backend.download(y), b, "an input that was not donated");
      same(await backend.download(outputs[0] as DeviceArray), multiplied(a, b), "a result in a donated input's place");
      backend.release(x); // Nothing is left to release.
      for (const array of [y, ...outputs]) backend.release(array);
      executable.release();
    },
  },
  {
    name: "donation/leavesOthers",
    async run({ backend }) {
      const executable = await compileOn(backend, product);
      const [a, b] = values("kept");
      const [x, y] = [await backend.upload(a), await backend.upload(b)];
      for (let i = 0; i < 3; i++) {
        const outputs = await executable.run([x, y]);
        same(await backend.download(outputs[0] as DeviceArray), multiplied(a, b), `the result of run ${i}`);
        for (const array of outputs) backend.release(array);
      }
      same(await backend.download(x), a, "an input after three runs");
      for (const array of [x, y]) backend.release(array);
      executable.release();
    },
  },
  {
    name: "donation/stateThroughSteps",
    async run({ backend }) {
      // A running sum that is donated to every step and handed back by it, with its last value beside it.
      const program = programOf(([s, x]) => [add(s as Tensor, x as Tensor), s as Tensor], types);
      const executable = await compileOn(backend, program, [true, false]);
      const x = await backend.upload(ndarray(new Float32Array(15).fill(1), { shape: [3, 5] }));
      let state = await backend.upload(ndarray(new Float32Array(15), { shape: [3, 5] }));
      for (let step = 0; step < 20; step++) {
        const [next, before] = (await executable.run([state, x])) as [DeviceArray, DeviceArray];
        same(
          await backend.download(before),
          ndarray(new Float32Array(15).fill(step), { shape: [3, 5] }),
          `the state before step ${step}`,
        );
        backend.release(before);
        state = next;
      }
      same(
        await backend.download(state),
        ndarray(new Float32Array(15).fill(20), { shape: [3, 5] }),
        "the state after 20 steps",
      );
      backend.release(state);
      backend.release(x);
      executable.release();
    },
  },
  {
    name: "donation/twiceInOneCall",
    async run({ backend }) {
      // One array as two inputs of which one is donated: the right values, or an error; never garbage.
      const executable = await compileOn(backend, product, [true, false]);
      const [a] = values("twice");
      const x = await backend.upload(a);
      const outputs = await executable.run([x, x]).catch((error: unknown) => error as Error);
      if (Array.isArray(outputs)) {
        same(await backend.download(outputs[0]), multiplied(a, a), "an array given twice and donated once");
        for (const array of outputs) backend.release(array);
      } else if (!["BackendError", "ReleasedError"].includes((outputs as Error).name)) {
        fail(`an array given twice and donated once: ${String(outputs)}`);
      }
      backend.release(x);
      executable.release();
    },
  },
  {
    name: "donation/notWhenRefused",
    async run({ backend }) {
      const executable = await compileOn(backend, product, [true, true]);
      const [a] = values("refused");
      const x = await backend.upload(a);
      const wrong = await backend.upload(ndarray([1, 2, 3]));
      await rejects(executable.run([x, wrong]), ["ShapeError"], "running on a wrong shape");
      if (x.state !== "live") fail(`a run that was refused left a donated input ${x.state}; it must stay live`);
      same(await backend.download(x), a, "an input of a run that was refused");
      for (const array of [x, wrong]) backend.release(array);
      executable.release();
    },
  },
  {
    name: "run/withoutOutputs",
    async run({ backend }) {
      // Nothing is computed, and all else is as ever: inputs are checked, consumed where they are donated, left otherwise.
      const executable = await compileOn(backend, nothing, [true, false]);
      const [a, b] = values("without outputs");
      const [x, y] = [await backend.upload(a), await backend.upload(b)];
      const wrong = await backend.upload(ndarray([1, 2, 3]));
      await rejects(executable.run([x, wrong]), ["ShapeError"], "running on a wrong shape");
      const outputs = await executable.run([x, y]);
      if (outputs.length !== 0) fail(`received ${outputs.length} outputs, expected none`);
      if (x.state !== "donated") fail(`an input that was donated is ${x.state} after the run`);
      same(await backend.download(y), b, "an input that was not donated");
      for (const array of [y, wrong]) backend.release(array);
      executable.release();
      await rejects(executable.run([y, y]), ["ReleasedError"], "running a released executable");
    },
  },
  {
    name: "run/refusesDtype",
    async run({ backend }) {
      const executable = await compileOn(backend, doubling);
      const wrong = await backend.upload(ndarray(new Int32Array(15), { shape: [3, 5] }));
      await rejects(executable.run([wrong]), ["DtypeError"], "running an f32 Program on i32");
      backend.release(wrong);
      executable.release();
    },
  },
  {
    name: "run/refusesCount",
    async run({ backend }) {
      const executable = await compileOn(backend, doubling);
      const x = await backend.upload(values("count")[0]);
      await rejects(executable.run([]), ["BackendError", "ShapeError"], "running without inputs");
      await rejects(executable.run([x, x]), ["BackendError", "ShapeError"], "running with an input too many");
      backend.release(x);
      executable.release();
    },
  },
  {
    name: "run/releasedExecutable",
    async run({ backend }) {
      const executable = await compileOn(backend, doubling);
      const x = await backend.upload(values("released")[0]);
      executable.release();
      executable.release(); // Again does nothing.
      await rejects(executable.run([x]), ["ReleasedError"], "running a released executable");
      backend.release(x);
    },
  },
  {
    name: "run/repeatable",
    async run({ backend }) {
      const program = programOf(
        ([a, b]) => [sum(mul(a as Tensor, b as Tensor)), sum(a as Tensor, { axis: 0 })],
        [operand([64, 65]), operand([64, 65])],
      );
      const inputs = valuesOf(
        "repeatable",
        program.inputs.map(({ shape }) => operand(shape)),
      );
      const first = await execute(backend, program, inputs);
      for (let i = 0; i < 5; i++) {
        (await execute(backend, program, inputs)).forEach((output, at) =>
          same(output, first[at] as NdArray, `run ${i}, output ${at}`),
        );
      }
    },
  },
  {
    name: "concurrency/oneExecutable",
    async run({ backend }) {
      const executable = await compileOn(backend, product);
      const runs = await Promise.all(
        Array.from({ length: 6 }, async (_, i) => {
          const [a, b] = values(`concurrent ${i}`);
          const arrays = await Promise.all([backend.upload(a), backend.upload(b)]);
          const outputs = await executable.run(arrays);
          const result = await backend.download(outputs[0] as DeviceArray);
          for (const array of [...arrays, ...outputs]) backend.release(array);
          return { result, expected: multiplied(a, b) };
        }),
      );
      runs.forEach(({ result, expected }, i) => same(result, expected, `of six runs at once, number ${i}`));
      executable.release();
    },
  },
  {
    name: "concurrency/severalExecutables",
    async run({ backend }) {
      const [a, b] = values("several");
      const results = await Promise.all([
        execute(backend, doubling, [a]),
        execute(backend, product, [a, b]),
        execute(backend, doubling, [b]),
        execute(backend, product, [b, a]),
      ]);
      const expected = [doubled(a), multiplied(a, b), doubled(b), multiplied(b, a)];
      results.forEach(([result], i) => same(result as NdArray, expected[i] as NdArray, `of four at once, number ${i}`));
    },
  },
  {
    name: "backend/twoAtOnce",
    async run({ backend, fresh }) {
      const other = await fresh();
      const [a, b] = values("two backends");
      const [here, there] = await Promise.all([execute(backend, doubling, [a]), execute(other, doubling, [b])]);
      same(here[0] as NdArray, doubled(a), "here");
      same(there[0] as NdArray, doubled(b), "there");
      await other.close();
      same((await execute(backend, doubling, [b]))[0] as NdArray, doubled(b), "here, after the other one was closed");
    },
  },
  {
    name: "backend/close",
    async run({ fresh }) {
      const backend = await fresh();
      const executable = await compileOn(backend, doubling);
      const x = await backend.upload(values("close")[0]);
      await backend.close();
      const names = ["BackendError", "ReleasedError"];
      await rejects(backend.upload(values("close")[0]), names, "uploading to a closed backend");
      await rejects(backend.download(x), names, "downloading from a closed backend");
      await rejects(executable.run([x]), names, "running on a closed backend");
      await rejects(compileOn(backend, doubling), names, "compiling on a closed backend");
      backend.release(x);
      executable.release();
      await backend.close(); // Again does nothing.
    },
  },
  {
    name: "backend/describesItself",
    async run({ backend }) {
      if (backend.name.length === 0) fail("its name is empty");
      if (backend.device.length === 0) fail("device says nothing of what really runs");
    },
  },
];
