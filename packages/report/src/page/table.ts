import { formatNumber } from "../format.js";
import type { TableCell } from "../section.js";
import { escapeHtml } from "./html.js";

/** Longer texts take several lines. */
const LONG = 40;

/** A table; a column that holds numbers stands to the right. */
export function table(columns: readonly string[], rows: readonly (readonly TableCell[])[]): string {
  const numeric = columns.map((_, i) => rows.some((row) => typeof row[i] === "number"));
  const of = (tag: string, i: number, content: string) => {
    const kind = numeric[i] ? ' class="number"' : content.length > LONG ? ' class="long"' : "";
    return `<${tag}${kind}>${content}</${tag}>`;
  };
  const head = columns.some((column) => column !== "")
    ? `<thead><tr>${columns.map((column, i) => of("th", i, escapeHtml(column))).join("")}</tr></thead>`
    : "";
  const body = rows.map((row) => `<tr>${columns.map((_, i) => of("td", i, cellText(row[i]))).join("")}</tr>`);
  return `<div class="scroll"><table>${head}<tbody>\n${body.join("\n")}\n</tbody></table></div>`;
}

function cellText(cell: TableCell | undefined): string {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return "";
  return escapeHtml(typeof cell === "number" ? formatNumber(cell) : cell);
}
