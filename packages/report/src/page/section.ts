import { type Chart, COLORS } from "../charts/chart.js";
import { chartSvg } from "../charts/svg.js";
import type { Prediction } from "../events.js";
import type { Section } from "../section.js";
import { attentionHtml } from "./attention.js";
import { escapeHtml, paragraphs, part } from "./html.js";
import { table } from "./table.js";

/** A section as HTML. */
export const sectionHtml = (section: Section): string =>
  part(section.title, (section.text === undefined ? "" : paragraphs(section.text)) + contentOf(section));

function contentOf(section: Section): string {
  switch (section.kind) {
    case "text":
      return section.code === undefined ? "" : `<pre class="code">${escapeHtml(section.code)}</pre>`;
    case "table":
      return table(section.columns, section.rows);
    case "examples":
      return examplesHtml(section.examples);
    case "chart":
      return section.charts.map((chart) => chartHtml(chart)).join("\n");
    case "attention":
      return section.pictures.map(attentionHtml).join("\n");
    case "svg":
      return section.pictures.map(pictureHtml).join("\n");
  }
}

/** As an image a picture has no scripts and no network. */
const pictureHtml = ({ svg, caption = "" }: { readonly svg: string; readonly caption?: string }): string =>
  `<figure class="picture"><img alt="${escapeHtml(caption)}" src="data:image/svg+xml,${encodeURIComponent(svg)}">${caption === "" ? "" : `<figcaption>${escapeHtml(caption)}</figcaption>`}</figure>`;

/** Inputs and outputs; what was right stands with those that are not. */
export function examplesHtml(examples: readonly Prediction[]): string {
  const items = examples.map(({ input, output, expected }) => {
    const wrong = expected !== undefined && expected !== output;
    const right = wrong ? ` <span class="soft">(right: <q>${escapeHtml(expected)}</q>)</span>` : "";
    const mark = expected === undefined ? "" : wrong ? ' class="wrong"' : ' class="right"';
    return `<li${mark}><span>${escapeHtml(input)}</span> <span class="soft">→</span> <span class="output">${escapeHtml(output)}</span>${right}</li>`;
  });
  return `<ul class="examples">${items.join("\n")}</ul>`;
}

const SIZES = { wide: [880, 320], narrow: [400, 280] } as const;

/** A chart with its title and legend, drawn for a wide page and for a narrow one; the page shows the one that fits. */
export function chartHtml(chart: Chart): string {
  const legend = chart.series.map(({ label, look = "line", color }, i) => {
    const index = color ?? i;
    return `<li><i class="${look}${index >= COLORS ? " dashed" : ""}" style="color:var(--series-${index % COLORS})"></i>${escapeHtml(label)}</li>`;
  });
  const drawn = Object.entries(SIZES).map(
    ([name, [width, height]]) => `<div class="${name}">${chartSvg(chart, width, height)}</div>`,
  );
  const title = chart.y.label === "" ? chart.title : `${chart.title}, ${chart.y.label}`;
  return `<figure class="chart"><figcaption>${escapeHtml(title)}</figcaption>${legend.length > 1 ? `<ul class="legend">${legend.join("")}</ul>` : ""}${drawn.join("")}</figure>`;
}
