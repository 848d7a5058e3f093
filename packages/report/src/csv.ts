import type { History } from "./history.js";

/** Columns that stand first, where they are there at all. */
const FIRST = ["step", "epoch", "loss", "learningRate", "gradientNorm", "tokensPerSecond", "seconds"];

/**
 * A history as CSV (RFC 4180): a row a step, a column for every field that some step has (`validation.loss`, `scores.bleu`), empty
 * where a step has it not. Lists are JSON; sections are left out.
 */
export function historyCsv({ steps }: Pick<History, "steps">): string {
  const rows = steps.map(({ event: _, sections: __, ...step }) => cellsOf(step));
  const columns = new Set(FIRST.filter((name) => rows.some((row) => row.has(name))));
  for (const row of rows) for (const name of row.keys()) columns.add(name);
  const names = [...columns];
  const lines = [names, ...rows.map((row) => names.map((name) => row.get(name) ?? ""))];
  return lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}

/** An object's leaves as text, by their paths. */
function cellsOf(value: object, into = new Map<string, string>(), at = ""): Map<string, string> {
  for (const [name, field] of Object.entries(value)) {
    if (typeof field === "object" && field !== null && !Array.isArray(field)) cellsOf(field, into, `${at}${name}.`);
    else if (field !== null && field !== undefined)
      into.set(`${at}${name}`, Array.isArray(field) ? JSON.stringify(field) : String(field));
  }
  return into;
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
