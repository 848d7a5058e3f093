import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reference } from "@throughtime/backend-reference";
import { ndarray } from "@throughtime/core";
import { encodeSafetensors } from "@throughtime/interop";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lmTable } from "../src/lm/lm-table.js";
import { openTraining } from "../src/lm/ours.js";
import type { EpochDone, LmTask } from "../src/lm/protocol.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughtime-bench-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A text that repeats itself, so that a few steps learn something. */
function taskIn(name: string): LmTask {
  const text = (length: number) => ndarray(Int32Array.from({ length }, (_, i) => (i * i) % 5));
  const tokens = join(folder, "tokens.safetensors");
  writeFileSync(tokens, encodeSafetensors({ train: text(161), validation: text(41) }));
  mkdirSync(join(folder, name));
  return {
    ...{
      cell: "gru",
      H: 8,
      B: 4,
      T: 10,
      V: 5,
      epochs: 2,
      learningRate: 0.05,
      schedule: "cosine",
      clipNorm: 1,
      seed: 1,
    },
    ...{ tokens, folder: join(folder, name) },
  };
}

/** What does not depend on the clock. */
const losses = ({ epoch, trainLoss, validation }: EpochDone) => ({ epoch, trainLoss, validation });

describe("a training by epochs", () => {
  test("one that was left after an epoch goes on as if it had not been", async () => {
    const whole = await openTraining(reference(), taskIn("whole"));
    expect(whole).toMatchObject({ epochs: 0, stepsPerEpoch: 4 });
    const [first, second] = [losses(await whole.epoch(() => {})), losses(await whole.epoch(() => {}))];
    expect([first.epoch, second.epoch]).toEqual([1, 2]);
    expect(second.validation).toBeLessThan(first.validation);

    const task = taskIn("parts");
    const begun = await openTraining(reference(), task);
    expect(losses(await begun.epoch(() => {}))).toEqual(first);
    await begun.leave();
    const resumed = await openTraining(reference(), task);
    expect(resumed.epochs).toBe(1);
    expect(losses(await resumed.epoch(() => {}))).toEqual(second);
    expect((await openTraining(reference(), task)).epochs).toBe(2);
  });
});

describe("its table", () => {
  const epoch = (n: number, validation: number, seconds: number): EpochDone => ({
    ...{ epoch: n, trainLoss: validation, validation, seconds, validationSeconds: 1 },
  });
  const ours = { peer: "ort", device: "here", epochs: [epoch(1, 1.9, 10), epoch(2, 1.6, 10)] };
  const pytorch = { peer: "pytorch", device: "there", epochs: [epoch(1, 2, 20), epoch(2, 1.7, 20)] };

  test("says when each reached the goal, and divides the times", () => {
    const lines = lmTable([ours, pytorch], 1.65).split("\n");
    expect(lines[1]).toMatch(/ort +2 +1\.6000 +1\.6000 +20\.0 s +20\.0 +0\.50$/);
    expect(lines[2]).toMatch(/pytorch +2 +1\.7000 +1\.7000 +never +40\.0 +1\.00$/);
  });

  test("has no ratio where PyTorch was not measured", () => {
    const absent = { peer: "pytorch", notMeasured: "THROUGHTIME_PYTHON names no interpreter" };
    expect(lmTable([ours, absent], 1.95)).toMatch(/pytorch +not measured: THROUGHTIME_PYTHON/);
    expect(lmTable([ours, absent], 1.95)).not.toContain("×");
    expect(lmTable([ours, absent], 1.95)).toContain("10.0 s");
  });
});
