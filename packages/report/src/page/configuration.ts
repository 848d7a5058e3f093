import type { StartEvent } from "../events.js";
import { escapeHtml } from "./html.js";
import { table } from "./table.js";

/** Settings by path, group by group: "model" → "hiddenSize" → "256". What is alone stands in the group "". */
export function configurationOf(start: StartEvent | undefined): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const { event: _, from: __, layers: ___, ...fields } = start ?? ({ event: "start", from: 0 } as StartEvent);
  const groups = new Map<string, ReadonlyMap<string, string>>();
  const alone = new Map<string, string>();
  for (const [name, value] of Object.entries(fields)) {
    if (isGroup(value)) groups.set(name, new Map(leavesOf(value)));
    else if (value !== null && value !== undefined) alone.set(name, textOf(value));
  }
  return alone.size > 0 ? groups.set("", alone) : groups;
}

/** Tables of a run's settings, side by side. */
export function configurationHtml(start: StartEvent | undefined): string {
  const tables = [...configurationOf(start)].map(
    ([name, values]) =>
      `<div><h3>${escapeHtml(name === "" ? "run" : name)}</h3>${table(["", ""], shown([...values]))}</div>`,
  );
  return `<div class="columns">${tables.join("")}</div>`;
}

/** Of a group, so many settings are shown: what has more is a vocabulary. */
const MOST = 50;

/** Longer texts (hashes, lists of tokens) tell nobody anything in a table. */
const LONGEST = 120;

const shown = (rows: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] =>
  rows.length <= MOST ? rows : [...rows.slice(0, MOST), ["…", `${rows.length - MOST} more`]];

function leavesOf(value: object, at = ""): readonly (readonly [string, string])[] {
  return Object.entries(value).flatMap(([name, field]): (readonly [string, string])[] => {
    if (isGroup(field)) return [...leavesOf(field, `${at}${name}.`)];
    return field === null || field === undefined ? [] : [[`${at}${name}`, textOf(field)]];
  });
}

const isGroup = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
