import type { AttentionPicture } from "./attention/picture.js";
import type { Chart } from "./charts/chart.js";
import type { Prediction } from "./events.js";

/** A part of a report, as plain data: what a task adds of its own. Whatever stands in it is shown as text, and a picture cannot run anything. */
export type Section = TextSection | TableSection | ExamplesSection | ChartSection | AttentionSection | SvgSection;

export interface TextSection {
  readonly kind: "text";
  readonly title: string;
  /** Paragraphs, with an empty line between two. */
  readonly text: string;
  /** Shown as it stands, in a box that scrolls. */
  readonly code?: string;
}

export interface TableSection {
  readonly kind: "table";
  readonly title: string;
  readonly text?: string;
  readonly columns: readonly string[];
  /** Numbers stand to the right. null: an empty cell. */
  readonly rows: readonly (readonly TableCell[])[];
}

export type TableCell = string | number | null;

export interface ExamplesSection {
  readonly kind: "examples";
  readonly title: string;
  readonly text?: string;
  readonly examples: readonly Prediction[];
}

export interface ChartSection {
  readonly kind: "chart";
  readonly title: string;
  readonly text?: string;
  readonly charts: readonly Chart[];
}

export interface AttentionSection {
  readonly kind: "attention";
  readonly title: string;
  readonly text?: string;
  /** Each with a panel for every word, as `attentionPicture` makes them. */
  readonly pictures: readonly AttentionPicture[];
}

export interface SvgSection {
  readonly kind: "svg";
  readonly title: string;
  readonly text?: string;
  /** Pictures: each an `<svg xmlns="http://www.w3.org/2000/svg" …>` of its own. */
  readonly pictures: readonly { readonly svg: string; readonly caption?: string }[];
}
