import type { Chart, Point, Series } from "../charts/chart.js";
import { rangeOf, runningMean } from "../charts/points.js";
import type { StepEvent } from "../events.js";
import { numbersIn } from "../summary.js";

/** Steps under a name, for a curve of them. */
export interface Curve {
  readonly label: string;
  readonly steps: readonly StepEvent[];
}

const STEP = { label: "step" } as const;

/** How far values may be apart before their axis is logarithmic. */
const FAR = 100;

/** A run's loss at each step, its running mean and its validation loss. */
export function lossChart(steps: readonly StepEvent[], unit: string): Chart {
  const loss = pointsOf(steps, (step) => step.loss);
  const validation = pointsOf(steps, ({ validation: measured }) => measured?.loss);
  const series: readonly Series[] = [
    { label: "each step", points: loss, color: 0, look: "faint" },
    { label: "running mean", points: runningMean(loss), color: 0 },
    ...(validation.length > 0 ? [{ label: "validation", points: validation, color: 1, look: "dots" } as const] : []),
  ];
  return { title: "Loss", series, x: STEP, y: { label: unit, ...scaleFor(series.slice(1)) } };
}

/**
 * One curve a run of something that steps say; undefined where none does. What is noisy is shown by its running mean, and of one run
 * alone as it is behind that.
 */
export function curvesChart(
  title: string,
  unit: string,
  curves: readonly Curve[],
  value: (step: StepEvent) => number | undefined,
  look: "line" | "noisy" | "dots",
): Chart | undefined {
  const series = curves.flatMap(({ label, steps }, color): Series[] => {
    const points = pointsOf(steps, value);
    if (points.length === 0) return [];
    if (look !== "noisy") return [{ label, color, points, look }];
    const mean: Series = { label, color, points: runningMean(points) };
    if (curves.length > 1) return [mean];
    return [
      { label: "each step", color, points, look: "faint" },
      { ...mean, label: "running mean" },
    ];
  });
  if (series.length === 0) return undefined;
  const scale = look === "noisy" ? scaleFor(series.filter((one) => one.look !== "faint")) : {};
  return { title, series, x: STEP, y: { label: unit, ...scale } };
}

/** Learning rate, gradient norm, metrics and scores: a chart for each that some step says. */
export function otherCharts(curves: readonly Curve[]): readonly Chart[] {
  const some = (group: (step: StepEvent) => unknown) => {
    const names = curves.flatMap(({ steps }) => steps.flatMap((step) => Object.keys(numbersIn(group(step)))));
    return [...new Set(names)];
  };
  const charts = [
    curvesChart("Learning rate", "", curves, ({ learningRate }) => learningRate, "line"),
    curvesChart("Gradient norm before clipping", "", curves, ({ gradientNorm }) => gradientNorm, "noisy"),
    ...some(({ metrics }) => metrics).map((name) =>
      curvesChart(name, "", curves, ({ metrics }) => metrics?.[name], "noisy"),
    ),
    ...some(({ validation }) => validation?.metrics).map((name) =>
      curvesChart(`${name}, validation`, "", curves, ({ validation }) => validation?.metrics?.[name], "dots"),
    ),
    ...some(({ scores }) => scores)
      .map((name) => curvesChart(name, "", curves, ({ scores }) => numbersIn(scores)[name], "dots"))
      .filter((chart) => chart && changes(chart)),
  ];
  return charts.filter((chart) => chart !== undefined);
}

/** Among scores stand figures that are always the same, as how many sentences were scored. */
const changes = ({ series }: Chart): boolean =>
  new Set(series.flatMap(({ points }) => points.map(([, y]) => y))).size > 1;

const pointsOf = (steps: readonly StepEvent[], value: (step: StepEvent) => number | undefined): readonly Point[] =>
  steps.flatMap((step): Point[] => {
    const y = value(step);
    return y === undefined ? [] : [[step.step, y]];
  });

function scaleFor(series: readonly Series[]): { readonly scale?: "log" } {
  const range = rangeOf(series.flatMap(({ points }) => points.map(([, y]) => y)));
  return range && range[0] > 0 && range[1] / range[0] > FAR ? { scale: "log" } : {};
}
