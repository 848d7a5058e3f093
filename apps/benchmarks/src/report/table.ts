import { configText } from "../config.js";
import type { PeerName } from "../peers/names.js";
import type { Timing } from "../run/interleave.js";
import { median, minimum, noise, ratio } from "../run/statistics.js";
import { isTiming, LOSS_TOLERANCE, type Measurement, type NotThere, strangers } from "./measurement.js";

/** Peers that the others' times are divided by. */
const BASES: readonly PeerName[] = ["hand", "pytorch"];

/** The peers of one task as a table, with ratios to those that others are held against. */
export function taskTable(measurements: readonly Measurement[]): string {
  const [first] = measurements;
  if (!first) return "";
  const odd = strangers(measurements);
  const title = `${first.cell} ${configText(first.config)}, ${threadText(first.threads)}`;
  const warning = odd.map(({ peer }) => `≠ ${peer}: its loss is more than ${LOSS_TOLERANCE} from the others'.`);
  return [title, timingTable(measurements, BASES, odd), ...warning].join("\n");
}

/** What one peer did, of whatever benchmark. */
export interface Timed {
  readonly peer: string;
  readonly result: Timing | NotThere;
}

/** Peers as rows, with ratios to those in `bases`; `odd` are marked. */
export function timingTable(measurements: readonly Timed[], among: readonly string[], odd: readonly Timed[]): string {
  const bases = among.filter((base) => measurements.some(({ peer, result }) => peer === base && isTiming(result)));
  const header = [
    "peer",
    "median ms",
    "±",
    "min ms",
    ...bases.map((base) => `× ${base}`),
    "compile ms",
    "loss",
    "peak MB",
  ];
  const rows = measurements.map((measurement) => {
    const { peer, result } = measurement;
    if (!isTiming(result)) return [peer, `not measured: ${result.notMeasured}`];
    const all = result.rounds.flat();
    return [
      peer,
      digits(median(all)),
      `${(100 * noise(all)).toFixed(0)} %`,
      digits(minimum(all)),
      ...bases.map((base) => ratios(measurement, measurements.find((other) => other.peer === base) as Timed)),
      result.compileMs.toFixed(0),
      `${result.loss.toFixed(5)}${odd.includes(measurement) ? " ≠" : ""}`,
      result.peakBytes === null ? "not measured" : (result.peakBytes / 1e6).toFixed(0),
    ];
  });
  return aligned([header, ...rows]);
}

/** By medians, and in brackets by the fastest steps. */
function ratios({ result }: Timed, { result: base }: Timed): string {
  if (!isTiming(result) || !isTiming(base)) return "–";
  const byMinimum = minimum(result.rounds.flat()) / minimum(base.rounds.flat());
  return `${ratio(result.rounds, base.rounds).toFixed(2)} (${byMinimum.toFixed(2)})`;
}

/** Three digits that matter. */
export function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

export const threadText = (threads: number): string => (threads === 1 ? "1 thread" : `${threads} threads`);

/** Rows as lines: the first column stands left, numbers right. Why a figure is not there may be longer than its column. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const isNote = (text: string) => text.startsWith("not measured");
  const width = (column: number) =>
    rows.map((row) => row[column] ?? "").reduce((widest, text) => Math.max(widest, isNote(text) ? 0 : text.length), 0);
  const widths = (rows[0] ?? []).map((_, column) => width(column));
  const pad = (text: string, column: number) =>
    column === 0 || isNote(text) ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => `  ${row.map(pad).join("  ").trimEnd()}`).join("\n");
}
