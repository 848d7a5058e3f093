import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { median, minimum } from "../run/statistics.js";
import { isTiming } from "./measurement.js";
import type { Timed } from "./table.js";

/** What `--json` writes of peers that did the work that `task` describes. A figure that was not measured is null. Milliseconds. */
export const figuresOf = (measurements: readonly Timed[], task: Readonly<Record<string, number>>) =>
  measurements.map(({ peer, result }) => {
    if (!isTiming(result)) {
      return { peer, ...task, medianMs: null, minMs: null, compileMs: null, loss: null, peakBytes: null };
    }
    const { rounds, compileMs, loss, peakBytes } = result;
    const all = rounds.flat();
    return { peer, ...task, medianMs: median(all), minMs: minimum(all), compileMs, loss, peakBytes };
  });

/** Writes JSON, into a folder that is made where it is not there. */
export function writeFigures(file: string, figures: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
}
