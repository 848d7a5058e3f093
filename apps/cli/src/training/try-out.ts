import { join } from "node:path";
import { layersOf, layersText, rateSection, sectionsPage } from "@throughtime/report";
import { findRate, measureStep, type TrainOptions } from "@throughtime/train";
import { fileStore } from "@throughtime/train/node";
import { bytes, count, duration, short } from "../format.js";
import { type CommandContext, print, printJson } from "../terminal.js";

/** A training that is only tried. */
export interface Trial {
  readonly options: TrainOptions<unknown, unknown>;
  /** Updates in all. */
  readonly steps: number;
  /** What throughput counts: "characters". */
  readonly unit: string;
}

/** `--dry-run`: the layers, and what a step takes. Writes no files. Throws what `measureStep` throws. */
export async function dryRun(
  { options, steps, unit }: Trial,
  json: boolean,
  { terminal, stopsItself }: CommandContext,
) {
  const layers = layersOf(options.params);
  stopsItself?.();
  const { stats: _, steps: timed, ...cost } = await measureStep(options);
  const seconds = steps * cost.stepSeconds;
  if (json) return printJson(terminal.out, { event: "dry-run", layers, ...cost, timed, steps, seconds });
  const { parameterBytes, optimizerBytes, peakBytes, stepSeconds, tokensPerSecond, compileSeconds } = cost;
  const peak = peakBytes === undefined ? "" : `; at most ${bytes(peakBytes)} in a step`;
  const lines = [
    layersText(layers),
    "",
    `memory: ${bytes(parameterBytes)} of parameters, ${bytes(optimizerBytes)} of the optimizer's state${peak}`,
    `compiled in ${compileSeconds.toFixed(1)} s; a step takes ${milliseconds(stepSeconds)} (the median of ${timed}), ${short(tokensPerSecond)} ${unit}/s`,
    `${count(steps)} steps would take about ${duration(seconds)}, without validations`,
  ];
  print(terminal.out, lines.join("\n"));
}

/** The page that `--find-rate` writes into the training's folder. */
export const RATES = "find-rate.html";

/** `--find-rate`: a learning-rate range test, its curve as a page in `folder`. Throws what `findRate` and the folder's store throw. */
export async function rateTest(
  { options }: Trial,
  folder: string,
  json: boolean,
  { terminal, stopsItself }: CommandContext,
): Promise<void> {
  stopsItself?.();
  const curve = await findRate(options);
  const page = sectionsPage([rateSection(curve)], { title: "Learning-rate range test" });
  await fileStore(folder).write(RATES, new TextEncoder().encode(page));
  const { points, steepest, tenthOfLowest, ended } = curve;
  if (json) return printJson(terminal.out, { event: "find-rate", ...curve, page: join(folder, RATES) });
  const suggested = [
    ...(steepest === undefined ? [] : [`The loss falls fastest at --learning-rate ${digits(steepest)}.`]),
    ...(tenthOfLowest === undefined ? [] : [`A tenth of the rate where it is lowest is ${digits(tenthOfLowest)}.`]),
  ];
  const [first, last] = [points.at(0), points.at(-1)].map((point) => digits(point?.learningRate ?? 0));
  const why = ended === "diverged" ? ", where the loss diverged" : "";
  print(
    terminal.out,
    [
      `Tried ${count(points.length)} learning rates from ${first} to ${last}${why}.`,
      suggested.length === 0 ? "The loss never fell." : suggested.join(" "),
      `The curve: ${join(folder, RATES)}`,
    ].join("\n"),
  );
}

const milliseconds = (seconds: number): string =>
  seconds >= 1 ? `${seconds.toFixed(2)} s` : `${(1000 * seconds).toFixed(1)} ms`;

/** A rate with two digits. */
const digits = (rate: number): string => String(Number(rate.toPrecision(2)));
