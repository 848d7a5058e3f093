import { epochsOf } from "../epochs.js";
import type { StepEvent } from "../events.js";
import { formatBytes, formatCount, formatDuration, formatRate } from "../format.js";
import { type LayerSummary, layersBytes, layersTotal } from "../layers.js";
import { summaryOf } from "../summary.js";
import { configurationHtml } from "./configuration.js";
import { lossChart, otherCharts } from "./curves.js";
import { escapeHtml, part } from "./html.js";
import type { Run } from "./page.js";
import { chartHtml, examplesHtml } from "./section.js";
import { table } from "./table.js";

/** How many times a model's own texts are shown: the first, the last, and some between. */
const SHOWN = 12;
/** And how many epochs. */
const EPOCHS = 200;

/** The parts of a page about one training; `sections` are those of its task. */
export function oneRun(run: Run, sections: readonly string[]): readonly string[] {
  const { history, layers = history.starts.at(-1)?.layers } = run;
  const { starts, steps } = history;
  const start = starts.at(-1);
  const unit = start?.unit ?? "tokens";
  const epochs = epochTable(run);
  return [
    figures(run, unit),
    ...(steps.length > 0 ? [part("How it learned", charts(steps, unit))] : []),
    ...samples(steps),
    ...(epochs === "" ? [] : [part("Epoch by epoch", epochs)]),
    ...sections,
    ...(layers && layers.length > 0 ? [part("Layers", layerTable(layers))] : []),
    ...(start ? [part("Configuration", configurationHtml(start))] : []),
  ];
}

const charts = (steps: readonly StepEvent[], unit: string): string =>
  [lossChart(steps, `nats per ${unit.replace(/s$/, "")}`), ...otherCharts([{ label: "", steps }])]
    .map((chart) => chartHtml(chart))
    .join("\n");

function figures({ history }: Run, unit: string): string {
  const { steps, planned, seconds, tokensPerSecond, trainingLoss, bestValidation, parameters, ended } =
    summaryOf(history);
  const tiles: (readonly [string, string])[] = [
    ...(bestValidation
      ? [
          [
            bestValidation.loss.toFixed(3),
            `lowest validation loss, at step ${formatCount(bestValidation.step)}`,
          ] as const,
        ]
      : []),
    ...(trainingLoss === undefined ? [] : [[trainingLoss.toFixed(3), "training loss at the end"] as const]),
    [formatCount(steps), planned !== undefined && planned > steps ? `steps of ${formatCount(planned)}` : "steps"],
    [formatDuration(seconds), "of training"],
    ...(tokensPerSecond === undefined ? [] : [[formatRate(tokensPerSecond), `${unit} per second`] as const]),
    ...(parameters === undefined ? [] : [[formatCount(parameters), "parameters"] as const]),
  ];
  const cut = history.cut ? " Its last line was cut in the middle and is left out." : "";
  const html = tiles.map(([figure, what]) => `<div><b>${escapeHtml(figure)}</b><span>${escapeHtml(what)}</span></div>`);
  return `<p>${escapeHtml(`This training ${ended}.${cut}`)}</p>\n<div class="figures">${html.join("")}</div>`;
}

/** What the model wrote as it learned. */
function samples(steps: readonly StepEvent[]): readonly string[] {
  const caption = ({ step, validation }: StepEvent) =>
    `<figcaption>after ${formatCount(step)} steps${validation ? ` · validation ${validation.loss.toFixed(3)}` : ""}</figcaption>`;
  const texts = some(
    steps.filter(({ sample }) => sample !== undefined),
    SHOWN,
  ).map((step) => `<figure>${caption(step)}<pre>${escapeHtml((step.sample as string).trim())}</pre></figure>`);
  const examples = some(
    steps.filter((step) => step.examples && step.examples.length > 0),
    SHOWN,
  ).map((step) => `<figure>${caption(step)}${examplesHtml(step.examples ?? [])}</figure>`);
  return [
    ...(texts.length > 0 ? [part("What it wrote", texts.join("\n"))] : []),
    ...(examples.length > 0 ? [part("What it made of inputs", examples.join("\n"))] : []),
  ];
}

/** The first, the last, and as many between as make `most`. */
function some<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))] as T);
}

function epochTable({ history }: Run): string {
  const epochs = some(epochsOf(history), EPOCHS);
  if (epochs.length === 0) return "";
  const scores = [...new Set(epochs.flatMap((epoch) => Object.keys(epoch.scores)))];
  const validated = epochs.some(({ validationLoss }) => validationLoss !== undefined);
  const columns = [
    ...["epoch", "steps", "training loss"],
    ...(validated ? ["validation loss"] : []),
    ...[...scores, "time", "per second"],
  ];
  const rows = epochs.map((epoch) => [
    ...[epoch.epoch, epoch.steps, epoch.trainingLoss],
    ...(validated ? [epoch.validationLoss ?? null] : []),
    ...scores.map((name) => epoch.scores[name] ?? null),
    ...[formatDuration(epoch.seconds), epoch.tokensPerSecond === undefined ? null : Math.round(epoch.tokensPerSecond)],
  ]);
  return table(columns, rows);
}

function layerTable(layers: readonly LayerSummary[]): string {
  const total = layersTotal(layers);
  const rows = layers.map(({ path, shape, dtype, count }) => [
    ...[path, shape.length === 0 ? "scalar" : shape.join(" × "), dtype, count],
    `${((100 * count) / Math.max(1, total)).toFixed(1)} %`,
  ]);
  return table(
    ["parameter", "shape", "dtype", "numbers", "share"],
    [...rows, ["all", "", "", total, formatBytes(layersBytes(layers))]],
  );
}
