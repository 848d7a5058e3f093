import { reference } from "@throughtime/backend-reference";
import {
  evaluateProgram,
  flattenTree,
  foldIn,
  isNdArray,
  key,
  type NdArray,
  scalar,
  type Tensor,
  trace,
  unflattenTree,
  valueAndGrad,
} from "@throughtime/core";
import { describe, expect, it } from "vitest";
import { adam, clipByNorm, globalNorm, sgd, sourceOf, warmUp } from "../src/index.js";
import { collect, distance, noting, numbers, tiny } from "./support/collect.js";
import { type Chunk, carry, chunk, loss, mask, params, T } from "./support/tiny.js";

/** Runs a function over trees of host data through the evaluator alone. */
function evaluated<A extends readonly unknown[]>(fn: (...args: never) => unknown, ...args: A): unknown {
  const { program, outputStructure } = trace(fn as (...args: unknown[]) => unknown, args);
  return unflattenTree(outputStructure, evaluateProgram(program, flattenTree<NdArray>(args, isNdArray).leaves));
}

const halfOff = (step: number) => 0.5 ** step;

describe("a training step", () => {
  it("is the loss, its gradient, clipping and the update, with the state that the batch before left", async () => {
    const optimizer = adam({ learningRate: 0.05 });
    const training = tiny(reference(), { optimizer, clip: clipByNorm(0.3), schedule: halfOff, key: key(9), steps: 6 });
    const reports = await collect(training);

    type Model = { params: ReturnType<typeof params>; state: unknown; carry: typeof carry };
    type Out = Model & { loss: NdArray; norm: NdArray };
    let model: Model = { params: params(), state: optimizer.init(params()), carry };
    for (const [i, report] of reports.entries()) {
      const noise = mask(foldIn(key(9), i + 1));
      const now = { learningRate: scalar(0.05 * halfOff(i)), step: scalar(i + 1) };
      const given = { ...model, carry: i % 4 === 0 ? carry : model.carry };
      const out = evaluated(
        (
          m: { params: never; state: unknown; carry: never },
          batch: never,
          drawn: never,
          at: { learningRate: Tensor; step: Tensor },
        ) => {
          const [value, grads] = valueAndGrad((p) => loss(p, { batch, carry: m.carry, noise: drawn }), m.params);
          const norm = globalNorm(grads);
          const next = optimizer.update(m.params, clipByNorm(0.3)(grads, norm), m.state, at);
          return { ...next, carry: value.carry, loss: value.loss, norm };
        },
        given,
        chunk(i % 4),
        noise,
        now,
      ) as Out;
      expect(report).toMatchObject({ step: i + 1, epoch: Math.floor(i / 4), learningRate: 0.05 * halfOff(i) });
      expect(report.loss).toBeCloseTo(out.loss.data[0] as number, 6);
      expect(report.gradientNorm).toBeCloseTo(out.norm.data[0] as number, 6);
      model = out;
    }
    expect(reports.length).toBe(6);
    expect(distance((await training.snapshot()).params, model.params)).toBeLessThan(1e-6);
  });

  it("is one call of one Program, whatever the learning rate", async () => {
    const { backend, notes } = noting(reference());
    const training = tiny(backend, { optimizer: adam(), schedule: warmUp(halfOff, { steps: 3 }), steps: 8 });
    expect(training.stats()).toEqual([]);
    await collect(training);
    expect(training.stats()).toMatchObject([{ calls: 8, passes: expect.anything() }]);
    expect(notes.filter((note) => note === "compile").length).toBe(1);
    expect(notes.filter((note) => note === "run").length).toBe(8);
  });

  it("is under way while the one before it is reported", async () => {
    const { backend, notes } = noting(reference());
    const seen: number[] = [];
    for await (const _ of tiny(backend, { optimizer: sgd({ learningRate: 0.1 }), steps: 4 })) {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(notes.filter((note) => note === "run").length);
    }
    expect(seen).toEqual([2, 3, 4, 4]);
  });

  it("runs batches of any length and width through one Program where their axes have names", async () => {
    const { backend, notes } = noting(reference());
    const sizes = [T, T, 4, 1];
    const source = sourceOf<Chunk>({
      stepsPerEpoch: 4,
      batchAt: (i) => chunk(i, sizes[i]),
      units: ({ x }) => x.data.length,
    });
    const dims = { batch: { x: ["T", "B"], y: ["T", "B"] }, carry: { h: ["B", null] } };
    const training = tiny(backend, {
      optimizer: sgd({ learningRate: 0.1 }),
      source,
      dims,
      noise: undefined,
      epochs: 2,
    });
    const reports = await collect(training);
    expect(reports.length).toBe(8);
    expect(notes.filter((note) => note === "compile").length).toBe(1);
    const unnamed = tiny(reference(), { optimizer: sgd({ learningRate: 0.1 }), source, noise: undefined, epochs: 2 });
    await collect(unnamed);
    expect(distance((await unnamed.snapshot()).params, (await training.snapshot()).params)).toBe(0);
  });

  it("gives the same numbers for one seed, and others for another", async () => {
    const run = async (seed: number) => {
      const training = tiny(reference(), { optimizer: adam({ learningRate: 0.01 }), key: key(seed), steps: 5 });
      await collect(training);
      return numbers((await training.snapshot()).params);
    };
    const first = await run(3);
    expect(await run(3)).toEqual(first);
    expect(await run(4)).not.toEqual(first);
  });
});
