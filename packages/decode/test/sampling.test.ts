import { foldIn, key } from "@throughtime/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sampler, samplingDistribution } from "../src/index.js";

const logitsOf = (options: { minLength?: number } = {}) =>
  fc
    .array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: options.minLength ?? 1, maxLength: 40 })
    .map((values) => Float32Array.from(values));

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const kept = (distribution: Float64Array): number[] =>
  [...distribution.keys()].filter((i) => (distribution[i] as number) > 0);
const argmax = (values: ArrayLike<number>): number => Array.from(values).indexOf(Math.max(...Array.from(values)));

describe("the sampling distribution", () => {
  test("is the softmax where nothing is cut", () => {
    const logits = [0.5, -1, 2, 2];
    const total = sum(logits.map(Math.exp));
    const p = samplingDistribution(logits);
    logits.forEach((logit, i) => expect(p[i]).toBeCloseTo(Math.exp(logit) / total, 14));
  });

  test("sums to 1 under every choice of options, and neither order nor shift of logits matters to it", () => {
    const options = fc.record(
      {
        temperature: fc.double({ min: 0.05, max: 5, noNaN: true }),
        topK: fc.integer({ min: 1, max: 50 }),
        topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(logitsOf(), options, (logits, chosen) => {
        const p = samplingDistribution(logits, chosen);
        expect(sum(p)).toBeCloseTo(1, 12);
        if (new Set(logits).size === logits.length) {
          const reversed = samplingDistribution([...logits].reverse(), chosen).reverse();
          expect([...reversed]).toEqual([...p].map((value) => expect.closeTo(value, 12)));
        }
        expect(
          kept(
            samplingDistribution(
              Array.from(logits, (v) => v + 4096),
              chosen,
            ),
          ).length,
        ).toBe(kept(p).length);
      }),
    );
  });

  test("with top-k holds exactly the k likeliest, ties going to the lower id", () => {
    fc.assert(
      fc.property(logitsOf(), fc.integer({ min: 1, max: 45 }), (logits, topK) => {
        const tokens = kept(samplingDistribution(logits, { topK }));
        expect(tokens.length).toBe(Math.min(topK, logits.length));
        const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
        expect(tokens).toEqual(order.slice(0, topK).sort((a, b) => a - b));
      }),
    );
    expect(kept(samplingDistribution([1, 1, 1, 1], { topK: 2 }))).toEqual([0, 1]);
  });

  test("with top-p holds the fewest likeliest tokens whose mass reaches p", () => {
    fc.assert(
      fc.property(logitsOf(), fc.double({ min: 0.01, max: 0.999, noNaN: true }), (logits, topP) => {
        const all = samplingDistribution(logits);
        const tokens = kept(samplingDistribution(logits, { topP }));
        const masses = tokens.map((token) => all[token] as number);
        expect(sum(masses)).toBeGreaterThanOrEqual(topP - 1e-12);
        expect(sum(masses) - Math.min(...masses)).toBeLessThan(topP + 1e-12);
        const least = Math.min(...tokens.map((token) => logits[token] as number));
        logits.forEach((logit, token) => expect(logit > least && !tokens.includes(token)).toBe(false));
      }),
    );
    expect(samplingDistribution([Math.log(0.5), Math.log(0.3), Math.log(0.2)], { topP: 0.7 })[0]).toBeCloseTo(
      0.625,
      12,
    );
  });

  test("cuts to top-k before it takes the nucleus", () => {
    const logits = [0.4, 0.3, 0.2, 0.1].map(Math.log);
    expect(kept(samplingDistribution(logits, { topK: 2, topP: 0.55 }))).toEqual([0]);
    expect(kept(samplingDistribution(logits, { topP: 0.55 }))).toEqual([0, 1]);
  });

  test("tends to the largest logit as the temperature falls to 0, where it is greedy", () => {
    fc.assert(
      fc.property(logitsOf({ minLength: 2 }), (logits) => {
        const best = argmax(logits);
        const at = (temperature: number) => samplingDistribution(logits, { temperature })[best] as number;
        expect(at(0)).toBe(1);
        expect(at(0.5)).toBeGreaterThanOrEqual(at(1) - 1e-12);
        expect(at(0.1)).toBeGreaterThanOrEqual(at(0.5) - 1e-12);
        const second = Math.max(...[...logits].filter((_, i) => i !== best));
        if (second < logits[best]! - 1e-2) expect(at(1e-4)).toBeCloseTo(1, 12);
      }),
    );
  });

  test("does not overflow, and never holds a token of logit −∞", () => {
    expect([...samplingDistribution([1e30, 1e30, -1e30])]).toEqual([0.5, 0.5, 0]);
    expect([...samplingDistribution([0, -Infinity], { temperature: 1e-300 })]).toEqual([1, 0]);
    expect([...samplingDistribution([1000, -1000], { temperature: 1e300 })]).toEqual([0.5, 0.5]);
  });

  test("of logits that are not numbers is an error with a name", () => {
    expect(() => samplingDistribution([0, Number.NaN])).toThrow(
      expect.objectContaining({ name: "NonFiniteError", message: expect.stringContaining("token 1 is NaN") }),
    );
    expect(() => samplingDistribution([Infinity, 0])).toThrow(/token 0 is Infinity/);
    expect(() => samplingDistribution([-Infinity, -Infinity])).toThrow(/every logit is −Infinity/);
    expect(() => samplingDistribution([])).toThrow(/no logits/);
  });
});

describe("a sampler", () => {
  const logits = [1.2, 0, -0.7, 2.1, 0.3, -1.5];

  test.each([{}, { temperature: 0.6 }, { topK: 3 }, { topP: 0.8 }, { temperature: 1.7, topK: 4, topP: 0.9 }])(
    "draws from its distribution: chi-square over 20,000 keys, %j",
    (options) => {
      const draws = 20_000;
      const p = samplingDistribution(logits, options);
      const counts = new Array<number>(logits.length).fill(0);
      const choose = sampler(options);
      for (let i = 0; i < draws; i++) counts[choose(logits, foldIn(key(7), i))]!++;
      let chi2 = 0;
      counts.forEach((count, token) => {
        const expected = draws * (p[token] as number);
        if (expected === 0) expect(count).toBe(0);
        else chi2 += (count - expected) ** 2 / expected;
      });
      // The 99.99 % quantile of chi-square with 5 degrees of freedom; the keys are fixed, so the test never flickers.
      expect(chi2).toBeLessThan(25.7);
    },
  );

  test("gives the same token for the same key, and greedy and temperature 0 give the largest logit for any", () => {
    fc.assert(
      fc.property(logitsOf(), fc.nat(), (values, seed) => {
        const k = key(seed);
        expect(sampler()(values, k)).toBe(sampler()(values, k));
        expect(sampler({ greedy: true })(values, k)).toBe(argmax(values));
        expect(sampler({ temperature: 0 })(values, k)).toBe(argmax(values));
        expect(sampler({ topK: 1 })(values, k)).toBe(argmax(values));
      }),
    );
  });

  test.each([
    [{ temperature: -1 }, /temperature must be a number ≥ 0, received -1/],
    [{ temperature: Number.NaN }, /temperature/],
    [{ temperature: Infinity }, /temperature/],
    [{ topK: 0 }, /topK must be an integer ≥ 1, received 0/],
    [{ topK: 2.5 }, /topK/],
    [{ topP: 0 }, /topP must be in \(0, 1\], received 0/],
    [{ topP: 1.1 }, /topP/],
    [{ greedy: true, temperature: 0.5 }, /greedy always takes the likeliest token, so temperature has no effect/],
  ])("refuses %j when it is made", (options, message) => {
    expect(() => sampler(options)).toThrow(message);
  });
});
