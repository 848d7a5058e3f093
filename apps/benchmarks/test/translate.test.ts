import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import type { Backend, NdArray } from "@throughtime/core";
import type { Seq2SeqBatch } from "@throughtime/seq2seq";
import { afterAll, describe, expect, test } from "vitest";
import { type TrainingWork, trainingStep } from "../src/models/training-step.js";
import type { Step } from "../src/peers/peer.js";
import { type DecodingWork, decodeStepOf } from "../src/translate/decode-step.js";
import { translatorOf } from "../src/translate/network.js";
import { pathsOf, treeAt } from "../src/translate/paths.js";
import { END, makeTranslateInputs } from "../src/translate/task.js";

const sizes = { Vs: 40, Vt: 30, E: 6, H: 8 };
const inputs = makeTranslateInputs({ ...sizes, B: 5, S: 6, T: 7 });
const backends: readonly Backend[] = [reference(), await ort({ threads: 1 })];

/** What each backend says of some steps. */
async function numbers(make: (work: TrainingWork & DecodingWork) => Promise<Step>, steps: number): Promise<number[][]> {
  return Promise.all(
    backends.map(async (backend) => {
      const batch = treeAt("batch", inputs) as Seq2SeqBatch<NdArray>;
      const task = { learningRate: 1e-2, clipNorm: 1, beam: 3 };
      const step = await make({
        backend,
        model: translatorOf(sizes),
        params: treeAt("params", inputs),
        batch,
        ...task,
      });
      const said: number[] = [];
      for (let i = 0; i < steps; i++) said.push(await step.step());
      await step.close();
      return said;
    }),
  );
}

afterAll(async () => {
  for (const backend of backends) await backend.close();
});

describe("the translator's benchmarks", () => {
  test("a training step has the same losses on two backends, and learns its batch", async () => {
    const [one, other] = (await numbers(trainingStep, 6)) as [number[], number[]];
    one.forEach((loss, i) => {
      expect(other[i]).toBeCloseTo(loss, 4);
    });
    expect(one.at(-1)).toBeLessThan((one[0] as number) - 0.3);
  });

  test("a search has the same score on two backends, every time", async () => {
    const [one, other] = (await numbers(decodeStepOf, 2)) as [number[], number[]];
    expect(one[0]).toBe(one[1]);
    expect(one[0]).toBeLessThan(0);
    expect(other[0]).toBeCloseTo(one[0] as number, 3);
  });

  test("a batch's sentences have the lengths that it says, and equal seeds give equal ones", () => {
    const lengths = Array.from(inputs["batch.lengths"]?.data ?? []);
    expect(Math.max(...lengths)).toBe(7);
    expect(new Set(lengths).size).toBeGreaterThan(1);
    lengths.forEach((length, b) => {
      expect(inputs["batch.output"]?.data[(length - 1) * 5 + b]).toBe(END);
    });
    expect(makeTranslateInputs({ ...sizes, B: 5, S: 6, T: 7 })).toEqual(inputs);
    expect(makeTranslateInputs({ ...sizes, B: 5, S: 6, T: 7 }, 1)).not.toEqual(inputs);
  });

  test("a tree of parameters comes back from its paths", () => {
    const params = treeAt("params", inputs);
    expect(pathsOf("params", params)).toEqual(
      Object.fromEntries(Object.entries(inputs).filter(([name]) => name.startsWith("params."))),
    );
  });
});
