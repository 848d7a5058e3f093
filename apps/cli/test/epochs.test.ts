import { reference } from "@throughtime/backend-reference";
import type { Backend } from "@throughtime/core";
import { afterAll, describe, expect, test } from "vitest";
import { outputFolder } from "../src/training/output.js";
import type { NetworkSettings } from "../src/translation/network.js";
import { type NewTraining, newTraining } from "../src/translation/training.js";
import { jsonLines, scratch, shell } from "./support/shell.js";
import { PAIRS } from "./support/translation.js";

const { path, dispose } = scratch();
afterAll(dispose);

const NETWORK: NetworkSettings = {
  ...{ cell: "gru", encoder: "bidirectional", decoder: "bahdanau", attention: "additive", layers: 1, tied: "none" },
  ...{ embeddingSize: 3, hiddenSize: 4, readoutSize: null },
  ...{ dropout: 0.1, outputDropout: 0, masks: "step", labelSmoothing: 0 },
};
const PARTS = ["validation"] as const;
const SETTINGS: NewTraining = {
  ...{
    batch: 32,
    batchTokens: null,
    maxLength: 80,
    validation: 0.1,
    test: 0,
    validateEvery: { epochs: 1 },
    patience: 0,
    seed: 1,
  },
  ...{ optimizer: "adam", learningRate: 1e-3, schedule: "constant", warmUp: 0, weightDecay: 0, clip: 1 },
  length: { epochs: 1 },
};

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
    const tokens = { kind: "words", case: "mixed", minFrequency: 1, maxVocabulary: 100, merges: 0 } as const;
    const { training } = await newTraining(
      {
        pairs: {
          name: "numbers",
          read: () => PAIRS.map(([source, target], i) => ({ source, target, part: PARTS[i % 10] ?? "train" })),
        },
      },
      { source: tokens, target: tokens },
      NETWORK,
      SETTINGS,
      {
        backend: counting,
        output: outputFolder(path("compiled")),
        saveEverySeconds: 60,
        signal: new AbortController().signal,
      },
    );
    let [steps, validations] = [0, 0];
    for await (const { validation } of training) {
      steps++;
      if (validation) validations++;
    }
    expect([steps, validations]).toEqual([expect.toSatisfy((n: number) => n > 10), 1]);
    expect(compiled).toHaveLength(2);
  });
});
