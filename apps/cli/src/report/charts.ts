import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type RunRecord, unitOf } from "./record.js";

/** What a page needs for its charts; everything stands in the page, so that it opens from a file and offline. */
export interface Charts {
  readonly style: string;
  /** Elements to put where the charts are to be. */
  readonly loss: string;
  readonly rate: string;
  /** At the page's end. */
  readonly script: string;
}

/** The loss curve and the learning rate, drawn by uPlot. */
export function chartsOf(record: RunRecord): Charts {
  const uplot = dirname(createRequire(import.meta.url).resolve("uplot"));
  const read = (file: string) => readFileSync(join(uplot, file), "utf8");
  return {
    style: read("uPlot.min.css"),
    loss: '<div class="chart" id="loss"></div>',
    rate: '<div class="chart" id="rate"></div>',
    script: `<script>${read("uPlot.iife.min.js")}</script>\n<script>${drawing(record)}</script>`,
  };
}

/** More points than a chart has pixels would only make the page slow to open. */
const MOST_POINTS = 2000;

function drawing({ curve, validations, description }: RunRecord): string {
  const every = Math.max(1, Math.ceil(curve.length / MOST_POINTS));
  const steps = new Set([
    ...curve.filter((_, i) => i % every === 0).map(({ step }) => step),
    ...validations.map(({ step }) => step),
  ]);
  const means = runningMean(curve.map(({ loss }) => loss));
  const rows = curve.flatMap((point, i) => (steps.has(point.step) ? [{ ...point, mean: means[i] }] : []));
  const validationAt = new Map(validations.map(({ step, loss }) => [step, loss]));
  const data = {
    step: rows.map(({ step }) => step),
    loss: rows.map(({ loss }) => digits(loss)),
    mean: rows.map(({ mean }) => digits(mean)),
    validation: rows.map(({ step }) => digits(validationAt.get(step))),
    rate: rows.map(({ learningRate }) => digits(learningRate)),
    norm: rows.map(({ gradientNorm }) => digits(gradientNorm)),
  };
  // "<" would let a text end the script.
  const unit = JSON.stringify(unitOf(description));
  return `const data = ${JSON.stringify(data).replaceAll("<", "\\u003c")};\nconst unit = ${unit};\n${DRAW}`;
}

/** An exponential mean over about twenty steps, corrected for its start. */
function runningMean(values: readonly number[]): number[] {
  const keep = 0.9;
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return sum / weight;
  });
}

/** Five digits are more than a chart can show. JSON has no undefined, and null is uPlot's gap. */
const digits = (value: number | undefined): number | null =>
  value === undefined ? null : Number(value.toPrecision(5));

/** Runs in the page, with `data` and uPlot in scope. */
const DRAW = `
const draw = (id, title, height, series, scales, axes, columns) => {
  const place = document.getElementById(id);
  const width = () => place.clientWidth;
  const chart = new uPlot(
    { title, width: width(), height, scales: { x: { time: false }, ...scales }, series: [{ label: "step" }, ...series], axes: [{}, ...axes] },
    [data.step, ...columns],
    place,
  );
  addEventListener("resize", () => chart.setSize({ width: width(), height }));
};
draw(
  "loss", "Loss in nats per " + unit, 360,
  [
    { label: "each step", stroke: "#b9cbe4", width: 1 },
    { label: "running mean", stroke: "#2458a6", width: 2 },
    { label: "validation", stroke: "#c2410c", width: 2, spanGaps: true, points: { show: true, size: 8, fill: "#c2410c" } },
  ],
  {}, [{}],
  [data.loss, data.mean, data.validation],
);
draw(
  "rate", "Learning rate and gradient norm", 220,
  [
    { label: "learning rate", stroke: "#2458a6", width: 2, scale: "rate" },
    { label: "gradient norm", stroke: "#b08968", width: 1, scale: "norm" },
  ],
  {}, [{ scale: "rate", size: 70, values: (_, ticks) => ticks.map((tick) => Number(tick.toPrecision(3))) }, { scale: "norm", side: 1, grid: { show: false } }],
  [data.rate, data.norm],
);`;
