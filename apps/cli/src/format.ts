import stringWidth from "string-width";

/** 1234567 → "1,234,567". */
export const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/** 123456 → "123k", 1234567 → "1.2M"; for rates that change all the time. */
export function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  return value >= 1e4 ? `${Math.round(value / 1e3)}k` : String(Math.round(value));
}

/** Seconds as "0:07", "12:30" or "1:02:03". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Bytes as "512 B", "1.4 MB". */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  let value = size;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

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
