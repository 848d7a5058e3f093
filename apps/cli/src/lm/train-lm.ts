import { join } from "node:path";
import { type Backend, foldIn } from "@throughtime/core";
import { sampler } from "@throughtime/decode";
import { LAST, type Report } from "@throughtime/train";
import { openBackend } from "../backend.js";
import { EXIT } from "../failures.js";
import { count, duration } from "../format.js";
import { type ProgressView, progressView } from "../progress.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { loadText } from "../text-data.js";
import { keysOf } from "./description.js";
import { sampleText } from "./generator.js";
import { indented, introduction, lossText } from "./texts.js";
import { earlierTraining, modelSettings, type TrainLmOptions, trainingSettings } from "./train-options.js";
import { type LmTraining, newTraining, resumedTraining } from "./training.js";

/** The work of `throughtime train lm`. `isGiven` tells what stands on the command line from defaults. */
export async function trainLm(
  options: TrainLmOptions,
  isGiven: (name: keyof TrainLmOptions) => boolean,
  context: CommandContext,
): Promise<void> {
  const { terminal, signal } = context;
  const saved = await earlierTraining(options, isGiven);
  const data = await loadText(options.data);
  const backend = await openBackend(options);
  try {
    const place = { backend, folder: options.out, saveEverySeconds: options.saveEvery, signal };
    const run = saved
      ? await resumedTraining(saved, data, place)
      : await newTraining(data, modelSettings(options), trainingSettings(options), place);
    const from = saved?.checkpoint.step ?? 0;
    if (options.json) printJson(terminal.out, startEvent(run, backend, from));
    else print(terminal.err, introduction(run, backend, from));
    const total = run.description.training.steps;
    const view = options.json && !terminal.err.isTTY ? SILENT : progressView(terminal.err, { total, from });
    const last = await follow(run, backend, options, context, view).finally(() => view.stop());
    conclude(last, from, options, context);
  } finally {
    await backend.close();
  }
}

/** Iterates over the training and shows it; the last report, or undefined where there was nothing left to do. */
async function follow(
  run: LmTraining,
  backend: Backend,
  { json, sample }: TrainLmOptions,
  { terminal }: CommandContext,
  view: ProgressView,
): Promise<Report | undefined> {
  let last: Report | undefined;
  for await (const report of run.training) {
    last = report;
    const { step, loss, tokensPerSecond, seconds, validation } = report;
    const text = validation && sample > 0 ? await writeSample(run, backend, step, sample) : undefined;
    if (json) printJson(terminal.out, { event: "step", ...report, ...(text === undefined ? {} : { sample: text }) });
    view.update({ step, loss, charactersPerSecond: tokensPerSecond, seconds });
    if (!validation || json) continue;
    view.note(
      `step ${count(step)}: validation ${lossText(validation.loss)}${validation.best ? ", the best so far" : ""}`,
    );
    if (text !== undefined) view.note(indented(text));
  }
  return last;
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

function conclude(last: Report | undefined, from: number, options: TrainLmOptions, context: CommandContext) {
  const { terminal, end } = context;
  const step = last?.step ?? from;
  const path = join(options.out, LAST);
  const reason = last?.ended ?? "steps";
  if (options.json) printJson(terminal.out, { event: "end", reason, step, checkpoint: path });
  else if (reason === "signal") {
    const again = [
      "throughtime train lm",
      ...(options.data ? [`--data ${options.data}`] : []),
      `--out ${options.out} --resume`,
    ];
    print(terminal.err, `Stopped after step ${count(step)}. Saved in ${path}. Go on with: ${again.join(" ")}`);
  } else if (!last)
    print(terminal.out, `The training in ${options.out} is at its end already, after ${count(step)} steps.`);
  else {
    const measured = last.validation ? `: validation ${lossText(last.validation.loss)}` : "";
    const why = reason === "patience" ? ", since validation no longer improved" : "";
    print(
      terminal.out,
      `Trained ${count(step)} steps in ${duration(last.seconds)}${why}${measured}. Saved in ${options.out}.`,
    );
  }
  if (reason === "signal") end(EXIT.interrupted);
}

const startEvent = (run: LmTraining, { device }: Backend, from: number) => ({
  event: "start",
  ...{ from, device, parameters: run.parameters, stepsPerEpoch: run.stepsPerEpoch, characters: run.characters },
  ...{ model: run.description.model, training: run.description.training, data: run.description.data },
});

const SILENT: ProgressView = { update() {}, note() {}, stop() {} };
