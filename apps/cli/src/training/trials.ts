import { join } from "node:path";
import { layersBytes, layersOf, layersText, rateSection, sectionsPage } from "@throughtime/report";
import type { Prepared } from "@throughtime/task";
import { findRate, measureStep, type TrainOptions } from "@throughtime/train";
import { fileStore, holdFolder } from "@throughtime/train/node";
import { bytes, count, duration, table } from "../format.js";
import { type CommandContext, print, printJson } from "../terminal.js";

/** What is to be trained, as far as it can be tried without a training. */
export interface Trial {
  readonly prepared: Prepared;
  readonly options: TrainOptions<unknown, unknown>;
  readonly device: string;
  readonly json: boolean;
}

/** `--dry-run`: layers, parameters, memory and time of a step. Nothing is written. */
export async function dryRun({ prepared, options, device, json }: Trial, context: CommandContext): Promise<void> {
  const { out, err } = context.terminal;
  if (!json) for (const line of prepared.introduction) print(err, line);
  const layers = layersOf(options.params);
  const cost = await measureStep({ ...options, signal: context.signal });
  const { stats: _, ...figures } = cost;
  const { steps = 0 } = options;
  const seconds = steps * cost.stepSeconds;
  // Of resident memory, in kilobytes.
  const processBytes = 1024 * process.resourceUsage().maxRSS;
  const facts = { device, layers, ...figures, processBytes, steps, seconds };
  if (json) return printJson(out, { event: "dry-run", ...facts });
  print(out, layersText(layers));
  const rows = [
    ["parameters", `${count(cost.parameters)}, ${bytes(layersBytes(layers))}`],
    ["optimizer's state", bytes(cost.optimizerBytes)],
    ...(cost.peakBytes === undefined ? [] : [["memory of a step", `${bytes(cost.peakBytes)} at most`]]),
    ["memory of the process", `${bytes(processBytes)} at most`],
    ["compiling", `${cost.compileSeconds.toFixed(1)} s`],
    [
      "a step",
      `${(1000 * cost.stepSeconds).toFixed(1)} ms, ${count(cost.tokensPerSecond)} ${prepared.unit}/s, on ${device}`,
    ],
    ["the training", `${count(steps)} steps: about ${duration(seconds)}, without validations`],
  ];
  print(out, `\n${table(rows, "  ")}`);
}

/** The page of a learning-rate range test. */
const PAGE = "learning-rates.html";

/** `--find-rate`: the loss over rising learning rates, as a page and as a table. */
export async function findRates(
  { options, device, json }: Trial,
  folder: string,
  context: CommandContext,
): Promise<void> {
  const { out, err } = context.terminal;
  if (!json) print(err, `Tries learning rates from 1e-7 to 10, a step each, on ${device}.`);
  const letGo = await holdFolder(folder);
  try {
    const curve = await findRate({ ...options, signal: context.signal });
    const page = sectionsPage([rateSection(curve)], { title: "Learning rates" });
    await fileStore(folder).write(PAGE, new TextEncoder().encode(page));
    if (json) return printJson(out, { event: "rates", page: join(folder, PAGE), ...curve });
    print(out, rateTable(curve.points));
    print(out, suggestion(curve));
    print(out, `The curve: ${join(folder, PAGE)}`);
  } finally {
    await letGo();
  }
}

/** Rows of a terminal. */
const ROWS = 20;
const BAR = 40;

/** The smoothed loss at some of the rates, with a bar for each. */
function rateTable(points: readonly { readonly learningRate: number; readonly smoothed: number }[]): string {
  const every = Math.max(1, Math.ceil(points.length / ROWS));
  const shown = points.filter((_, i) => i % every === 0);
  const losses = shown.map(({ smoothed }) => smoothed);
  const [low, high] = [
    losses.reduce((a, b) => Math.min(a, b), Infinity),
    losses.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const bar = (loss: number) => "█".repeat(1 + Math.round((BAR * (loss - low)) / Math.max(high - low, 1e-12)));
  const rows = shown.map(({ learningRate, smoothed }) => [
    learningRate.toExponential(1),
    smoothed.toFixed(4),
    bar(smoothed),
  ]);
  return table([["rate", "loss", ""], ...rows], "  ");
}

function suggestion({
  steepest,
  tenthOfLowest,
}: {
  readonly steepest?: number | undefined;
  readonly tenthOfLowest?: number | undefined;
}): string {
  if (steepest === undefined && tenthOfLowest === undefined) return "The loss falls at none of these rates.";
  const said = [
    ...(steepest === undefined ? [] : [`--learning-rate ${steepest.toExponential(1)}, where the loss falls fastest`]),
    ...(tenthOfLowest === undefined
      ? []
      : [`${tenthOfLowest.toExponential(1)}, a tenth of the rate with the lowest loss`]),
  ];
  return `Try ${said.join("; or ")}.`;
}
