import {
  add,
  type Backend,
  type DeviceArray,
  type DType,
  identity,
  mul,
  type NdArray,
  ndarray,
  neg,
  type Tensor,
  tanh,
} from "@throughtime/core";
import { difference } from "../compare.js";
import { type Case, fail, rejects } from "./case.js";
import { ALL } from "./ops/op-case.js";
import { compileOn, programOf } from "./run.js";
import { operand, valuesOf } from "./values.js";

const SHAPES: Readonly<Record<string, readonly number[]>> = {
  scalar: [],
  one: [1],
  empty: [2, 0, 3],
  odd: [3, 5, 7],
  large: [100_003],
};

export const same = (actual: NdArray, expected: NdArray, what: string): void => {
  const wrong = actual.dtype === expected.dtype ? difference(actual, expected, {}) : `dtype ${actual.dtype}`;
  if (wrong) fail(`${what}: ${wrong}`);
};

const sample = (dtype: DType = "f32", shape: readonly number[] = [3, 5]): NdArray =>
  valuesOf(`sample ${shape}`, [operand(shape, dtype)])[0] as NdArray;

export const doubling = programOf(([x]) => [mul(x as Tensor, 2)], [operand([3, 5])]);
export const doubled = (x: NdArray): NdArray =>
  ndarray(x.data.map((value) => value * 2) as NdArray["data"], { shape: x.shape });

async function roundTrip(backend: Backend, array: NdArray): Promise<void> {
  const device = await backend.upload(array);
  const facts = {
    kind: device.kind,
    shape: [...device.shape],
    dtype: device.dtype,
    backend: device.backend,
    state: device.state,
  };
  const expected = {
    kind: "device",
    shape: [...array.shape],
    dtype: array.dtype,
    backend: backend.name,
    state: "live",
  };
  if (JSON.stringify(facts) !== JSON.stringify(expected)) {
    fail(`an uploaded array is ${JSON.stringify(facts)}, expected ${JSON.stringify(expected)}`);
  }
  same(await backend.download(device), array, "downloaded");
  same(await backend.download(device), array, "downloaded again");
  backend.release(device);
  if ((device.state as DeviceArray["state"]) !== "released") fail(`a released array's state is ${device.state}`);
}

const roundTrips: readonly Case[] = ALL.flatMap((dtype) =>
  Object.entries(SHAPES).map(
    ([size, shape]): Case => ({
      name: `arrays/roundTrip/${dtype}/${size}`,
      async run({ backend }) {
        if (dtype === "f64" && !backend.supports("add", "f64")) {
          // It need not hold f64; if it takes one, it gives it back whole.
          const refused = await backend.upload(sample(dtype, shape)).then(
            (device) => backend.release(device),
            () => "refused",
          );
          if (refused) return;
        }
        await roundTrip(backend, sample(dtype, shape));
      },
    }),
  ),
);

