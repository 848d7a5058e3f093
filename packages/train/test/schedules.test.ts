import { readFileSync } from "node:fs";
import { evaluateProgram, flattenTree, isNdArray, type NdArray, ndarray, type Tensor, trace } from "@throughtime/core";
import { describe, expect, it } from "vitest";
import {
  clipByNorm,
  clipByValue,
  constantRate,
  cosine,
  exponential,
  globalNorm,
  plateau,
  type Schedule,
  stepDecay,
  warmUp,
} from "../src/index.js";

const golden = JSON.parse(readFileSync(new URL("goldens/optimizers.json", import.meta.url), "utf8"));
const first = (schedule: Schedule, n: number) => Array.from({ length: n }, (_, step) => schedule(step));

describe("a schedule is a pure function of the step", () => {
  it("constant: 1", () => expect(first(constantRate(), 3)).toEqual([1, 1, 1]));

  it("step decay: a fall after every so many steps", () => {
    expect(first(stepDecay({ every: { steps: 2 }, factor: 0.5 }), 6)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25]);
  });

  it("exponential: the factor in `every` steps", () => {
    const rates = first(exponential({ factor: 0.25, every: { steps: 2 } }), 5);
    [1, 0.5, 0.25, 0.125, 0.0625].forEach((rate, i) => expect(rates[i]).toBeCloseTo(rate, 12));
  });

  it("cosine: from 1 to the floor, and there it stays", () => {
    const schedule = cosine({ steps: 4, floor: 0.2 });
    const at = (x: number) => 0.2 + (0.8 * (1 + Math.cos(x * Math.PI))) / 2;
    [1, at(0.25), 0.6, at(0.75), 0.2, 0.2].forEach((rate, i) => expect(schedule(i)).toBeCloseTo(rate, 12));
  });

  it("warm-up: climbs in equal parts to where the next begins, which then counts from 0", () => {
    expect(first(warmUp(stepDecay({ every: { steps: 1 }, factor: 0.5 }), { steps: 4 }), 7)).toEqual([
      0.25, 0.5, 0.75, 1, 1, 0.5, 0.25,
    ]);
  });

  it("refuses steps that are no number of steps", () => {
    expect(() => cosine({ steps: 0 })).toThrow(/cosine: steps must be an integer of at least 1, received 0/);
    expect(() => warmUp(constantRate(), { steps: 1.5 })).toThrow(/warmUp: steps/);
  });
});

describe("plateau falls when PyTorch's ReduceLROnPlateau falls", () => {
  const cases = {
    defaults: plateau(),
    impatient: plateau({ factor: 0.5, patience: 1, threshold: 0.001, cooldown: 2, floor: 0.2 }),
    "at once": plateau({ factor: 0.5, patience: 0 }),
  };
  for (const [name, schedule] of Object.entries(cases)) {
    it(name, () => {
      let state = schedule.start;
      const rates = (golden.plateau.losses as number[]).map((loss) => {
        state = schedule.observe(state, loss);
        return schedule.factor(0, state);
      });
      golden.plateau.rates[name].forEach((rate: number, i: number) => expect(rates[i]).toBeCloseTo(rate, 8));
    });
  }

  it("can be warmed up to", () => {
    const schedule = warmUp(plateau({ factor: 0.5, patience: 0 }), { steps: 2 });
    const state = schedule.observe(schedule.observe(schedule.start, 1), 2);
    expect([0, 1, 2].map((step) => schedule.factor(step, state))).toEqual([0.25, 0.5, 0.5]);
  });
});

describe("clipping", () => {
  const gradients = (golden.clip.gradients as number[][]).map((g, i) => ndarray(g, { shape: i === 0 ? [3, 4] : [5] }));
  const run = (fn: (g: Tensor[]) => unknown) => {
    const { program } = trace<[Tensor[]]>(fn, [gradients]);
    return evaluateProgram(program, flattenTree<NdArray>(gradients, isNdArray).leaves);
  };

  for (const [limit, { norm, clipped }] of Object.entries<{ norm: number; clipped: number[][] }>(golden.clip.cases)) {
    it(`by a global norm of ${limit} gives what PyTorch's clip_grad_norm_ gives`, () => {
      const outputs = run((g) => {
        const total = globalNorm(g);
        return [total, clipByNorm(Number(limit))(g, total)];
      });
      expect(outputs[0]?.data[0]).toBeCloseTo(norm, 5);
      clipped.forEach((g, i) =>
        g.forEach((x, j) => {
          expect(outputs[i + 1]?.data[j]).toBeCloseTo(x, 6);
        }),
      );
    });
  }

  it("by value limits each element", () => {
    const outputs = run((g) => clipByValue(0.5)(g, globalNorm(g)));
    outputs.forEach(({ data }, i) =>
      data.forEach((x, j) => {
        expect(x).toBe(Math.fround(Math.max(-0.5, Math.min(0.5, gradients[i]?.data[j] as number))));
      }),
    );
  });

  it("refuses a limit that is not positive", () => {
    expect(() => clipByNorm(0)).toThrow(/clipByNorm: max/);
    expect(() => clipByValue(Number.NaN)).toThrow(/clipByValue: limit/);
  });
});
