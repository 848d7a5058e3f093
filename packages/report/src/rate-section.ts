import type { ChartSection } from "./section.js";

/** What train's `findRate` gives. */
export interface RateTest {
  readonly points: readonly { readonly learningRate: number; readonly loss: number; readonly smoothed: number }[];
  readonly steepest?: number | undefined;
  readonly tenthOfLowest?: number | undefined;
}

/** A learning-rate range test as a section: the loss over the rate's logarithm, with what it suggests. */
export function rateSection({ points, steepest, tenthOfLowest }: RateTest): ChartSection {
  const marks = [
    ...(steepest === undefined ? [] : [{ x: steepest, label: `steepest ${rateText(steepest)}` }]),
    ...(tenthOfLowest === undefined
      ? []
      : [{ x: tenthOfLowest, label: `a tenth of the lowest ${rateText(tenthOfLowest)}` }]),
  ];
  // The last losses of a curve that ended by them may be of any size.
  const top = points.slice(0, -1).reduce((most, { smoothed }) => Math.max(most, smoothed), -Infinity);
  const shown = points.length < 3 ? points : points.slice(0, -1);
  return {
    kind: "chart",
    title: "Learning-rate range test",
    text:
      marks.length === 0
        ? "The loss never falls: try lower rates, or look at the model."
        : "Each step had a larger rate than the one before. Take a rate where the loss still falls, well below the one where it begins to rise.",
    charts: [
      {
        title: "Loss",
        x: { label: "learning rate", scale: "log" },
        y: { label: "" },
        series: [
          {
            label: "each step",
            look: "faint",
            color: 0,
            points: shown.map(({ learningRate, loss }) => [learningRate, loss <= top ? loss : Number.NaN]),
          },
          { label: "smoothed", color: 0, points: shown.map(({ learningRate, smoothed }) => [learningRate, smoothed]) },
        ],
        marks,
      },
    ],
  };
}

/** Two digits are as many as a suggestion has. */
const rateText = (rate: number): string => String(Number(rate.toPrecision(2)));
