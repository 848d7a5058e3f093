import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NotThere } from "../report/measurement.js";
import type { Connection } from "./connection.js";
import { type Contestant, type InterleaveOptions, interleave, type Timing } from "./interleave.js";

export interface CompeteOptions<E, T> extends InterleaveOptions {
  /** Makes the peer of an entry answer. What it throws is why there is no figure. */
  readonly start: (entry: E) => Promise<Connection<T>>;
  /** What an entry's peer is to do; `folder` is there until all are done. */
  readonly taskOf: (entry: E, folder: string) => T;
}

/** How an entry came out. */
export interface Outcome<E> {
  readonly entry: E;
  readonly device: string;
  readonly result: Timing | NotThere;
}

/** Measures entries beside each other: a connection for each, all alive at once, working one at a time. */
export async function compete<E, T>(entries: readonly E[], options: CompeteOptions<E, T>): Promise<Outcome<E>[]> {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-bench-"));
  const opened = new Map<E, Connection<T>>();
  const absent = new Map<E, Error>();
  try {
    for (const entry of entries) {
      try {
        opened.set(entry, await options.start(entry));
      } catch (error) {
        absent.set(entry, error as Error);
      }
    }
    const contestants = [...opened].map(([entry, connection]): Contestant<T> => {
      return { connection, task: options.taskOf(entry, folder) };
    });
    const timings = await interleave(contestants, options);
    const results = new Map([...opened.keys()].map((entry, index) => [entry, timings[index]]));
    return entries.map((entry) => {
      const timing = results.get(entry) ?? (absent.get(entry) as Error);
      const result = timing instanceof Error ? { notMeasured: timing.message } : timing;
      return { entry, device: opened.get(entry)?.device ?? "", result };
    });
  } finally {
    await Promise.all([...opened.values()].map((connection) => connection.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}
