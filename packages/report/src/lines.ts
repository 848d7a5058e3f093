import { DataError, quote } from "@throughtime/core";
import type { HistoryEvent } from "./events.js";
import { requireEvent } from "./require-event.js";

/** The most that a history's text, and one line of it, may have, in characters; engines hold no longer texts than that. */
export const MOST = { text: 2 ** 29 - 2 ** 10, line: 2 ** 24 } as const;

/** A line of a history: its text as it stands, and its event where it is of a kind that is known. */
export interface Line {
  readonly text: string;
  readonly event: HistoryEvent | undefined;
}

/**
 * The lines of a history. What stands behind the last line feed and is no event is a line that was cut: it is not among them. Throws
 * DataError, naming the line, for anything else that is no event.
 */
export function historyLines(text: string, name: string): { readonly lines: readonly Line[]; readonly cut: boolean } {
  if (text.length > MOST.text) {
    throw new DataError(
      `${name}: ${text.length.toLocaleString("en")} characters are too many for a history; at most ${MOST.text.toLocaleString("en")} are read.`,
      { length: text.length },
    );
  }
  const all = text.split("\n");
  const lines: Line[] = [];
  let cut = false;
  all.forEach((line, i) => {
    if (line.trim() === "") return;
    try {
      lines.push({ text: line, event: eventOf(line, `${name}, line ${i + 1}`, i + 1) });
    } catch (error) {
      if (i < all.length - 1) throw error;
      cut = true;
    }
  });
  return { lines, cut };
}

/** Undefined for a kind of event that this version does not know. */
function eventOf(line: string, place: string, number: number): HistoryEvent | undefined {
  const details = { line: number };
  if (line.length > MOST.line) {
    throw new DataError(
      `${place}: ${line.length.toLocaleString("en")} characters are too many for an event; at most ${MOST.line.toLocaleString("en")} are read.`,
      details,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new DataError(
      `${place}: it is no JSON: ${quote(line)}. Each line of a history is one JSON object, {"event":"step", …}; remove the line if it is damaged.`,
      details,
      { cause },
    );
  }
  return requireEvent(value, place, details);
}
