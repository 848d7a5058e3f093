import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import { type Backend, compile, key, type Tensor, type Tree } from "@throughtime/core";
import { afterAll, describe, expect, test } from "vitest";
import { type AnyUnrollable, lstm, unroll } from "../src/index.js";
import { i32, random } from "./arrays.js";

const [T, B, D, H] = [4, 4, 3, 3];
const _LENGTHS = [4, 2, 1, 0];
const _GARBAGE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e38];
const MAKERS: readonly (readonly [string, () => Promise<Backend>])[] = [
  ["reference", async () => reference()],
  ["cpu", () => cpu()],
  ["cpu, 2 threads", () => cpu({ threads: 2 })],
  ["ort", () => ort({ threads: 1 })],
];

describe.each(MAKERS)("lengths, on %s", (_, make) => {
  let opened: Promise<Backend> | undefined;
  const backend = () => {
    opened ??= make();
    return opened;
  };
  afterAll(async () => (await opened)?.close());

  test.each([-1, T + 1, 2 ** 31 - 1])("a length of %i is an error", async (length) => {
    const cell: AnyUnrollable = lstm({ inputSize: D, hiddenSize: H });
    const run = compile(await backend(), (p: Tree<Tensor>, xs: Tensor, lengths: Tensor) =>
      unroll(cell, p, xs, { lengths }),
    );
    await expect(run(cell.init(key(3)) as never, random([T, B, D], 1), i32([4, length, 1, 0]))).rejects.toMatchObject({
      name: "DataError",
      message: `unroll: length ${length} is out of range; expected 0 … ${T}. A length counts steps.`,
    });
    run.release();
  });
});
