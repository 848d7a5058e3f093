import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Point } from "../src/charts/chart.js";
import { rangeOf, runningMean, thinned } from "../src/charts/points.js";
import { chartSvg } from "../src/charts/svg.js";

const points = fc
  .array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 3000 })
  .map((values) => values.map((y, x): Point => [x, y]));

describe("thinned points", () => {
  test("are few, in order, points of the curve, and keep its lowest, highest and last", () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 10, max: 500 }), (all, most) => {
        const kept = thinned(all, most);
        expect(kept.length).toBeLessThanOrEqual(most + 3);
        expect(kept.every((point) => all.includes(point))).toBe(true);
        expect(kept.every(([x], i) => i === 0 || x > (kept[i - 1] as Point)[0])).toBe(true);
        expect(kept.at(-1)).toBe(all.at(-1));
        const ys = (of: readonly Point[]) => rangeOf(of.map(([, y]) => y));
        expect(ys(kept)).toEqual(ys(all));
      }),
      { numRuns: 50 },
    );
  });
});

describe("a running mean", () => {
  test("of a constant is the constant, and it lies between the least and the largest", () => {
    expect(
      runningMean([
        [1, 3],
        [2, 3],
        [3, 3],
      ]).map(([, y]) => y),
    ).toEqual([3, 3, expect.closeTo(3, 12)]);
    const mean = runningMean([
      [1, 0],
      [2, 10],
      [3, 0],
    ]).map(([, y]) => y);
    expect(mean[0]).toBe(0);
    expect(mean[1]).toBeCloseTo(10 / 1.9, 12); // (0.9·0 + 10) / (0.9 + 1)
  });
});

describe("a chart", () => {
  const chart = (ys: readonly number[], scale?: "log") => ({
    title: "t",
    x: { label: "step" },
    y: { label: "", scale },
    series: [{ label: "a", points: ys.map((y, x): Point => [x, y]) }],
  });

  test("puts the highest value at the top and the lowest at the bottom", () => {
    const [, path] = chartSvg(chart([0, 10, 5]), 400, 250).match(/d="(M[^"]*)" class="curve/) ?? [];
    expect(path).toBe("M0,200L164,0L328,100");
  });

  test("has equal steps for equal factors on a logarithmic axis", () => {
    const [, path] = chartSvg(chart([1, 10, 100], "log"), 400, 250).match(/d="(M[^"]*)" class="curve/) ?? [];
    expect(path).toBe("M0,200L164,100L328,0");
  });

  test("says under a pointer which values its curves have there", () => {
    const points = (by: number) => [1, 2, 3, 4].map((x): Point => [x, by * x]);
    const two = {
      ...chart([]),
      series: [
        { label: "a", points: points(1) },
        { label: "<b>", points: points(10).slice(2) },
      ],
    };
    const said = [...chartSvg(two, 880, 320).matchAll(/class="band"><title>([^<]*)<\/title>/g)].map(([, text]) => text);
    expect(said).toEqual(["step 1\na 1", "step 2\na 2", "step 3\na 3\n&lt;b&gt; 30", "step 4\na 4\n&lt;b&gt; 40"]);
    const many = chart(Array.from({ length: 1000 }, (_, i) => i));
    expect(chartSvg(many, 880, 320).match(/class="band"/g)).toHaveLength(60);
    expect(chartSvg(many, 400, 280)).not.toContain("band");
  });

  test.each([
    ["no points", []],
    ["one", [2]],
    ["equal ones", [0, 0, 0]],
    ["what is not finite", [1, Number.NaN, Infinity, 2]],
    ["what a logarithm has not", [0, -1]],
  ])("of %s has no NaN in it", (_, ys) => {
    for (const scale of [undefined, "log"] as const)
      expect(chartSvg(chart(ys, scale), 400, 250)).not.toMatch(/NaN|Infinity|undefined/);
  });
});
