import { reference } from "@throughtime/backend-reference";
import { ndarray, type Tensor, upload } from "@throughtime/core";
import { describe, expect, it } from "vitest";
import { type EvaluateOptions, evaluate, type Source, sgd, sourceOf } from "../src/index.js";
import { collect, tiny } from "./support/collect.js";
import { type Carry, type Chunk, carry, chunk, chunks, freshLoss, loss, type Params, params } from "./support/tiny.js";

const still = sgd({ learningRate: 0 });

const tinyEvaluate = (others: Partial<EvaluateOptions<Params, Chunk, Carry>> & object) =>
  evaluate<Params, Chunk, Carry>({
    backend: reference(),
    params: params(),
    loss: loss as EvaluateOptions<Params, Chunk, Carry>["loss"],
    source: chunks(),
    carry,
    ...others,
  });

describe("evaluate", () => {
  it("is what train measures on its validation source", async () => {
    const backend = reference();
    const report = (await collect(tiny(backend, { optimizer: still, validation: { source: chunks() }, steps: 1 })))[0];
    const { loss: mean, metrics, units } = await tinyEvaluate({ backend });
    expect({ loss: mean, metrics }).toEqual({
      loss: report?.validation?.loss,
      metrics: report?.validation?.metrics,
    });
    expect(metrics.energy).toBeGreaterThan(0);
    let counted = 0;
    const source = chunks();
    for (let next = await source.next(source.start); next && next.epoch === 0; next = await source.next(next.cursor)) {
      counted += next.units;
    }
    expect(units).toBe(counted);
  });

  it("weighs batches by their units", async () => {
    const own = { backend: reference(), params: params(), loss: freshLoss };
    const over = (sizes: readonly number[]) =>
      evaluate({
        ...own,
        source: sourceOf<Chunk>({
          stepsPerEpoch: sizes.length,
          batchAt: (i) => chunk(sizes.length === 1 ? (sizes[0] === 2 ? 1 : 0) : i, sizes[i]),
          units: ({ x }) => x.data.length,
        }),
      });
    const [both, long, short] = [await over([6, 2]), await over([6]), await over([2])];
    const weighted = (long.loss * long.units + short.loss * short.units) / (long.units + short.units);
    expect(long.loss).not.toBeCloseTo(short.loss, 2);
    expect(both.loss).toBeCloseTo(weighted, 6);
    expect(both.units).toBe(long.units + short.units);
  });

  it("takes parameters from the host or from the backend, leaves them there, and nothing else", async () => {
    const backend = reference();
    const placed = await upload(backend, params());
    const before = backend.liveArrays();
    const there = await tinyEvaluate({ backend, params: placed as never });
    expect(backend.liveArrays()).toBe(before);
    expect(await tinyEvaluate({ backend })).toEqual(there);
    expect(backend.liveArrays()).toBe(before);
  });

  it("frees everything where a batch is wrong, and says where it was", async () => {
    const backend = reference();
    const source: Source<Chunk> = {
      start: 0,
      next: async (cursor) => {
        const { x, y } = chunk(0, (cursor as number) + 2);
        const wrong = ndarray([1], { dtype: "i32" });
        return { batch: { x, y: cursor === 0 ? y : wrong }, cursor: (cursor as number) + 1, epoch: 0, units: 1 };
      },
    };
    await expect(tinyEvaluate({ backend, source })).rejects.toThrow(
      /\(in evaluate: batch\.x .*batch\.y i32\[1\]; carry/,
    );
    expect(backend.liveArrays()).toBe(0);
  });

  it("refuses a source of nothing, and options of the wrong kind", async () => {
    const empty: Source<Chunk> = { start: 0, next: async () => null };
    await expect(tinyEvaluate({ source: empty })).rejects.toMatchObject({
      name: "DataError",
      message: "evaluate: the source has no batches. Give it more data.",
    });
    const weightless = sourceOf({ stepsPerEpoch: 1, batchAt: () => chunk(0), units: () => 0 });
    await expect(tinyEvaluate({ source: weightless })).rejects.toThrow("has only batches of 0 units");
    await expect(tinyEvaluate({ noise: "none" } as object)).rejects.toThrow('evaluate: the options have "noise"');
    await expect(tinyEvaluate({ source: {} as never })).rejects.toThrow(
      "evaluate: source is an empty object, without next()",
    );
    await expect(tinyEvaluate({ params: { W: Promise.resolve() } as never })).rejects.toThrow(
      "evaluate: params.W is a",
    );
    await expect(tinyEvaluate({ backend: undefined as never })).rejects.toThrow("evaluate: the backend is undefined");
  });
});

it("a loss's result with a key that train does not know is an error that names those it knows", async () => {
  const mistyped = (p: unknown, inputs: unknown) => {
    const { metrics, ...rest } = loss(p as never, inputs as never) as { loss: Tensor; metrics?: object };
    return { ...rest, metric: metrics };
  };
  const message = 'the loss returned "metric"; expected { loss, carry?, metrics? }';
  await expect(tinyEvaluate({ loss: mistyped as never })).rejects.toThrow(`evaluate: ${message}`);
  await expect(collect(tiny(reference(), { optimizer: still, loss: mistyped as never, steps: 1 }))).rejects.toThrow(
    `train: ${message}`,
  );
});
