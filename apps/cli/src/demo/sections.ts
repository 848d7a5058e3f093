import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { CompileStats, Program } from "@throughtime/core";
import type { Section } from "@throughtime/report";
import { bytes, count } from "../format.js";
import { printed } from "./watch.js";

// What the demo's page shows beside the training itself.

/** The files of a folder, and what each is. */
export async function filesSection(folder: string, files: Readonly<Record<string, string>>): Promise<Section> {
  const rows = Object.entries(files).map(async ([name, what]) => [
    name,
    bytes((await stat(join(folder, name))).size),
    what,
  ]);
  return { kind: "table", title: "Files", columns: ["file", "size", "what it is"], rows: await Promise.all(rows) };
}

/** How a step of training became a Program; the first that a training compiles. */
export function programSections(programs: readonly Program[], stats: readonly CompileStats[]): readonly Section[] {
  const { passes, ops, traceMs, compileMs, peakBytes } = stats[0] as CompileStats;
  const all = Object.entries(ops);
  const sum = (entries: typeof all) => entries.reduce((total, [, times]) => total + times, 0);
  const passMs = passes.reduce((total, { ms }) => total + ms, 0);
  const table: Section = {
    kind: "table",
    title: "The Program of a step",
    text: [
      `A step of training (forward, backward through time, clipping, AdamW) is one Program: ${count(passes[0]?.before ?? 0)} equations as it was traced, ${count(sum(all))} after the passes, ${count(sum(all.filter(([op]) => op.includes("/"))))} of them in loops over time.`,
      `Tracing took ${count(traceMs)} ms, the passes ${count(passMs)} ms, compiling ${count(compileMs)} ms.${peakBytes === undefined ? "" : ` A step takes at most ${bytes(peakBytes)} of memory.`}`,
    ].join("\n\n"),
    columns: ["pass", "equations before", "after", "ms"],
    rows: passes.map(({ name, before, after, ms }) => [name, before, after, Number(ms.toFixed(1))]),
  };
  const code: Section = {
    kind: "text",
    title: "The Program in full",
    text: "As it runs, after all passes.",
    code: printed(programs[0] as Program),
  };
  return [table, code];
}
