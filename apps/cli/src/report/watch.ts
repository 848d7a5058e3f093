import { type Backend, countOps, print } from "@throughtime/core";
import type { ProgramRecord } from "./record.js";

/** A backend that keeps a record of every Program it is given to compile, and otherwise is the one that it wraps. */
export interface WatchedBackend {
  readonly backend: Backend;
  /** In the order they were compiled. Peak bytes are known once a Program has run. */
  programs(): readonly Omit<ProgramRecord, "name">[];
}

/** A Program printed in full may be long; beyond this many lines it is cut. */
const MOST_LINES = 400;

export function watched(backend: Backend): WatchedBackend {
  const seen: (() => Omit<ProgramRecord, "name">)[] = [];
  return {
    backend: {
      ...backend,
      async compile(program, options) {
        const started = performance.now();
        const executable = await backend.compile(program, options);
        const compileMs = performance.now() - started;
        const lines = print(program).split("\n");
        const text =
          lines.length > MOST_LINES
            ? [...lines.slice(0, MOST_LINES), `… ${lines.length - MOST_LINES} more lines`]
            : lines;
        const record = { ops: countOps(program), compileMs, text: text.join("\n") };
        seen.push(() => ({ ...record, peakBytes: executable.stats?.peakBytes }));
        return executable;
      },
    },
    programs: () => seen.map((read) => read()),
  };
}
