import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Backend, foldIn, OptionError } from "@throughtime/core";
import { sampler } from "@throughtime/decode";
import { bitsFromNats, perplexity } from "@throughtime/language-model";
import { LAST, type Report } from "@throughtime/train";
import { type BackendChoice, openBackend } from "../backend.js";
import { EXIT } from "../failures.js";
import { count, duration } from "../format.js";
import { type ProgressView, progressView } from "../progress.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { loadText } from "../text-data.js";
import { loadModel, type SavedModel } from "./checkpoint-file.js";
import { keysOf, type LmDescription, type ModelSettings } from "./description.js";
import { sampleText } from "./generator.js";
import { type LmTraining, newTraining, resumedTraining } from "./training.js";

export interface TrainLmOptions extends BackendChoice {
  readonly data?: string;
  readonly out: string;
  readonly resume?: true;
  readonly saveEvery: number;
  readonly sample: number;
  readonly json?: true;
  readonly cell: ModelSettings["cell"];
  readonly hidden: number;
  readonly layers: number;
  readonly embedding?: number;
  readonly dropout: number;
  readonly batch: number;
  readonly time: number;
  readonly epochs?: number;
  readonly steps?: number;
  readonly learningRate: number;
  readonly schedule: LmDescription["training"]["schedule"];
  readonly warmUp: number;
  readonly weightDecay: number;
  readonly clip: number;
  readonly validation: number;
  readonly test: number;
  readonly validateEvery?: number;
  readonly patience: number;
  readonly seed: number;
}

const DEFAULT_EPOCHS = 4;

/** The work of `throughtime train lm`. `isGiven` tells what stands on the command line from defaults. */
export async function trainLm(
  options: TrainLmOptions,
  isGiven: (name: keyof TrainLmOptions) => boolean,
  context: CommandContext,
): Promise<void> {
  const { terminal, signal } = context;
  const saved = await earlier(options, isGiven);
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

/** The training to go on with. Throws OptionError where --out and --resume, or --resume and other options, do not agree. */
async function earlier(
  options: TrainLmOptions,
  isGiven: (name: keyof TrainLmOptions) => boolean,
): Promise<SavedModel | undefined> {
  const path = join(options.out, LAST);
  if (!options.resume) {
    const entries = await readdir(options.out).catch((): string[] => []);
    if (!entries.includes(LAST)) return undefined;
    throw new OptionError(
      `${options.out} holds a training already. Go on with it by --resume, or name another folder with --out.`,
    );
  }
  const saved = await loadModel(path);
  const { model, training } = saved.description;
  const fixed: Readonly<Record<string, unknown>> = {
    ...{ cell: model.cell, hidden: model.hiddenSize, layers: model.layers, embedding: model.embeddingSize },
    ...{ ...training, dropout: model.dropout },
  };
  for (const [name, value] of Object.entries(fixed)) {
    const asked = options[name as keyof TrainLmOptions];
    if (!isGiven(name as keyof TrainLmOptions) || asked === value) continue;
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new OptionError(
      `${flag} ${asked}: the training in ${options.out} has ${value}, and --resume goes on with its settings. Leave it out, or train anew in another folder.`,
    );
  }
  return saved;
}

const modelSettings = ({ cell, hidden, layers, embedding, dropout }: TrainLmOptions): ModelSettings => ({
  cell,
  hiddenSize: hidden,
  layers,
  embeddingSize: embedding ?? hidden,
  dropout,
});

function trainingSettings(options: TrainLmOptions) {
  const { batch, time, learningRate, schedule, warmUp, weightDecay, clip, seed } = options;
  const { validation, test, validateEvery = null, patience } = options;
  const settings = {
    ...{ batch, time, learningRate, schedule, warmUp, weightDecay, clip, seed },
    ...{ validation, test, validateEvery, patience },
  };
  const { steps, epochs = DEFAULT_EPOCHS } = options;
  return { ...settings, length: steps === undefined ? { epochs } : { steps } };
}

const startEvent = (run: LmTraining, { device }: Backend, from: number) => ({
  event: "start",
  ...{ from, device, parameters: run.parameters, stepsPerEpoch: run.stepsPerEpoch, characters: run.characters },
  ...{ model: run.description.model, training: run.description.training, data: run.description.data },
});

export function introduction(run: LmTraining, { device }: Backend, from = 0): string {
  const { model, training, data } = run.description;
  const { cell, hiddenSize, layers } = model;
  const parts = run.characters;
  return [
    `${data.name}: ${count(data.characters)} characters, ${model.vocabularySize} of them different; trains on ${count(parts.train)}, validates on ${count(parts.validation)}, keeps ${count(parts.test)} for eval`,
    `${cell}, ${layers} layer${layers === 1 ? "" : "s"} of ${hiddenSize}: ${count(run.parameters)} parameters, on ${device}`,
    `${count(training.steps)} steps of ${training.batch} × ${training.time} characters, ${count(run.stepsPerEpoch)} in an epoch${from > 0 ? `; goes on after step ${count(from)}` : ""}`,
  ].join("\n");
}

/** A loss in all the units that people quote. */
export const lossText = (nats: number): string =>
  `${nats.toFixed(4)} nats per character (${bitsFromNats(nats).toFixed(3)} bits, perplexity ${perplexity(nats).toFixed(2)})`;

export const indented = (text: string): string => text.replaceAll(/^/gm, "    ");

const SILENT: ProgressView = { update() {}, note() {}, stop() {} };
