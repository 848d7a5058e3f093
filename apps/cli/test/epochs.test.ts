import { writeFileSync } from "node:fs";
import { reference } from "@throughtime/backend-reference";
import type { Backend } from "@throughtime/core";
import { translationTask } from "@throughtime/seq2seq/task";
import { valuesOf } from "@throughtime/task";
import { afterAll, describe, expect, test } from "vitest";
import { type TrainValues, trainTask } from "../src/training/train-task.js";
import { jsonLines, scratch, shell } from "./support/shell.js";
import { PAIRS } from "./support/translation.js";

const { path, dispose } = scratch();
afterAll(dispose);

describe("an epoch over variable lengths", { timeout: 180_000 }, () => {
  test.each(["reverse", "dates", "emoji-names --to de", "emoji-names --to ko", "emoji-names --to fr"])(
    "of %s: at most eight percent is padding, and it says so",
    async (task) => {
      const out = path(task.replaceAll(/\W+/g, "-"));
      const small = "--hidden 8 --embedding 8 --steps 1 --score 0 --threads 1 --json";
      const { code, out: printed } = await shell(`train translate --task ${task} --out ${out} ${small}`);
      expect(code).toBe(0);
      const { data } = jsonLines(printed)[0] as { data: { padding: number; stepsPerEpoch: number } };
      expect(data.stepsPerEpoch).toBeGreaterThan(40);
      expect(data.padding).toBeGreaterThan(0);
      expect(data.padding).toBeLessThanOrEqual(0.08);
    },
  );

  test("is compiled once for training and once for validation, however many sizes its batches have", async () => {
    const backend = reference();
    const compiled: unknown[] = [];
    const counting: Backend = {
      ...backend,
      compile(program, options) {
        compiled.push(program);
        return backend.compile(program, options);
      },
    };
    writeFileSync(path("numbers.tsv"), PAIRS.map((pair) => `${pair.join("\t")}\n`).join(""));
    const small = { hidden: 4, embedding: 3, dropout: 0.1, batch: 32, epochs: 1, validation: 0.1, score: 0 };
    const given = { data: path("numbers.tsv"), tokens: "words", out: path("compiled"), saveEvery: 60, ...small };
    const values = valuesOf(translationTask.train.options, given) as unknown as TrainValues;
    const silent = { write() {} };
    const [terminal, { signal }] = [{ out: silent, err: silent }, new AbortController()];
    const context = { terminal, signal, program: ["throughtime"], end() {} };
    const tasks = [translationTask];
    const run = await trainTask(tasks, translationTask, values, (name) => name in given, context, {
      watch: () => counting,
    });
    const { steps: all = [] } = run?.history ?? {};
    const [steps, validations] = [all.length, all.filter(({ validation }) => validation).length];
    expect([steps, validations]).toEqual([expect.toSatisfy((n: number) => n > 10), 1]);
    expect(compiled).toHaveLength(2);
  });
});
