import { reference } from "@throughtime/backend-reference";
import { add, matmul, mean, mul, type ndarray, scan, sub, type Tensor, zerosArray } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { adam, memoryStore, sgd, sourceOf, type TrainOptions, train } from "../src/index.js";
import { collect } from "./support/collect.js";

interface Batch {
  readonly x: ReturnType<typeof ndarray>;
  readonly y: ReturnType<typeof ndarray>;
}

const batchOf = (B: number): Batch => ({ x: zerosArray([5, B, 2]), y: zerosArray([B, 3]) });
const params = { W: zerosArray([2, 3]), U: zerosArray([3, 3]) };
type Params = typeof params;
type Carry = { readonly h: ReturnType<typeof ndarray> };
type Options = TrainOptions<Params, Batch, Carry>;

const loss: Options["loss"] = (p, { batch, carry }) => {
  const [last] = scan(
    ({ h }: { h: Tensor }, x: Tensor): [{ h: Tensor }, number] => [{ h: add(matmul(x, p.W), matmul(h, p.U)) }, 0],
    { h: carry.h },
    batch.x,
  );
  const error = sub(last.h, batch.y);
  return { loss: mean(mul(error, error)), carry: last };
};

const options: Options = {
  backend: reference(),
  params,
  loss,
  optimizer: sgd({ learningRate: 0.1 }),
  source: sourceOf({ stepsPerEpoch: 2, batchAt: () => batchOf(4) }),
  carry: { h: zerosArray([4, 3]) },
  steps: 2,
};
const wrong = (value: unknown) => value as never;
const run = (others: Partial<Options>) => collect(train({ ...options, ...others }));

test("the options train", async () => {
  expect(await run({})).toHaveLength(2);
});

describe("an option of the wrong kind is said at the call:", () => {
  const cases: readonly (readonly [Partial<Options>, string])[] = [
    [{ backend: wrong(Promise.resolve(reference())) }, "train: the backend is a Promise (write await before it)"],
    [{ backend: wrong(undefined) }, "train: the backend is undefined; expected a Backend."],
    [{ debug: wrong(reference) }, 'train, debug: the backend is the function "reference"'],
    [{ params: wrong(undefined) }, "train: params is undefined; expected arrays made with ndarray()"],
    [{ params: wrong({ W: [1, 2] }) }, "train: params.W.0 is the number 1; expected arrays"],
    [{ params: wrong({ W: new Float32Array(2) }) }, "train: params.W is a Float32Array of 2 (wrap it with ndarray())"],
    [{ params: wrong({ W: Promise.resolve() }) }, "train: params.W is a Promise (write await before it)"],
    [
      { params: { ...params, W: { ...params.W, shape: [7] } } },
      "train: params.W: shape [7] holds 7 elements, received 6",
    ],
    [{ loss: wrong("mse") }, 'train: loss is the string "mse"; expected a function.'],
    [
      { optimizer: wrong(adam) },
      'train: optimizer is the function "adam"; expected one, as adam({ learningRate: 1e-3 }) makes.',
    ],
    [{ optimizer: wrong({ init() {} }) }, 'train: optimizer is an object with "init", without update()'],
    [{ source: wrong([batchOf(4)]) }, "train: source is an array of 1, without next(); expected one, as sourceOf("],
    [{ source: wrong(undefined) }, "train: source is undefined; expected one, as sourceOf("],
    [{ carry: wrong({ h: null }) }, "train: carry.h is null"],
    [{ noise: wrong(0.5) }, "train: noise is the number 0.5; expected a function."],
    [{ clip: wrong(1) }, "train: clip is the number 1; expected a function."],
    [{ schedule: wrong({ warmUp: 5 }) }, 'train: schedule is an object with "warmUp", without factor()'],
    [{ validation: wrong({}), patience: 1 }, "train: validation.source is undefined; expected one"],
    [wrong({ epoch: 3 }), 'train: the options have "epoch"; expected { backend, '],
    [wrong({ validation: { source: options.source, patience: 1 } }), 'train: validation: the options have "patience"'],
    [wrong({ checkpoint: { store: memoryStore(), best: true } }), 'train: checkpoint: the options have "best"'],
    [{ validation: { source: options.source, loss: wrong(1) } }, "train: validation.loss is the number 1"],
    [
      { checkpoint: wrong({ store: "runs" }) },
      'train: checkpoint.store is the string "runs"; expected one, as fileStore(folder)',
    ],
    [{ signal: wrong(new AbortController()) }, "train: signal is an AbortController, without addEventListener()"],
  ];
  test.each(cases.map(([others, message]) => ({ others, message })))("$message", ({ others, message }) => {
    const error = expect.objectContaining({ message: expect.stringContaining(message) });
    expect(() => train({ ...options, ...others })).toThrow(error);
    try {
      train({ ...options, ...others });
    } catch (thrown) {
      expect((thrown as Error).stack?.split("\n")[1]).toContain("border.test.ts");
    }
  });

  test("nothing at all", () => {
    expect(() => train(wrong(undefined))).toThrow("train: the options are undefined");
  });
});

