import { ArgumentError } from "@throughtime/core";
import type { History } from "../history.js";
import type { LayerSummary } from "../layers.js";
import type { Section } from "../section.js";
import { comparison } from "./comparison.js";
import { escapeHtml } from "./html.js";
import { oneRun } from "./one-run.js";
import { sectionHtml } from "./section.js";
import { STYLE } from "./style.js";

/** A training as a report shows it. */
export interface Run {
  /** What it is called: a folder's name. */
  readonly name: string;
  readonly history: History;
  /** What stands below its epochs. Default: those of the last step that has some. */
  readonly sections?: readonly Section[];
  /** Default: the layers that the history's start names. */
  readonly layers?: readonly LayerSummary[];
}

export interface ReportOptions {
  /** Default: the names of the runs. */
  readonly title?: string;
  /** A sentence or two below the title. */
  readonly introduction?: string;
  /** The page loads itself again after so many seconds: of a training that runs. Default: never. */
  readonly refresh?: number;
}

/** Stands in every page that `reportPage` makes, near its beginning. */
export const REPORT_MARK = '<meta name="generator" content="@throughtime/report">';

/** Whatever slipped into a page could neither run nor ask the network for anything. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/**
 * Trainings as one HTML page that stands alone: it opens from a file, without a network and without scripts. One run is shown in
 * full; of several the curves stand in one chart, with tables of their results and of the settings in which they differ. What comes
 * from data is text, whatever is in it. Throws ArgumentError for no runs.
 */
export function reportPage(runs: readonly Run[], options: ReportOptions = {}): string {
  if (runs.length === 0)
    throw new ArgumentError("reportPage: there are no runs; expected a list of { name, history }.");
  const alone = runs.length === 1;
  const title = options.title ?? (alone ? (runs[0] as Run).name : `${runs.length} trainings`);
  const sections = runs.flatMap(({ name, history, sections: own = lastSections(history) }) =>
    own.map((one) => sectionHtml(alone ? one : { ...one, title: `${name}: ${one.title}` })),
  );
  return pageOf({ ...options, title }, alone ? oneRun(runs[0] as Run, sections) : [...comparison(runs), ...sections]);
}

/** Sections alone as one HTML page, such as `reportPage` makes of trainings. */
export const sectionsPage = (
  sections: readonly Section[],
  options: ReportOptions & { readonly title: string },
): string => pageOf(options, sections.map(sectionHtml));

const pageOf = (
  { title, introduction, refresh }: ReportOptions & { readonly title: string },
  parts: readonly string[],
): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${REPORT_MARK}
<meta http-equiv="Content-Security-Policy" content="${POLICY}">${refresh === undefined ? "" : `\n<meta http-equiv="refresh" content="${Math.ceil(refresh)}">`}
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${introduction === undefined ? "" : `<p>${escapeHtml(introduction)}</p>`}
${parts.join("\n")}
</main>
</body>
</html>
`;

const lastSections = ({ steps }: History): readonly Section[] =>
  steps.filter(({ sections }) => sections).at(-1)?.sections ?? [];
