import { reference } from "@throughtime/backend-reference";
import { div, log, mul, ndarray, sub, sum } from "@throughtime/core";
import { describe, expect, it } from "vitest";
import { clipByNorm, decodeCheckpoint, LAST, memoryStore, type Report, sgd, sourceOf, train } from "../src/index.js";
import { distance, numbers, tiny } from "./support/collect.js";
import { params } from "./support/tiny.js";

async function until(training: AsyncIterable<Report>): Promise<{ reports: Report[]; error: Error }> {
  const reports: Report[] = [];
  try {
    for await (const report of training) reports.push(report);
  } catch (error) {
    return { reports, error: error as Error };
  }
  throw new Error("it ended without an error");
}

/** x ← x − lr·dx of −ln(1 − Σx): its second step takes the logarithm of a negative number. */
const leaping = (others: object = {}) =>
  train({
    backend: reference(),
    params: { x: ndarray([0, 0.5]) },
    loss: (p) => ({ loss: sub(0, log(sub(1, sum(p.x)))) }),
    optimizer: sgd({ learningRate: -0 }),
    schedule: () => 1,
    source: sourceOf({ stepsPerEpoch: 4, batchAt: () => ({ none: ndarray([0]) }) }),
    steps: 10,
    ...others,
  });

describe("a loss that is NaN", () => {
  // The gradient is 1 / (1 − Σx) = 2 for both; a step of −0.2 makes Σx 1.3.
  const uphill = { optimizer: { ...sgd({ learningRate: 0 }), learningRate: -0.2 } };

  it("is a NonFiniteError with the step, the rate, and what to do", async () => {
    const { reports, error } = await until(leaping(uphill));
    expect(reports.map(({ step }) => step)).toEqual([1]);
    expect(error.name).toBe("NonFiniteError");
    expect(error.message).toMatch(
      /^train: at step 2 the loss is NaN\. Lower the learning rate \(it was -0\.2\) or clip/,
    );
    expect(error).toMatchObject({ details: { step: 2, learningRate: -0.2 } });
  });

  it("leaves the last good checkpoint as it was, and the snapshot says why there is none", async () => {
    const store = memoryStore();
    const training = leaping({ ...uphill, checkpoint: { store, every: { steps: 1 } } });
    const { error } = await until(training);
    expect(error.message).toContain("The checkpoint of step 1 is as it was.");
    const kept = await decodeCheckpoint(await store.read(LAST));
    expect(kept.step).toBe(1);
    expect(numbers(kept.params).x).toEqual([Math.fround(0.4), Math.fround(0.9)]);
    await expect(training.snapshot()).rejects.toBe(error);
  });

  it("is traced to the first equation that made it, by a debugging backend", async () => {
    const debug = reference({ nanCheck: true });
    const { error } = await until(leaping({ ...uphill, debug }));
    expect(error.message).toMatch(
      /^train: at step 2 the loss is NaN\. It begins here: log: expected finite values, received NaN/,
    );
    expect(error.cause).toMatchObject({ name: "NonFiniteError" });
    expect(debug.liveArrays()).toBe(0);
  });

  it("is given its step where the backend itself looks for it", async () => {
    const backend = reference({ nanCheck: true });
    const { error } = await until(leaping({ ...uphill, backend }));
    expect(error.message).toMatch(/^train: at step 2 a value is not finite\. It begins here: log: expected finite/);
    expect(backend.liveArrays()).toBe(0);
  });
});