describe("a batch that is none is said by its path:", () => {
  const given = (batch: unknown) => run({ source: sourceOf({ stepsPerEpoch: 2, batchAt: () => batch as Batch }) });
  const { x, y } = batchOf(4);

  test("a key that is missing or mistyped, at the line that reads it", async () => {
    const error = await given({ x, Y: y }).catch((e: unknown) => e as Error);
    expect(error).toMatchObject({
      name: "ArgumentError",
      message: expect.stringMatching(/^sub: argument 2 is undefined; /),
    });
    expect((error as Error).stack?.split("\n")[1]).toMatch(/at loss \(.*border\.test\.ts/);
  });

  test.each([
    [{ x, y: "abc" }, 'train: batch.y is the string "abc"'],
    [{ x, y: null }, "train: batch.y is null"],
    [{ x: x.data, y }, "train: batch.x is a Float32Array of 40 (wrap it with ndarray())"],
    [{ x, y: Promise.resolve(y) }, "train: batch.y is a Promise"],
    [undefined, "train: batch is undefined"],
    [{ x: { ...x, shape: [5, 4] }, y }, "shape [5, 4] holds 20 elements, received 40"],
    [{ x, y: { ...y, dtype: "i32" } }, "i32 is held in a Int32Array, received a Float32Array of 12"],
  ])("%o", async (batch, message) => {
    await expect(given(batch)).rejects.toThrow(message);
  });

  test("what a source gives instead of one", async () => {
    const source = (next: unknown) => ({ ...options.source, next: async () => next as never });
    await expect(run({ source: source(undefined) })).rejects.toThrow("train: the source's next() gave undefined");
    await expect(run({ source: source(batchOf(4)) })).rejects.toThrow("train: the source's next() gave an object with");
    const units = { batch: batchOf(4), cursor: 0, epoch: 0, units: undefined };
    await expect(run({ source: source(units) })).rejects.toThrow("train: the batch's units are undefined");
    await expect(run({ noise: () => "mask" as never })).rejects.toThrow('train: noise is the string "mask"');
  });
});

test("what a loss returns is held to { loss, carry, metrics }", async () => {
  const returns = (value: unknown) => run({ loss: () => value as never, carry: wrong({}) });
  await expect(returns(undefined)).rejects.toThrow(
    "train: the loss returned undefined; expected { loss, carry?, metrics? }",
  );
  await expect(returns({ lss: 1 })).rejects.toThrow('train: the loss returned an object with "lss"');
  await expect(run({ loss: (p) => mean(p.W) as never })).rejects.toThrow("train: the loss returned a tensor f32;");
  const metric = (a: unknown) => run({ loss: (p, inputs) => ({ ...loss(p, inputs), metrics: { a: a as Tensor } }) });
  await expect(metric("good")).rejects.toThrow('train: metric a is the string "good"');
  expect(await metric(3)).toHaveLength(2);
});

describe("batches of another size than the carry's", () => {
  test("in training show the batch and the carry", async () => {
    const error = await run({ carry: { h: zerosArray([2, 3]) } }).catch((e: unknown) => e as Error);
    expect(error).toMatchObject({ name: "ShapeError" });
    expect((error as Error).message).toContain("(step 1: batch.x f32[5, 4, 2], batch.y f32[4, 3]; carry.h f32[2, 3].)");
    expect((error as Error).stack?.split("\n")[1]).toContain("border.test.ts");
  });

  test("in validation say so, and a carry of its own mends it", async () => {
    const source = sourceOf({ stepsPerEpoch: 1, batchAt: () => batchOf(2) });
    await expect(run({ validation: { source } })).rejects.toThrow(
      "(in validation: batch.x f32[5, 2, 2], batch.y f32[2, 3]; carry.h f32[4, 3].)",
    );
    const reports = await run({ validation: { source, carry: { h: zerosArray([2, 3]) } } });
    expect(reports.at(-1)?.validation?.loss).toBe(0);
  });

  test("with named sizes too", async () => {
    const dims = { batch: { x: [null, "B", null], y: ["B", null] }, carry: { h: ["B", null] } };
    await expect(run({ dims, carry: { h: zerosArray([2, 3]) } })).rejects.toThrow("carry.h f32[2, 3].)");
  });
});

test("names of axes are for what there is", async () => {
  expect(() => run({ dims: wrong({ bacth: { x: ["T"] } }) })).toThrow(
    'train: dims: the options have "bacth"; expected { batch, carry, noise }.',
  );
  const validation = { source: options.source, dims: wrong({ x: ["T"] }) };
  expect(() => run({ validation })).toThrow('train: validation.dims: the options have "x"');
  await expect(run({ dims: { batch: { z: [null, "B", null] } } })).rejects.toThrow(
    'batch have "z", but it is an object',
  );
  await expect(run({ dims: { carry: { H: ["B", null] } } })).rejects.toThrow('carry have "H", but it is an object');
  await expect(run({ dims: { noise: { mask: ["B"] } } })).resolves.toHaveLength(2); // a training may be without
});

test("what the loss finds missing is said beside what the batch has", async () => {
  const source = sourceOf({ stepsPerEpoch: 1, batchAt: () => wrong({ X: zerosArray([1]), y: zerosArray([4, 3]) }) });
  await expect(run({ source })).rejects.toMatchObject({
    name: "ArgumentError",
    message: expect.stringContaining("(step 1: batch.X f32[1], batch.y f32[4, 3]; carry.h f32[4, 3].)"),
  });
});

test("a loss is not async", async () => {
  await expect(run({ loss: wrong(async () => ({ loss: 0 })) })).rejects.toThrow("train: the loss is async.");
});

describe("a training runs once", () => {
  test("a second loop is an error, after the end and after a break", async () => {
    const training = train(options);
    for await (const { step } of training) if (step === 1) break;
    const again = async () => {
      for await (const _ of training);
    };
    await expect(again()).rejects.toMatchObject({
      name: "ReleasedError",
      message: expect.stringContaining("runs once"),
    });
    expect((await training.snapshot()).step).toBeGreaterThan(0);
    const other = train({ ...options, checkpoint: { store: memoryStore() } });
    await collect(other);
    await expect(collect(other)).rejects.toThrow(
      'with a checkpoint and resume: "auto" it goes on where this one ended',
    );
  });

  test("a snapshot that is not awaited is a type error", async () => {
    const training = train(options);
    // @ts-expect-error snapshot() is a Promise
    expect(training.snapshot().params).toBeUndefined();
    expect((await training.snapshot()).params).toBe(params);
  });
});
