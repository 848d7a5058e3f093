import { type Backend, foldIn } from "@throughtime/core";
import { sampler } from "@throughtime/decode";
import { openBackend } from "../backend.js";
import type { CommandContext } from "../terminal.js";
import { loadText } from "../text-data.js";
import { conduct } from "../training/conduct.js";
import { outputFolder } from "../training/output.js";
import { keysOf } from "../training/settings.js";
import { sampleText } from "./generator.js";
import { indented, introduction, lossText } from "./texts.js";
import { earlierLm, modelSettings, type TrainLmOptions, trainingSettings } from "./train-options.js";
import { type LmTraining, newTraining, resumedTraining } from "./training.js";

/** The work of `throughtime train lm`. `isGiven` tells what stands on the command line from defaults. */
export async function trainLm(
  options: TrainLmOptions,
  isGiven: (name: keyof TrainLmOptions) => boolean,
  context: CommandContext,
): Promise<void> {
  const saved = await earlierLm(options, isGiven);
  const data = await loadText(options.data);
  const backend = await openBackend(options);
  const output = outputFolder(options.out);
  try {
    const place = { backend, output, saveEverySeconds: options.saveEvery, signal: context.signal };
    const run = saved
      ? await resumedTraining(saved, data, place)
      : await newTraining(data, modelSettings(options), trainingSettings(options), place);
    const { description, training, parameters, stepsPerEpoch, characters } = run;
    const from = saved?.checkpoint.step ?? 0;
    const task = {
      ...{ training, from, steps: description.training.steps, folder: options.out, unit: "characters", lossText },
      start: {
        ...{ device: backend.device, parameters, stepsPerEpoch, characters },
        ...{ model: description.model, training: description.training, data: description.data },
      },
      introduction: introduction(run, backend, from),
      again: ["throughtime train lm", ...(options.data ? [`--data ${options.data}`] : [])],
      async validated({ step }: { readonly step: number }) {
        if (options.sample === 0) return {};
        const text = await writeSample(run, backend, step, options.sample);
        return { fields: { sample: text }, notes: [indented(text)] };
      },
    };
    await conduct(task, options.json ?? false, context);
  } finally {
    await output.release();
    await backend.close();
  }
}

function writeSample(
  { model, vocabulary, description, training }: LmTraining,
  backend: Backend,
  step: number,
  length: number,
) {
  const key = foldIn(keysOf(description.training.seed).samples, step);
  const prime = vocabulary.symbols.includes("\n") ? "\n" : (vocabulary.symbols[0] as string);
  return training
    .snapshot()
    .then(({ params }) =>
      sampleText(backend, model, params, vocabulary, { prime, length, sampler: sampler({ temperature: 0.8 }), key }),
    );
}