/** `arrays/…`: what holds for values on a backend, whatever computes them. */
export const arrayCases = (): Case[] => [
  ...roundTrips,
  {
    name: "arrays/uploadCopies",
    async run({ backend }) {
      const array = ndarray(Float32Array.of(1, 2, 3));
      const device = await backend.upload(array);
      array.data[0] = 99;
      same(await backend.download(device), ndarray([1, 2, 3]), "after a change to what was uploaded");
      backend.release(device);
    },
  },
  {
    name: "arrays/downloadCopies",
    async run({ backend }) {
      const device = await backend.upload(ndarray([1, 2, 3]));
      (await backend.download(device)).data[0] = 99;
      same(await backend.download(device), ndarray([1, 2, 3]), "after a change to what was downloaded");
      backend.release(device);
    },
  },
  {
    name: "arrays/subarray",
    async run({ backend }) {
      // A view of a larger buffer, as rows of a data set are.
      const device = await backend.upload(ndarray(Float32Array.of(0, 1, 2, 3, 4, 5).subarray(2, 5)));
      same(await backend.download(device), ndarray([2, 3, 4]), "a view's elements");
      backend.release(device);
    },
  },
  {
    name: "arrays/refused",
    async run({ backend }) {
      // What comes from users is checked where it comes in; JavaScript has no types to do so.
      const array = sample();
      const wrong: readonly (readonly [string, unknown, string])[] = [
        ["undefined", undefined, "ArgumentError"],
        ["a typed array", array.data, "ArgumentError"],
        ["a Promise", Promise.resolve(array), "ArgumentError"],
        ["plain numbers", { ...array, data: [...array.data] }, "ArgumentError"],
        ["too few elements", { ...array, shape: [4, 5] }, "ShapeError"],
        ["half an element", { ...array, shape: [2.5, 6] }, "ShapeError"],
        ["another type's elements", { ...array, dtype: "i32" }, "DtypeError"],
        ["a dtype that is none", { ...array, dtype: "float32" }, "DtypeError"],
        ["a bool of 7", { data: Uint8Array.of(1, 7), shape: [2], dtype: "bool" }, "DtypeError"],
      ];
      for (const [what, value, name] of wrong)
        await rejects(backend.upload(value as NdArray), [name], `uploading ${what}`);
      const executable = await compileOn(backend, doubling);
      const device = await backend.upload(array);
      for (const value of [undefined, array, Promise.resolve(device)]) {
        const none = value as unknown as DeviceArray;
        await rejects(backend.download(none), ["ArgumentError"], "downloading what is no DeviceArray");
        await rejects(executable.run([none]), ["ArgumentError"], "running on what is no DeviceArray");
      }
      for (const value of [undefined, () => 1, {}])
        await rejects(
          backend.compile(value as never, { donate: [] }),
          ["ArgumentError"],
          "compiling what is no Program",
        );
      backend.release(device);
      executable.release();
    },
  },
  {
    name: "arrays/released",
    async run({ backend }) {
      const executable = await compileOn(backend, doubling);
      const device = await backend.upload(sample());
      backend.release(device);
      await rejects(backend.download(device), ["ReleasedError"], "downloading a released array");
      await rejects(executable.run([device]), ["ReleasedError"], "running on a released array");
      backend.release(device); // Again does nothing.
      const other = await backend.upload(sample());
      same(await backend.download(other), sample(), "another array after one was released twice");
      backend.release(other);
      executable.release();
    },
  },
  {
    name: "arrays/foreign",
    async run({ backend, fresh }) {
      const other = await fresh();
      const device = await other.upload(sample());
      const executable = await compileOn(backend, doubling);
      await rejects(backend.download(device), ["BackendError"], "downloading an array of another backend");
      await rejects(executable.run([device]), ["BackendError"], "running on an array of another backend");
      executable.release();
      other.release(device);
      await other.close();
    },
  },
  {
    name: "arrays/outputsOutlive",
    async run({ backend }) {
      // What a Program hands through belongs to the caller, apart from the input that it came from.
      const program = programOf(
        ([x]) => [x as Tensor, identity(x as Tensor), tanh(x as Tensor), tanh(x as Tensor)],
        [operand([3, 5])],
      );
      const executable = await compileOn(backend, program);
      const input = await backend.upload(sample());
      const outputs = await executable.run([input]);
      executable.release();
      backend.release(input);
      if (new Set([input, ...outputs]).size !== 5) fail("two results, or a result and an input, are one DeviceArray");
      for (const output of outputs) if (output.state !== "live") fail(`a result is ${output.state}`);
      const [a, b, c, d] = outputs as [DeviceArray, DeviceArray, DeviceArray, DeviceArray];
      same(await backend.download(a), sample(), "an input that is an output, once the input was released");
      backend.release(a);
      same(await backend.download(b), sample(), "its copy, once that was released");
      backend.release(b);
      const first = await backend.download(c);
      backend.release(c);
      same(await backend.download(d), first, "the second of two equal outputs, once the first was released");
      backend.release(d);
    },
  },
  {
    name: "arrays/constantOutputs",
    async run({ backend }) {
      const program = programOf(() => [neg(ndarray([1, 2, 3]))], []);
      const executable = await compileOn(backend, program);
      const [first] = (await executable.run([])) as [DeviceArray];
      backend.release(first);
      const [second] = (await executable.run([])) as [DeviceArray];
      same(await backend.download(second), ndarray([-1, -2, -3]), "a constant, once the first run's was released");
      backend.release(second);
      executable.release();
    },
  },
  {
    name: "arrays/chained",
    async run({ backend }) {
      // Results of one executable into another, without the host.
      const sums = await compileOn(
        backend,
        programOf(([a, b]) => [add(a as Tensor, b as Tensor)], [operand([3, 5]), operand([3, 5])]),
      );
      const doubles = await compileOn(backend, doubling);
      const x = await backend.upload(sample());
      const [twice] = (await doubles.run([x])) as [DeviceArray];
      const [thrice] = (await sums.run([twice, x])) as [DeviceArray];
      const [four] = (await sums.run([twice, twice])) as [DeviceArray];
      same(await backend.download(four), doubled(doubled(sample())), "one array given twice");
      const expected = sample();
      same(
        await backend.download(thrice),
        ndarray(expected.data.map((v) => Math.fround(2 * v) + v) as NdArray["data"], { shape: [3, 5] }),
        "results given to another executable",
      );
      for (const array of [x, twice, thrice, four]) backend.release(array);
      sums.release();
      doubles.release();
    },
  },
];
