import { cpu } from "@throughtime/backend-cpu";
import { reference } from "@throughtime/backend-reference";
import { log, mul, ndarray, sum, type Tensor } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { adam, findRate, memoryStore, type RateRange, sgd, sourceOf, type TrainOptions } from "../src/index.js";
import { numbers } from "./support/collect.js";
import { carry, chunks, loss, mask, params } from "./support/tiny.js";

/** loss = Σ x², so that an update by plain descent multiplies x by (1 − 2·rate), and all is known in closed form. */
const bowl = (others: Partial<TrainOptions<{ x: ReturnType<typeof ndarray> }, unknown>> = {}) => ({
  backend: reference(),
  params: { x: ndarray([3, -1]) },
  loss: (p: { x: Tensor }) => ({ loss: sum(mul(p.x, p.x)) }),
  optimizer: sgd({ learningRate: 0.5 }),
  source: sourceOf({ stepsPerEpoch: 1000, batchAt: () => ({}) }),
  ...others,
});

const range: RateRange = { from: 1e-3, to: 10, steps: 81 };

describe("findRate", () => {
  test("takes rates in equal factors, and the losses that descent has at them", async () => {
    const { points } = await findRate(bowl(), { ...range, smoothing: 0 });
    let [x, y] = [Math.fround(3), Math.fround(-1)];
    points.forEach(({ learningRate, loss: found, smoothed }, i) => {
      const rate = 1e-3 * 10 ** (i / 20);
      expect(learningRate / rate).toBeCloseTo(1, 9);
      const expected = x * x + y * y;
      expect(found / expected).toBeCloseTo(1, 3);
      expect(smoothed).toBeCloseTo(found, 9);
      x *= 1 - 2 * rate;
      y *= 1 - 2 * rate;
    });
    // Σ x² falls as long as |1 − 2·rate| < 1.
    const lowest = points.reduce((best, point) => (point.loss < best.loss ? point : best));
    expect(lowest.learningRate).toBeGreaterThan(0.45);
    expect(lowest.learningRate).toBeLessThan(1.2);
  });

  test("ends where the smoothed loss is four times the lowest", async () => {
    const { points, ended } = await findRate(bowl(), range);
    expect(ended).toBe("diverged");
    const smoothed = points.map((point) => point.smoothed);
    const lowest = Math.min(...smoothed);
    expect(smoothed.at(-1)).toBeGreaterThan(4 * lowest);
    expect(smoothed.slice(0, -1).every((value, i) => value <= 4 * Math.min(...smoothed.slice(0, i + 1)))).toBe(true);
  });

  test("smooths by a mean that forgets, corrected for its start", async () => {
    const { points } = await findRate(bowl(), { ...range, steps: 20, to: 0.1, smoothing: 0.9 });
    let [above, below] = [0, 0];
    for (const { loss: raw, smoothed } of points) {
      [above, below] = [0.9 * above + raw, 0.9 * below + 1];
      expect(smoothed).toBeCloseTo(above / below, 9);
    }
  });

  test("suggests the steepest rate and a tenth of the lowest's", async () => {
    const { points, steepest, tenthOfLowest } = await findRate(bowl(), { ...range, smoothing: 0.5 });
    // A line through eight points or so, by the textbook's formula.
    const half = Math.round(points.length / 20);
    const slopes = points.map((_, i) => {
      if (i < half || i + half >= points.length) return Infinity;
      const near = points.slice(i - half, i + half + 1).map((point) => [Math.log(point.learningRate), point.loss]) as [
        number,
        number,
      ][];
      const [x, y] = [0, 1].map((k) => near.reduce((total, pair) => total + (pair[k] as number), 0) / near.length) as [
        number,
        number,
      ];
      return (
        near.reduce((total, [a, b]) => total + (a - x) * (b - y), 0) /
        near.reduce((total, [a]) => total + (a - x) ** 2, 0)
      );
    });
    const at = points[slopes.indexOf(Math.min(...slopes))]?.learningRate as number;
    expect(steepest).toBe(at);
    const lowest = points.reduce((best, point) => (point.smoothed < best.smoothed ? point : best));
    expect(tenthOfLowest).toBe(lowest.learningRate / 10);
    expect(steepest).toBeLessThan(lowest.learningRate);
  });

  test("has no suggestion where the loss never falls", async () => {
    const rising = await findRate(bowl(), { from: 2, to: 3, steps: 30 });
    expect([rising.steepest, rising.tenthOfLowest]).toEqual([undefined, undefined]);
  });

  test("a loss that is not finite because of the rate ends the curve; because of the data it is an error", async () => {
    const falling = (p: { x: Tensor }) => ({ loss: sum(log(p.x)) });
    const options = bowl({ params: { x: ndarray([3, 2]) }, loss: falling as never });
    const { points, ended } = await findRate(options, { ...range, smoothing: 0.98 });
    expect(ended).toBe("diverged");
    expect(points.length).toBeGreaterThan(5);
    await expect(findRate(bowl({ params: { x: ndarray([Number.NaN]) } }))).rejects.toMatchObject({
      name: "NonFiniteError",
    });
  });

  test("leaves parameters and checkpoints alone, and gives the same curve again", async () => {
    const first = params();
    const before = numbers(first);
    const store = memoryStore();
    const options = {
      ...{ backend: await cpu(), params: first, loss, source: chunks(), carry, noise: mask },
      ...{
        optimizer: adam({ learningRate: 1 }),
        checkpoint: { store },
        validation: { source: chunks() },
        epochs: 1,
        patience: 1,
      },
    };
    const once = await findRate(options);
    expect(numbers(first)).toEqual(before);
    expect(await store.list()).toEqual([]);
    expect(once.points.length).toBeGreaterThan(50); // more than the epoch has
    expect(once.steepest).toBeGreaterThan(1e-5);
    expect(await findRate(options)).toEqual(once);
    await options.backend.close();
  });

  test("stops where it is told to", async () => {
    const stop = new AbortController();
    const source = sourceOf({
      stepsPerEpoch: 1000,
      batchAt: (i) => {
        if (i === 5) stop.abort();
        return {};
      },
    });
    const { ended, points } = await findRate(bowl({ source, signal: stop.signal }), range);
    expect(ended).toBe("signal");
    expect(points.length).toBeLessThan(10);
  });

  test.each<[RateRange, RegExp]>([
    [{ from: 0 }, /findRate: from must be/],
    [{ from: 1, to: 1 }, /to must be above from, received from 1 and to 1/],
    [{ steps: 1 }, /steps must be an integer of at least 2/],
    [{ smoothing: 1 }, /smoothing must be a number in \[0, 1\)/],
    [{ divergence: 0.5 }, /divergence must be/],
    [{ start: 1 } as RateRange, /findRate: range: the options have "start"/],
  ])("%j is an error", async (given, message) => {
    await expect(findRate(bowl(), given)).rejects.toThrow(message);
  });

  test("an optimizer without a rate is an error, and so are options that train refuses", async () => {
    await expect(findRate(bowl({ optimizer: sgd({ learningRate: 0 }) }))).rejects.toThrow(/learning rate is 0/);
    await expect(findRate({ ...bowl(), los: 1 } as never)).rejects.toThrow(/the options have "los"/);
    await expect(findRate({ ...bowl(), optimizer: undefined } as never)).rejects.toThrow(
      /train: optimizer is undefined/,
    );
  });
});
