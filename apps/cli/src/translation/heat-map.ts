import { escapeHtml } from "../report/html.js";
import type { Translation } from "./translate.js";

const CELL = 22;
/** Of a letter of a label, about. */
const LETTER = 7.5;

/**
 * Where a translator looked, as an SVG picture: a column for each token of the source, a row for each of the target and
 * for its end, and the darker a square the more of the row's attention it has. Undefined where there was no attention.
 */
export function heatMap({ attention, sourceTokens, targetTokens }: Translation): string | undefined {
  if (!attention) return undefined;
  const columns = sourceTokens.map(labelOf);
  const rows = [...targetTokens.map(labelOf), "</s>"].slice(0, attention.length);
  const left = margin(rows);
  const top = margin(columns);
  const width = left + CELL * columns.length + CELL;
  const height = top + CELL * rows.length + CELL;
  const squares = rows.flatMap((row, t) =>
    columns.map((column, s) => {
      const weight = (attention[t] as ArrayLike<number>)[s] as number;
      const said = `${row} ← ${column}: ${(100 * weight).toFixed(1)} %`;
      const place = `x="${left + CELL * s}" y="${top + CELL * t}" width="${CELL}" height="${CELL}"`;
      return `<rect ${place} fill-opacity="${weight.toFixed(3)}"><title>${escapeHtml(said)}</title></rect>`;
    }),
  );
  const sources = columns.map((label, s) => {
    const [x, y] = [left + CELL * (s + 0.65), top - 6];
    return `<text transform="translate(${x} ${y}) rotate(-60)">${escapeHtml(label)}</text>`;
  });
  const targets = rows.map((label, t) => {
    return `<text x="${left - 6}" y="${top + CELL * (t + 0.68)}" text-anchor="end">${escapeHtml(label)}</text>`;
  });
  const frame = `<rect x="${left}" y="${top}" width="${CELL * columns.length}" height="${CELL * rows.length}" fill="none" stroke="#8a94a3"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeHtml(`${columns.join(" ")} → ${rows.slice(0, targetTokens.length).join(" ")}`)}</title>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<g fill="#2458a6">${squares.join("\n")}</g>`,
    frame,
    `<g font-family="system-ui, sans-serif" font-size="13" fill="#1c2430">${[...sources, ...targets].join("\n")}</g>`,
    "</svg>",
    "",
  ].join("\n");
}

/** A token as XML may hold it; a space can be seen. */
const labelOf = (token: string): string => (token === " " ? "␣" : token.replaceAll(/[\p{Cc}\uFFFE\uFFFF]/gu, "\uFFFD"));

const margin = (labels: readonly string[]): number =>
  Math.ceil(20 + LETTER * Math.max(1, ...labels.map((label) => [...label].length)));
