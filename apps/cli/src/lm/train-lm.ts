import { type Backend, foldIn } from "@throughtime/core";
import { sampler } from "@throughtime/decode";
import { openBackend } from "../backend.js";
import type { CommandContext } from "../terminal.js";
import { openText } from "../text-data.js";
import { conduct } from "../training/conduct.js";
import { outputFolder } from "../training/output.js";
import { keysOf } from "../training/settings.js";
import { requireRead } from "../training/token-options.js";
import { sampleText, startOf } from "./generator.js";
import { indented, introduction, validationText } from "./texts.js";
import {
  earlierLm,
  learnSettings,
  modelSettings,
  modelToBeginWith,
  type TrainLmOptions,
  trainingSettings,
} from "./train-options.js";
import { type LmTraining, newTraining, resumedTraining } from "./training.js";

/** The work of `throughtime train lm`. `isGiven` tells what stands on the command line from defaults. */
export async function trainLm(
  options: TrainLmOptions,
  isGiven: (name: keyof TrainLmOptions) => boolean,
  context: CommandContext,
): Promise<void> {
  const saved = await earlierLm(options, isGiven);
  const from = await modelToBeginWith(options, isGiven);
  if (!saved && !from) requireRead({ merges: ["bpe"], case: ["words", "bpe"] }, [options.tokens], isGiven);
  const data = openText(options.data, { encoding: options.encoding, input: context.terminal.in });
  const backend = await openBackend(options);
  const output = outputFolder(options.out);
  try {
    const place = { backend, output, saveEverySeconds: options.saveEvery, signal: context.signal };
    const run = saved
      ? await resumedTraining(saved, data, options, place)
      : await newTraining(
          data,
          modelSettings(options, from),
          learnSettings(options),
          trainingSettings(options),
          place,
          from && { tokens: from.tokens, params: from.checkpoint.params },
        );
    const { description, training, parameters, stepsPerEpoch, parts } = run;
    const step = saved?.checkpoint.step ?? 0;
    const task = {
      ...{ training, from: step, steps: description.training.steps, folder: options.out },
      ...{ unit: `${run.tokens.unit}s`, lossText: validationText(run) },
      start: {
        ...{ device: backend.device, parameters, stepsPerEpoch, ...parts },
        ...{ model: description.model, training: description.training, data: description.data },
      },
      introduction: introduction(run, backend, step),
      again: ["throughtime train lm", ...(options.data ? [`--data ${options.data}`] : [])],
      async validated({ step: at }: { readonly step: number }) {
        if (options.sample === 0) return {};
        const text = await writeSample(run, backend, at, options.sample);
        return { fields: { sample: text }, notes: [indented(text)] };
      },
    };
    await conduct(task, options.json ?? false, context);
  } finally {
    await output.release();
    await backend.close();
  }
}

async function writeSample(
  { model, tokens, description, training }: LmTraining,
  backend: Backend,
  step: number,
  length: number,
): Promise<string> {
  const key = foldIn(keysOf(description.training.seed).samples, step);
  const { params } = await training.snapshot();
  const how = { prime: startOf(tokens), length, sampler: sampler({ temperature: 0.8 }), key };
  return sampleText(backend, model, params, tokens, how);
}
