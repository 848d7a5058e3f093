import { reference } from "@throughtime/backend-reference";
import { flattenTree, isNdArray, mul, stopGradient } from "@throughtime/core";
import { describe, expect, it } from "vitest";
import { adam, decodeCheckpoint, LAST, memoryStore, type Report, sgd, train } from "../src/index.js";
import { collect, distance, tiny } from "./support/collect.js";
import { carry, chunks, freshLoss, loss, params } from "./support/tiny.js";

const optimizer = adam({ learningRate: 0.05 });
const plain = async (steps: number) => {
  const training = tiny(reference(), { optimizer, steps });
  await collect(training);
  return (await training.snapshot()).params;
};

describe("a training that is stopped", () => {
  it("by its signal reports the step that runs, saves it, and ends", async () => {
    const abort = new AbortController();
    const store = memoryStore();
    const training = tiny(reference(), { optimizer, steps: 50, signal: abort.signal, checkpoint: { store } });
    const reports: Report[] = [];
    for await (const report of training) {
      reports.push(report);
      if (report.step === 5) abort.abort();
    }
    expect(reports.at(-1)).toMatchObject({ step: 6, ended: "signal", checkpoint: [LAST] });
    const saved = await decodeCheckpoint(await store.read(LAST));
    expect(saved.step).toBe(6);
    expect(distance(saved.params, await plain(6))).toBe(0);
  });

  it("by leaving the loop saves what was done, the step under way included, and frees everything", async () => {
    const backend = reference();
    const store = memoryStore();
    const training = tiny(backend, { optimizer, steps: 50, checkpoint: { store } });
    for await (const { step } of training) if (step === 5) break;
    const { step, params: last } = await training.snapshot();
    expect(step).toBe(6);
    expect((await decodeCheckpoint(await store.read(LAST))).step).toBe(6);
    expect(distance(last, await plain(6))).toBe(0);
    expect(backend.liveArrays()).toBe(0);
  });

  it("by an error of the caller's frees everything too", async () => {
    const backend = reference();
    const training = tiny(backend, { optimizer, steps: 50 });
    const careless = async () => {
      for await (const { step } of training) if (step === 3) throw new RangeError("mine");
    };
    await expect(careless()).rejects.toThrow("mine");
    expect(backend.liveArrays()).toBe(0);
  });

  it("before it begins does one step and ends", async () => {
    const reports = await collect(tiny(reference(), { optimizer, steps: 50, signal: AbortSignal.abort() }));
    expect(reports.map(({ step, ended }) => [step, ended])).toEqual([[1, "signal"]]);
  });

  it("by 0 steps does nothing", async () => {
    const training = tiny(reference(), { optimizer, steps: 0 });
    expect(await collect(training)).toEqual([]);
    expect(distance((await training.snapshot()).params, params())).toBe(0);
  });
});

describe("a snapshot", () => {
  it("is at any time what a training of so many steps ends with", async () => {
    const training = tiny(reference(), { optimizer, steps: 6 });
    expect(await training.snapshot()).toMatchObject({ step: 0 });
    const taken: { step: number; params: unknown }[] = [];
    const kept: Promise<{ step: number; params: unknown }>[] = [];
    for await (const { step } of training) {
      if (step % 2 === 0) taken.push(await training.snapshot());
      // Not awaited here: the step after it has to wait for the copy.
      else kept.push(training.snapshot());
    }
    taken.push(...(await Promise.all(kept)), await training.snapshot());
    expect(taken.map(({ step }) => step).sort()).toEqual(
      [2, 3, 4, 5, 6, 6, 6].filter((s) => taken.some((t) => t.step === s)),
    );
    for (const { step, params: then } of taken) expect(distance(then, await plain(step))).toBe(0);
  });
});

describe("no array stays on the backend", () => {
  const cases = {
    plainly: {},
    accumulating: { accumulate: 2 },
    validating: { validation: { source: chunks(3), every: { steps: 2 } } },
    "with frozen parts": { optimizer: adam({ groups: [{ match: /^E$/, frozen: true }] }) },
  };
  for (const [name, others] of Object.entries(cases)) {
    it(name, async () => {
      const backend = reference();
      await collect(tiny(backend, { optimizer, steps: 9, ...others }));
      expect(backend.liveArrays()).toBe(0);
    });
  }
});

