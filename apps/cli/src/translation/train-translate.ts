import { type Backend, OptionError } from "@throughtime/core";
import { perplexity } from "@throughtime/metrics";
import { openBackend } from "../backend.js";
import { count } from "../format.js";
import type { CommandContext } from "../terminal.js";
import { conduct } from "../training/conduct.js";
import { outputFolder } from "../training/output.js";
import { requireRead } from "../training/token-options.js";
import { scorePairs, scoreText, signatureText } from "./scores.js";
import {
  dataOf,
  earlierTranslator,
  modelSettings,
  type TrainTranslateOptions,
  trainingSettings,
  vocabularySettings,
  withPreset,
} from "./train-options.js";
import { leftOutText, newTraining, resumedTraining, type TranslatorTraining } from "./training.js";
import { textTranslator } from "./translate.js";

/** The work of `throughtime train translate`. `isGiven` tells what stands on the command line from defaults. */
export async function trainTranslate(
  given: TrainTranslateOptions,
  isGiven: (name: keyof TrainTranslateOptions) => boolean,
  context: CommandContext,
): Promise<void> {
  const saved = await earlierTranslator(given, isGiven);
  const options = withPreset(given, isGiven);
  const { source, target } = vocabularySettings(options);
  if (!saved) {
    requireRead({ merges: ["bpe"] }, [source.kind, target.kind], isGiven);
    requireUsed(options, isGiven);
  }
  const data = dataOf(options, context.terminal.in, saved?.description.data.task);
  const backend = await openBackend(options);
  const output = outputFolder(options.out);
  try {
    const place = { backend, output, saveEverySeconds: options.saveEvery, signal: context.signal };
    const run = saved
      ? await resumedTraining(saved, data, options, place)
      : await newTraining(data, { source, target }, modelSettings(options), trainingSettings(options, data), place);
    const { description, training, parameters, validation, test } = run;
    const from = saved?.checkpoint.step ?? 0;
    let signed = false;
    const task = {
      ...{ training, from, steps: description.training.steps, folder: options.out, unit: "words", lossText },
      start: {
        ...{ device: backend.device, parameters, data: description.data },
        ...{ validation: validation.length, test: test.length },
        ...{ model: description.model, training: description.training },
      },
      introduction: introduction(run, backend, from),
      again: ["throughtime train translate", ...filesOf(options)],
      async validated() {
        if (options.score === 0) return {};
        const { hypotheses, references: _, ...scores } = await scored(run, backend, options);
        const how = signed ? [] : [`    ${signatureText(scores, options.bleuTokenizer)}; each word the likeliest`];
        signed = true;
        return { fields: { scores }, notes: [`    ${scoreText(scores)}`, ...how, ...shown(run, hypotheses)] };
      },
    };
    await conduct(task, options.json ?? false, context);
  } finally {
    await output.release();
    await backend.close();
  }
}

/** Translates validation sentences, word by word the likeliest, with the newest parameters. */
async function scored(
  run: TranslatorTraining,
  backend: Backend,
  { score, bleuTokenizer }: Pick<TrainTranslateOptions, "score" | "bleuTokenizer">,
) {
  const { params } = await run.training.snapshot();
  const translator = await textTranslator(backend, run, params);
  try {
    const settings = { beam: 1, nBest: 1, batch: 64 };
    const pairs = run.validation.slice(0, score);
    return await scorePairs(translator, pairs, run.description.target, settings, bleuTokenizer);
  } finally {
    translator.release();
  }
}

const shown = ({ validation }: TranslatorTraining, hypotheses: readonly string[]): string[] =>
  hypotheses.slice(0, 3).map((text, i) => `    ${validation[i]?.source} → ${text}`);

const FILES = [
  "task",
  "from",
  "to",
  "source",
  "target",
  "data",
  "validationSource",
  "validationTarget",
  "validationData",
] as const;
const filesOf = (options: TrainTranslateOptions): string[] =>
  FILES.flatMap((name) => {
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return options[name] === undefined ? [] : [`${flag} ${options[name]}`];
  });

/** A loss in the units that people quote. */
const lossText = (nats: number): string =>
  `${nats.toFixed(4)} nats per word (perplexity ${perplexity(nats).toFixed(2)})`;

function introduction(run: TranslatorTraining, { device }: Backend, from: number): string {
  const { model, training, data } = run.description;
  const { cell, hiddenSize, layers, embeddingSize, attention } = model;
  const left = [
    leftOutText(data.leftOut, training.maxLength),
    leftOutText(run.validationLeftOut, training.maxLength, "validation pair"),
  ].filter((text) => text !== "");
  const looks = attention === "none" ? "no attention" : `${attention} attention, ${model.decoder}'s decoder`;
  return [
    `${data.name}: trains on ${count(data.pairs)} pairs, validates on ${count(run.validation.length)}, keeps ${count(run.test.length)} for eval; vocabularies of ${count(model.sourceVocabularySize)} and ${count(model.targetVocabularySize)}`,
    ...left,
    `${model.encoder} encoder, ${cell}, ${layers} layer${layers === 1 ? "" : "s"} of ${hiddenSize}, embeddings of ${embeddingSize}, ${looks}: ${count(run.parameters)} parameters, on ${device}`,
    `${count(training.steps)} steps, ${count(data.stepsPerEpoch)} in an epoch, ${(100 * data.padding).toFixed(1)} % of it padding${from > 0 ? `; goes on after step ${count(from)}` : ""}`,
  ].join("\n");
}

/** Throws OptionError for options of the network that another one leaves without effect. */
function requireUsed(
  { attention, dropout, outputDropout }: TrainTranslateOptions,
  isGiven: (name: keyof TrainTranslateOptions) => boolean,
): void {
  if (isGiven("dropoutMasks") && dropout === 0 && outputDropout === 0) {
    throw new OptionError(
      "--dropout-masks does nothing without dropout. Give --dropout or --output-dropout, or leave it out.",
    );
  }
  if (isGiven("decoder") && attention === "none") {
    throw new OptionError(
      "--decoder says where attention stands; it does nothing with --attention none. Leave one out.",
    );
  }
}
