import type { HistoryEvent } from "./events.js";
import { growingHistory, type History } from "./history.js";
import { historyLines } from "./lines.js";
import { requireEvent } from "./require-event.js";

/**
 * The history that a text holds, an event a line. Later events win, as `growingHistory` says; kinds of events that this version does
 * not know are passed over. A last line that was cut in the middle is left out, and `cut` says so. `name`: what messages call the text.
 * Default "history".
 *
 * Throws DataError, naming the line, for one that is no event, and for a text of more than 2^29 − 2^10 characters.
 */
export function parseHistory(text: string, name = "history"): History {
  const { lines, cut } = historyLines(text, name);
  const history = growingHistory();
  for (const { event } of lines) if (event) history.add(event);
  const { starts, steps, end } = history;
  return { starts, steps, end, cut };
}

/**
 * A history's text as it was after `step` steps: without the steps, starts and ends that a training which goes on from there makes
 * again, and without a last line that was cut. Lines that stay are not changed. Throws what parseHistory throws.
 */
export function rewindHistory(text: string, step: number, name = "history"): string {
  const kept = historyLines(text, name).lines.filter(({ event }) => event === undefined || isBefore(event, step));
  return kept.map((line) => `${line.text}\n`).join("");
}

function isBefore(event: HistoryEvent, step: number): boolean {
  if (event.event === "end") return false;
  return event.event === "start" ? event.from < step : event.step <= step;
}

/** An event as a history's line, with its line feed. Throws DataError for one that `parseHistory` would not read. */
export function historyLine(event: HistoryEvent): string {
  requireEvent(event, "history");
  return `${JSON.stringify(event)}\n`;
}
