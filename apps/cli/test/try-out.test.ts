import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cpu } from "@throughtime/backend-cpu";
import type { Backend } from "@throughtime/core";
import { key } from "@throughtime/core";
import { charModel } from "@throughtime/language-model";
import { alphabet, lanes } from "@throughtime/text";
import { adam, type TrainOptions } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CommandContext } from "../src/terminal.js";
import { dryRun, RATES, rateTest, type Trial } from "../src/training/try-out.js";
import { jsonLines, RHYME, scratch } from "./support/shell.js";

const { path, dispose } = scratch();
let backend: Backend;
beforeAll(async () => {
  backend = await cpu();
});
afterAll(async () => {
  await backend.close();
  dispose();
});

function trial(): Trial {
  const letters = alphabet(RHYME);
  const model = charModel({ cell: "gru", hiddenSize: 8, vocabularySize: letters.size });
  const options = {
    ...{ backend, params: model.init(key(1)), loss: model.loss, dims: model.dims, optimizer: adam({}) },
    ...{ source: lanes(letters.encode(RHYME), { batch: 2, time: 16 }), carry: model.initialState(2), steps: 40 },
  };
  return { options: options as unknown as TrainOptions<unknown, unknown>, steps: 4000, unit: "characters" };
}

function context(): { readonly context: CommandContext; out(): string } {
  let out = "";
  const terminal = {
    out: { write: (text: string) => (out += text) },
    err: { write: () => expect.unreachable("nothing is wrong") },
  };
  return { context: { terminal, signal: new AbortController().signal, end() {} }, out: () => out };
}

describe("--dry-run", () => {
  test("shows layers, memory and the time of a step", async () => {
    const { context: shown, out } = context();
    await dryRun(trial(), false, shown);
    expect(out()).toMatch(/^embedding\.E +\[\d+, \d+\] +\d+\n/);
    expect(out()).toMatch(
      /\nall +[\d,]+ {2}[\d.]+ kB\n\nmemory: [\d.]+ kB of parameters, [\d.]+ kB of the optimizer's state; at most [\d.]+ kB in a step\n/,
    );
    expect(out()).toMatch(
      /\ncompiled in [\d.]+ s; a step takes [\d.]+ ms \(the median of 10\), [\d.kM]+ characters\/s\n4,000 steps would take about [\d:]+, without validations\n$/,
    );
  });

  test("is JSON for programs", async () => {
    const { context: shown, out } = context();
    await dryRun(trial(), true, shown);
    const [found] = jsonLines(out());
    expect(jsonLines(out())).toHaveLength(1);
    expect(found).toMatchObject({ event: "dry-run", steps: 4000, timed: 10 });
    const layers = found?.layers as { count: number }[];
    expect(layers.reduce((sum, { count }) => sum + count, 0)).toBe(found?.parameters);
    expect(found?.optimizerBytes).toBe(2 * (found?.parameterBytes as number));
  });
});

describe("--find-rate", () => {
  test("says which rates to take, and draws the curve into the folder", async () => {
    const { context: shown, out } = context();
    await rateTest(trial(), path("rates"), false, shown);
    expect(out()).toMatch(
      /^Tried \d+ learning rates from 1e-7 to [\d.]+(, where the loss diverged)?\.\nThe loss falls fastest at --learning-rate 0\.\d+\. A tenth of the rate where it is lowest is 0\.\d+\.\n/,
    );
    expect(readdirSync(path("rates")).sort()).toEqual([".throughtime", RATES]);
    expect(readFileSync(`${path("rates")}/${RATES}`, "utf8")).toContain("<h2>Learning-rate range test</h2>");
  });

  test("is JSON for programs", async () => {
    const { context: shown, out } = context();
    await rateTest(trial(), path("rates"), true, shown);
    const [found] = jsonLines(out()) as [{ points: object[]; page: string }];
    expect(found.points.length).toBeGreaterThan(20);
    expect(existsSync(found.page)).toBe(true);
  });
});