describe("frozen parts", () => {
  it("stay, bit for bit, and the others train as if they were constants", async () => {
    const frozen = adam({ learningRate: 0.05, groups: [{ match: /^(E|b)$/, frozen: true }] });
    const training = tiny(reference(), { optimizer: frozen, noise: undefined, steps: 5 });
    const constants = tiny(reference(), {
      optimizer,
      noise: undefined,
      steps: 5,
      loss: (p, inputs) => loss({ ...p, E: stopGradient(p.E), b: stopGradient(p.b) }, inputs),
    });
    const [a, b] = [await collect(training), await collect(constants)];
    const { params: after } = await training.snapshot();
    expect(distance([after.E, after.b], [params().E, params().b])).toBe(0);
    expect(distance([after.U], [params().U])).toBeGreaterThan(0.01);
    expect(a.map((r) => r.gradientNorm)).toEqual(b.map((r) => r.gradientNorm));
    expect(
      distance([after.U, after.out], [(await constants.snapshot()).params.U, (await constants.snapshot()).params.out]),
    ).toBe(0);
  });

  it("may be all there is", async () => {
    const frozen = sgd({ learningRate: 1, groups: [{ match: /./, frozen: true }] });
    const reports = await collect(tiny(reference(), { optimizer: frozen, steps: 2 }));
    expect(reports.map(({ gradientNorm }) => gradientNorm)).toEqual([0, 0]);
  });
});

describe("options that do not fit are an OptionError before anything runs", () => {
  const base = { optimizer, steps: 1 };
  const wrong: [RegExp, object][] = [
    [/neither steps nor epochs/, { steps: undefined }],
    [/steps must be an integer of at least 0, received -1/, { steps: -1 }],
    [/epochs must be an integer/, { epochs: 1.5 }],
    [/accumulate must be an integer of at least 1, received 0/, { accumulate: 0 }],
    [/patience and keepBest go by validation/, { patience: 2 }],
    [/patience and keepBest go by validation/, { checkpoint: { store: memoryStore(), keepBest: true } }],
    [/resume must be "never", "auto" or "must", received true/, { resume: true }],
    [/needs a checkpoint store/, { resume: "must" }],
    [/resume: "auto" needs a checkpoint store/, { resume: "auto" }],
    [/checkpoint.every.steps must be/, { checkpoint: { store: memoryStore(), every: { steps: 0 } } }],
    [/validation.every.steps must be/, { validation: { source: chunks(), every: { steps: 0 } } }],
  ];
  for (const [message, options] of wrong) {
    it(String(message), () => {
      const make = () => tiny(reference(), { ...base, ...options });
      expect(make).toThrow(expect.objectContaining({ name: "OptionError", message: expect.stringMatching(message) }));
    });
  }
});

describe("a loss that breaks its contract is told so where it is traced", () => {
  const wrong: [string, RegExp, typeof loss][] = [
    [
      "no carry",
      /given a carry with \{h\} and returned none/,
      (p, inputs) => ({ ...loss(p, inputs), carry: undefined as never }),
    ],
    [
      "another carry",
      /returned one with \{c\}/,
      (p, inputs) => ({ ...loss(p, inputs), carry: { c: inputs.carry.h } as never }),
    ],
    [
      "a carry of another shape",
      /carry.h goes into the loss as f32\[3, 4\] and comes out as f32\[4, 4\]/,
      (p, inputs) => ({ ...loss(p, inputs), carry: { h: p.U } }),
    ],
    ["a loss that is no scalar", /must be a scalar/, (p, inputs) => ({ ...loss(p, inputs), loss: p.U })],
    [
      "a metric that is no scalar",
      /metric energy must be a scalar, received f32\[4, 4\]/,
      (p, inputs) => ({ ...loss(p, inputs), metrics: { energy: mul(p.U, 2) } }),
    ],
  ];
  for (const [name, message, bad] of wrong) {
    it(name, async () => {
      const backend = reference();
      await expect(collect(tiny(backend, { optimizer, loss: bad, steps: 2 }))).rejects.toThrow(message);
      expect(backend.liveArrays()).toBe(0);
    });
  }
});

it("an error of the source's is thrown as it is, and frees everything", async () => {
  const backend = reference();
  const broken = {
    ...chunks(),
    next: async (at: unknown) => (at === 3 ? Promise.reject(new TypeError("gone")) : chunks().next(at as number)),
  };
  await expect(collect(tiny(backend, { optimizer, source: broken, steps: 9 }))).rejects.toThrow("gone");
  expect(backend.liveArrays()).toBe(0);
});

it("a model without carry or noise needs neither", async () => {
  const reports = await collect(
    train({ backend: reference(), params: params(), loss: freshLoss, optimizer, source: chunks(), steps: 3 }),
  );
  expect(reports.length).toBe(3);
  expect(flattenTree(carry, isNdArray).leaves.length).toBe(1);
});
