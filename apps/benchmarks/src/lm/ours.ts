import { readFileSync } from "node:fs";
import { type Backend, key, splitKey } from "@throughtime/core";
import { decodeSafetensors } from "@throughtime/interop";
import { charModel } from "@throughtime/language-model";
import { lanes, type Window } from "@throughtime/text";
import { adamw, clipByNorm, cosine, decodeCheckpoint, LAST, type Loss, train } from "@throughtime/train";
import { fileStore } from "@throughtime/train/node";
import type { EpochDone, EpochProgress, LmTask, Opened } from "./protocol.js";

/** A training that stands still between its epochs. */
export interface EpochTraining extends Opened {
  /** Runs one epoch and its validation. `tell` hears of it about every second. */
  epoch(tell: (progress: EpochProgress) => void): Promise<EpochDone>;
  /** Ends it where it stands; its folder is free. */
  leave(): Promise<void>;
}

/** The task as `train` does it. Throws what `train` throws. */
export async function openTraining(backend: Backend, task: LmTask): Promise<EpochTraining> {
  const { cell, V, H, B, T, epochs, learningRate, clipNorm, seed, folder } = task;
  const { tensors } = decodeSafetensors(readFileSync(task.tokens));
  const tokens = (name: string) => tensors[name]?.data as Int32Array;
  const source = lanes(tokens("train"), { batch: B, time: T });
  const steps = source.stepsPerEpoch * epochs;
  const model = charModel({ cell, vocabularySize: V, hiddenSize: H });
  const [forParams, forTraining] = splitKey(key(seed));
  const store = fileStore(folder);
  const earlier = (await store.list()).includes(LAST) ? await decodeCheckpoint(await store.read(LAST)) : undefined;
  const reports = train<unknown, Window>({
    backend,
    params: model.init(forParams),
    loss: model.loss as Loss<unknown, Window>,
    optimizer: adamw({ learningRate }),
    source,
    steps,
    schedule: cosine({ steps }),
    clip: clipByNorm(clipNorm),
    carry: model.initialState(B),
    dims: model.dims,
    key: forTraining,
    validation: {
      source: lanes(tokens("validation"), { batch: 1, time: 256, last: "keep", epochs: 1 }),
      carry: model.initialState(1),
    },
    // At an epoch's end and never else, so that it can be gone on from there.
    checkpoint: { store, every: { steps: source.stepsPerEpoch } },
    resume: "auto",
    describe: { ...task, tokens: "", folder: "" },
  })[Symbol.asyncIterator]();
  return {
    epochs: Math.floor((earlier?.step ?? 0) / source.stepsPerEpoch),
    stepsPerEpoch: source.stepsPerEpoch,
    async epoch(tell) {
      const started = performance.now();
      let told = started;
      let total = 0;
      for (;;) {
        const { value: report, done: over } = await reports.next();
        if (over) throw new Error("lm: the training is at its end.");
        total += report.loss;
        if (performance.now() - told > 1000) {
          told = performance.now();
          tell({ step: ((report.step - 1) % source.stepsPerEpoch) + 1, loss: report.loss });
        }
        if (!report.validation) continue;
        const { loss: validation, seconds: validationSeconds } = report.validation;
        return {
          epoch: report.epoch + 1,
          trainLoss: total / source.stepsPerEpoch,
          validation,
          seconds: (performance.now() - started) / 1000 - validationSeconds,
          validationSeconds,
        };
      }
    },
    leave: async () => void (await reports.return?.()),
  };
}
