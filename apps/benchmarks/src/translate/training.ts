import { readFileSync } from "node:fs";
import { type Backend, key } from "@throughtime/core";
import { decodeSafetensors } from "@throughtime/interop";
import { translator } from "@throughtime/seq2seq";
import { type PairArrays, pairBatches } from "@throughtime/text";
import { adam, BEST, clipByNorm, cosine, decodeCheckpoint, LAST, type Loss, train } from "@throughtime/train";
import { fileStore } from "@throughtime/train/node";
import type { Inputs } from "../problem.js";
import { pairsOf } from "./corpus.js";
import { type Network, translatorOf } from "./network.js";
import { treeAt } from "./paths.js";
import { networkOptions } from "./recipe.js";
import { BEGIN, END, PAD } from "./task.js";
import type { EpochDone, EpochProgress, Opened, Translated, TranslationTask } from "./training-protocol.js";

const SPECIAL = { pad: PAD, begin: BEGIN, end: END };

/** A training that stands still between its epochs. */
export interface TranslatorTraining extends Opened {
  /** Runs one epoch and its validation. `tell` hears of it about every second. */
  epoch(tell: (progress: EpochProgress) => void): Promise<EpochDone>;
  /** Translates the test by the parameters that validated best. */
  translate(beam: number, maxLength: number): Promise<Translated>;
  /** Ends it where it stands; its folder is free. */
  leave(): Promise<void>;
}

/** The task as `train` does it. Throws what `train` throws. */
export async function openTranslatorTraining(backend: Backend, task: TranslationTask): Promise<TranslatorTraining> {
  const { tensors } = decodeSafetensors(readFileSync(task.corpus));
  const model = networkOf(task, tensors);
  const source = pairBatches({
    ...{ open: () => pairsOf("train", tensors), ids: SPECIAL, batchTokens: task.tokens, key: key(task.seed) },
  });
  let stepsPerEpoch = 0;
  for (let next = await source.next(source.start); next?.epoch === 0; next = await source.next(next.cursor)) {
    stepsPerEpoch++;
  }
  const steps = stepsPerEpoch * task.epochs;
  const store = fileStore(task.folder);
  const earlier = (await store.list()).includes(LAST) ? await decodeCheckpoint(await store.read(LAST)) : undefined;
  const reports = train({
    ...{ backend, params: treeAt("params", tensors), source, steps },
    loss: model.loss as Loss<unknown, PairArrays>,
    noise: (k, batch) => model.noise(k, batch),
    dims: model.dims,
    key: key(task.seed),
    optimizer: adam({ learningRate: task.learningRate }),
    ...(task.schedule === "cosine" ? { schedule: cosine({ steps }) } : {}),
    clip: clipByNorm(task.clipNorm),
    validation: {
      source: pairBatches({ open: () => pairsOf("val", tensors), ids: SPECIAL, batchTokens: 3500, epochs: 1 }),
      loss: model.evaluation as Loss<unknown, PairArrays>,
      every: { steps: stepsPerEpoch },
    },
    // At an epoch's end and never else, so that it can be gone on from there.
    checkpoint: { store, every: { steps: stepsPerEpoch }, keepBest: true },
    resume: "auto",
    describe: { ...task, corpus: "", folder: "" },
  })[Symbol.asyncIterator]();

  return {
    epochs: Math.floor((earlier?.step ?? 0) / stepsPerEpoch),
    stepsPerEpoch,
    async epoch(tell) {
      const started = performance.now();
      let told = started;
      let total = 0;
      for (;;) {
        const { value: report, done: over } = await reports.next();
        if (over) throw new Error("translate: the training is at its end.");
        total += report.loss;
        if (performance.now() - told > 1000) {
          told = performance.now();
          tell({ step: ((report.step - 1) % stepsPerEpoch) + 1, loss: report.loss });
        }
        if (!report.validation) continue;
        const { loss: validation, seconds: validationSeconds } = report.validation;
        const seconds = (performance.now() - started) / 1000 - validationSeconds;
        return { epoch: report.epoch + 1, trainLoss: total / stepsPerEpoch, validation, seconds, validationSeconds };
      }
    },
    async translate(beam, maxLength) {
      const { params } = await decodeCheckpoint(await store.read(BEST));
      return search(backend, model, params, pairsOf("test", tensors), { beam, maxLength });
    },
    leave: async () => void (await reports.return?.()),
  };
}

function networkOf(task: TranslationTask, tensors: Inputs): Network {
  const size = (name: string, axis: number) => tensors[`params.${name}`]?.shape[axis] as number;
  return translatorOf({
    ...{ Vs: size("source.E", 0), E: size("source.E", 1), Vt: size("target.E", 0), H: size("decoder.cell.U", 0) },
    ...{ ...networkOptions(task), attention: task.attention },
  });
}

/** Sentences that are searched for together. */
const TOGETHER = 64;

/** The best translation of each source, those of like length together. */
async function search(
  backend: Backend,
  model: Network,
  params: unknown,
  pairs: ReturnType<typeof pairsOf>,
  { beam, maxLength }: { readonly beam: number; readonly maxLength: number },
): Promise<Translated> {
  const started = performance.now();
  const { translate, release } = await translator(backend, model, params);
  const hypotheses: (readonly number[])[] = [];
  const options = { begin: BEGIN, end: END, never: [PAD, BEGIN], size: beam, maxLength, batch: TOGETHER };
  const sources = pairs.map(({ source }) => source);
  for await (const [best] of translate(sources, options)) hypotheses.push(best?.tokens ?? []);
  release();
  return { hypotheses, seconds: (performance.now() - started) / 1000 };
}
