import { formatDuration } from "../format.js";
import type { TableCell } from "../section.js";
import { summaryOf } from "../summary.js";
import { configurationOf } from "./configuration.js";
import { type Curve, curvesChart, otherCharts } from "./curves.js";
import { escapeHtml, part } from "./html.js";
import type { Run } from "./page.js";
import { chartHtml, examplesHtml } from "./section.js";
import { table } from "./table.js";

/** The parts of a page about several trainings. */
export function comparison(runs: readonly Run[]): readonly string[] {
  const curves: readonly Curve[] = runs.map(({ name, history }) => ({ label: name, steps: history.steps }));
  const charts = [
    curvesChart("Training loss", "running mean", curves, ({ loss }) => loss, "noisy"),
    curvesChart("Validation loss", "", curves, ({ validation }) => validation?.loss, "dots"),
    ...otherCharts(curves),
  ].filter((chart) => chart !== undefined);
  return [
    part("Results", resultTable(runs)),
    part("Settings that differ", differences(runs)),
    ...(charts.length > 0 ? [part("How they learned", charts.map((chart) => chartHtml(chart)).join("\n"))] : []),
    ...lastTexts(runs),
  ];
}

function resultTable(runs: readonly Run[]): string {
  const summaries = runs.map(({ history }) => summaryOf(history));
  const scores = [...new Set(summaries.flatMap((summary) => Object.keys(summary.scores)))];
  const columns = [
    ...["run", "validation loss", "at step", "training loss", ...scores],
    ...["steps", "epochs", "parameters", "time", "per second", "how it ended"],
  ];
  const rows = summaries.map((summary, i): readonly TableCell[] => [
    ...[(runs[i] as Run).name, summary.bestValidation?.loss ?? null, summary.bestValidation?.step ?? null],
    ...[summary.trainingLoss ?? null, ...scores.map((name) => summary.scores[name] ?? null)],
    ...[summary.steps, summary.epochs ?? null, summary.parameters ?? null, formatDuration(summary.seconds)],
    ...[summary.tokensPerSecond === undefined ? null : Math.round(summary.tokensPerSecond), summary.ended],
  ]);
  const used = columns.map((_, i) => rows.some((row) => row[i] !== null));
  const only = <T>(cells: readonly T[]) => cells.filter((_, i) => used[i]);
  return `<p>The validation loss is the lowest of each run; scores are those of its last validation.</p>\n${table(only(columns), rows.map(only))}`;
}

function differences(runs: readonly Run[]): string {
  const settings = runs.map(({ history }) => {
    const groups = [...configurationOf(history.starts.at(-1))];
    return new Map(
      groups.flatMap(([group, values]) =>
        [...values].map(([name, value]) => [group === "" ? name : `${group}.${name}`, value] as const),
      ),
    );
  });
  const names = [...new Set(settings.flatMap((one) => [...one.keys()]))];
  const differing = names.filter((name) => new Set(settings.map((one) => one.get(name))).size > 1);
  if (differing.length === 0) return `<p>None: ${names.length} settings are the same in all runs.</p>`;
  const rows = differing.map((name) => [name, ...settings.map((one) => one.get(name) ?? null)]);
  const rest = names.length - differing.length;
  const same = rest === 0 ? "" : `<p>${rest} more ${rest === 1 ? "is" : "are"} the same in all runs.</p>`;
  return table(["", ...runs.map(({ name }) => name)], rows) + same;
}

/** What each model made at the end. */
function lastTexts(runs: readonly Run[]): readonly string[] {
  const figures = runs.flatMap(({ name, history: { steps } }) => {
    const sample = steps.filter((step) => step.sample).at(-1)?.sample;
    const examples = steps.filter((step) => step.examples?.length).at(-1)?.examples;
    const caption = `<figcaption>${escapeHtml(name)}</figcaption>`;
    return [
      ...(sample === undefined ? [] : [`<figure>${caption}<pre>${escapeHtml(sample.trim())}</pre></figure>`]),
      ...(examples === undefined ? [] : [`<figure>${caption}${examplesHtml(examples)}</figure>`]),
    ];
  });
  return figures.length === 0 ? [] : [part("What they made at the end", figures.join("\n"))];
}
