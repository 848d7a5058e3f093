import {
  broadcast,
  cast,
  type DeviceArray,
  matmul,
  type NdArray,
  ndarray,
  scan,
  slice,
  type Tensor,
  type Type,
  trace,
  transpose,
  type,
} from "@throughtime/core";
import { difference, evaluateInF64 } from "@throughtime/testkit";
import { expect, test } from "vitest";
import { cpu } from "../src/index.js";

const numbers = ({ shape, dtype }: Type, seed: number): NdArray => {
  const sizes = shape as readonly number[];
  const length = sizes.reduce((a, b) => a * b, 1);
  if (dtype === "bool")
    return ndarray(
      Uint8Array.from({ length }, (_, i) => ((i * 7) % 3 === 0 ? 1 : 0)),
      { shape: sizes, dtype },
    );
  return ndarray(
    Float32Array.from({ length }, (_, i) => Math.sin(i + seed)),
    { shape: sizes },
  );
};

/** A carry's next value: a product of one or two rows, whose matrix is not packed, with the carry as that matrix. */
const product =
  (matrix: (h: Tensor) => Tensor) =>
  (h: Tensor, xs: Tensor): Tensor =>
    scan((state: Tensor, x: Tensor) => [matmul(x, matrix(state)), x], h, xs)[0];

test.each<[string, (...inputs: Tensor[]) => Tensor, readonly Type[]]>([
  [
    "a donated input of bools: numbers are wider",
    (mask) => cast(slice(mask, { axis: 0, start: 0, end: 16 }), "f32"),
    [type([64], "bool")],
  ],
  [
    "a carry that several products read",
    product((h) => broadcast(slice(h, { axis: 0, start: 0, end: 1 }), [3, 2, 5])),
    [type([3, 2, 5]), type([4, 3, 2, 2])],
  ],
  [
    "a carry that a product of one row reads again and again",
    product((h) => broadcast(h, [20, 6])),
    [type([1, 6]), type([4, 1, 20])],
  ],
  [
    "a carry whose every element goes into each element of the next",
    product((h) => broadcast(transpose(h), [24, 24])),
    [type([1, 24]), type([4, 1, 24])],
  ],
])("a result is not written over %s", async (_, fn, types) => {
  const { program } = trace((...inputs: Tensor[]) => [fn(...inputs)], types);
  const inputs = types.map(numbers);
  const backend = await cpu();
  const executable = await backend.compile(program, { donate: types.map(() => true) });
  const [output] = await executable.run(await Promise.all(inputs.map((input) => backend.upload(input))));
  const actual = await backend.download(output as DeviceArray);
  const [expected] = evaluateInF64(program, inputs);
  expect(difference(actual, expected as NdArray, { absolute: 1e-5, ofLargest: 1e-5 })).toBeUndefined();
  await backend.close();
});
