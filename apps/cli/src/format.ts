import stringWidth from "string-width";

export {
  formatBytes as bytes,
  formatCount as count,
  formatDuration as duration,
  formatRate as short,
} from "@throughtime/report";

/** Rows as lines with aligned columns, by what a terminal takes for each character. */
export function table(rows: readonly (readonly string[])[], indent = ""): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((most, row) => Math.max(most, stringWidth(row[column] ?? "")), 0),
  );
  const padded = (cell: string, column: number) =>
    cell + " ".repeat(Math.max(0, (widths[column] as number) - stringWidth(cell)));
  return rows
    .map((row) => `${indent}${row.map((cell, i) => (i === row.length - 1 ? cell : padded(cell, i))).join("  ")}`)
    .join("\n");
}
