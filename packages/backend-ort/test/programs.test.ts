import {
  add,
  broadcast,
  concat,
  constant,
  dim,
  evaluateProgram,
  key,
  matmul,
  mul,
  type NdArray,
  optimize,
  type Program,
  pad,
  scan,
  sum,
  type Tensor,
  tanh,
  trace,
  transpose,
  type,
  uniform,
} from "@throughtime/core";
import { difference, evaluateInF64, gradientProgram, randomProgram } from "@throughtime/testkit";
import * as runtime from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OrtBackend, ort } from "../src/index.js";
import { sinkTransposes } from "../src/layout/sink-transposes.js";
import type { Runtime } from "../src/runtime.js";

let backend: OrtBackend;
beforeAll(async () => {
  backend = await ort({ threads: 1 });
});
afterAll(() => backend.close());

async function expectAgreement(
  program: Program,
  inputs: readonly NdArray[],
  prepare = (p: Program) => optimize(p, backend.supports).program,
) {
  const ready = prepare(program);
  const executable = await backend.compile(ready, { donate: inputs.map(() => false) });
  const outputs = await executable.run(await Promise.all(inputs.map((input) => backend.upload(input))));
  const expected = evaluateInF64(program, inputs);
  for (const [i, output] of outputs.entries()) {
    const wrong = difference(await backend.download(output), expected[i] as NdArray, {
      absolute: 2e-5,
      ofLargest: 1e-4,
    });
    expect(wrong).toBeUndefined();
  }
}

describe("a pad beside a transpose, which ONNX Runtime's optimizer moves past it,", () => {
  test("that comes of a loop's layout", async () => {
    const { program } = trace(
      (x: Tensor, W: Tensor) => {
        const [s] = scan(
          ({ a, b }: { a: Tensor; b: Tensor }, _: Tensor[]) => [
            { a: add(a, tanh(b)), b: tanh(matmul(tanh(a), W)) },
            [],
          ],
          { a: x, b: x },
          [],
          { length: 2 },
        );
        return concat([pad(s.a, { axis: 1, before: 1, value: 0.5 }), s.b], { axis: 1 });
      },
      [type([2, 4]), type([4, 4])],
    );
    await expectAgreement(program, [uniform(key(1), [2, 4], -1, 1), uniform(key(2), [4, 4], -1, 1)]);
  });

  test("that stands in the Program", async () => {
    const { program } = trace(
      (x: Tensor) =>
        transpose(tanh(pad(transpose(x, [2, 0, 1]), { axis: 1, before: 2, after: 1, value: 0.5 })), [1, 2, 0]),
      [type([3, 2, 4])],
    );
    await expectAgreement(program, [uniform(key(1), [3, 2, 4], -1, 1)]);
  });

  // Found by a long search, with testkit's randomProgram of size 10.
  test.each([7000142, 7000184, 7001072, 7003292, 7005915, 7009143])("in random Program %i's gradient", async (seed) => {
    const random = randomProgram(seed, { size: 10, smooth: true });
    await expectAgreement(gradientProgram(random.program), random.inputs());
  });
});

test("a product times a number that is repeated to a wider shape, in a sum", async () => {
  const { program } = trace(
    (a: Tensor, b: Tensor, c: Tensor) => add(mul(broadcast(constant(0.5), [2, 4]), matmul(a, b)), c),
    [type([2, 3]), type([3, 1]), type([2, 4])],
  );
  await expectAgreement(program, [uniform(key(1), [2, 3]), uniform(key(2), [3, 1]), uniform(key(3), [2, 4])], (p) => p);
});

describe("sinkTransposes", () => {
  test("does not take a matrix for what a transpose of rank 3 was made of", () => {
    const { program } = trace(
      (x: Tensor, w: Tensor) => mul(transpose(x, [1, 0, 2]), transpose(w)),
      [type([2, 4, 3]), type([3, 2])],
    );
    const inputs = [uniform(key(1), [2, 4, 3]), uniform(key(2), [3, 2])];
    expect(evaluateProgram(sinkTransposes(program), inputs)).toEqual(evaluateProgram(program, inputs));
  });
});

test("an executable whose session for no steps was refused can be released", async () => {
  let refuses = false;
  const stubborn = {
    ...(runtime as unknown as Runtime),
    InferenceSession: {
      create: async (...args: Parameters<typeof runtime.InferenceSession.create>) => {
        if (refuses) throw new Error("no");
        return runtime.InferenceSession.create(...args);
      },
    },
  } as Runtime;
  const own = await ort({ threads: 1, ort: stubborn });
  const { program } = trace(
    (x: Tensor) => scan((c: Tensor, row: Tensor) => [add(c, row), []], sum(x), x)[0],
    [type([dim("T")])],
  );
  const executable = await own.compile(program, { donate: [false] });
  refuses = true;
  await expect(executable.run([await own.upload(uniform(key(1), [0]))])).rejects.toThrow("no");
  executable.release();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await own.close();
});
