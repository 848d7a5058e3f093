import type { HostProgress } from "@throughtime/task";
import cliTruncate from "cli-truncate";
import { createLogUpdate } from "log-update";
import { count, duration } from "./format.js";
import { print, type Writer } from "./terminal.js";

/** Shows how far something is that is counted. */
export interface CountView {
  update(now: HostProgress): void;
  /** Leaves the terminal as it was found. */
  stop(): void;
}

/** Between two drawings, and between two lines where there is no terminal, in milliseconds. */
const FRAME = 200;
const LINE = 10_000;

/** A line that changes where a person looks; elsewhere a plain line now and then, from the tenth second on. */
export function countView(writer: Writer, clock: () => number = () => performance.now()): CountView {
  const { screen } = writer;
  const live = screen && createLogUpdate(screen as NodeJS.WriteStream, { showCursor: true });
  const timers = new Map<string, { readonly from: number; readonly begin: number }>();
  let shown = live ? -Infinity : clock();
  return {
    update(now) {
      const time = clock();
      const { from, begin } = timers.get(now.what) ?? { from: now.done, begin: time };
      timers.set(now.what, { from, begin });
      if (time - shown < (live ? FRAME : LINE)) return;
      shown = time;
      const line = lineOf(now, (time - begin) / 1000, from);
      if (live) live(cliTruncate(line, Math.max(1, (screen.columns ?? 80) - 1)));
      else print(writer, line);
    },
    stop() {
      live?.clear();
      live?.done();
    },
  };
}

/** "features: 3,120 of 8,000 · 2 failed · 2 min left" */
function lineOf({ what, done, total, failed = 0 }: HostProgress, seconds: number, from: number): string {
  const made = done - from;
  const left = total !== undefined && made > 0 ? ` · ${duration((seconds / made) * (total - done))} left` : "";
  const of = total === undefined ? "" : ` of ${count(total)}`;
  return `${what}: ${count(done)}${of}${failed > 0 ? ` · ${count(failed)} failed` : ""}${left}`;
}