describe("what the learning rate is not to blame for", () => {
  const squared = (others: Partial<Parameters<typeof train>[0]>) =>
    train({
      backend: reference(),
      params: { x: ndarray([1, 2]) },
      loss: (p, { batch }) => ({ loss: sum(mul(p.x, sub(p.x, batch.y))) }),
      optimizer: sgd({ learningRate: 0.01 }),
      source: sourceOf({
        stepsPerEpoch: 4,
        batchAt: (i) => ({ y: ndarray(i === 2 ? [0, Number.NaN, Number.NaN] : [0, 1, 2]) }),
      }),
      steps: 10,
      ...(others as object),
    });
  const wrong = { x: ndarray([1, 2, 3]) };

  it.each([1, 2])("a NaN in the data is named, with where it stands (%i micro-batches)", async (accumulate) => {
    const { error } = await until(squared({ params: wrong, accumulate }));
    const [step, path] = accumulate === 1 ? [3, "batch.y"] : [2, "batch.0.y"];
    expect(error.message).toContain(
      `at step ${step} the loss is NaN. ${path} holds NaN, at 1 of 3. Look at where it comes from.`,
    );
    expect(error.message).not.toContain("earning rate");
    expect(error).toMatchObject({ details: { step, cause: `${path} holds NaN, at 1 of 3` } });
  });

  it("nor for a first parameter", async () => {
    const { error } = await until(squared({ params: { x: ndarray([1, Number.POSITIVE_INFINITY, 3]) } }));
    expect(error.message).toMatch(/at step 1 .* params\.x holds Infinity, at 1 of 3\./);
    expect(error.message).not.toContain("earning rate");
  });

  it("nor for a loss that is not finite before any update", async () => {
    const { error } = await until(leaping({ params: { x: ndarray([1, 0.5]) } }));
    expect(error.message).toMatch(
      /^train: at step 1 the loss is NaN\. No update was made yet, so that the learning rate is not to blame/,
    );
    expect(error.message).not.toContain("Lower");
  });
});

it("a gradient that is Inf is one too, though the loss is finite", async () => {
  const overflowing = train({
    backend: reference(),
    params: { x: ndarray([1e-30, 1]) },
    loss: (p) => ({ loss: sum(mul(1e-30, div(p.x, mul(p.x, 1e-10)))) }),
    optimizer: sgd({ learningRate: 1 }),
    source: sourceOf({ stepsPerEpoch: 1, batchAt: () => ({}) }),
    steps: 3,
  });
  const { error } = await until(overflowing);
  expect(error.message).toMatch(/at step 1 the gradient's norm is (NaN|Infinity)/);
});

it("parameters that overflow in the update are not saved, though loss and gradient were finite", async () => {
  const store = memoryStore();
  const training = train({
    backend: reference(),
    params: { x: ndarray([1, 1]) },
    loss: (p) => ({ loss: sum(mul(p.x, 1e18)) }),
    optimizer: sgd({ learningRate: 1e25 }),
    source: sourceOf({ stepsPerEpoch: 1, batchAt: () => ({}) }),
    checkpoint: { store, every: { steps: 1 } },
    steps: 3,
  });
  const { error } = await until(training);
  expect(error.message).toMatch(/at step 1 the update left -Infinity in params\.x\./);
  const kept = await decodeCheckpoint(await store.read(LAST));
  expect(kept.step).toBe(0);
  expect(numbers(kept.params).x).toEqual([1, 1]);
});

it("a rate that explodes is caught within a few steps, and a clipped gradient survives it", async () => {
  const store = memoryStore();
  const wild = tiny(reference(), {
    optimizer: sgd({ learningRate: 3e38 }),
    steps: 50,
    checkpoint: { store, every: { steps: 1 } },
  });
  const { error } = await until(wild);
  expect(error.name).toBe("NonFiniteError");
  const { step, params: kept } = await decodeCheckpoint(await store.read(LAST));
  expect(Object.values(numbers(kept)).flat().every(Number.isFinite)).toBe(true);
  if (step === 0) expect(distance(kept, params())).toBe(0);
  const tame = tiny(reference(), { optimizer: sgd({ learningRate: 1 }), clip: clipByNorm(0.1), steps: 20 });
  for await (const { loss } of tame) expect(Number.isFinite(loss)).toBe(true);
});
