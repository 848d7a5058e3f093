/** Curves over one pair of axes, as plain data. */
export interface Chart {
  readonly title: string;
  readonly series: readonly Series[];
  readonly x: Axis;
  readonly y: Axis;
  /** Vertical lines. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[];
}

export interface Series {
  readonly label: string;
  /** [x, y], x rising. What is not finite, or not positive on a logarithmic axis, is a gap. */
  readonly points: readonly Point[];
  /** Which of the page's colours, from 0. Default: its place among the series. */
  readonly color?: number;
  /** "faint": a noisy curve behind others; "dots": few points, each marked. Default "line". */
  readonly look?: "line" | "faint" | "dots";
}

export type Point = readonly [x: number, y: number];

export interface Axis {
  readonly label: string;
  /** Default "linear". */
  readonly scale?: "linear" | "log";
}

/** How many colours the page has; series beyond have them again, dashed. */
export const COLORS = 8;
