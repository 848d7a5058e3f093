import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSafetensors } from "@throughtime/interop";
import { type CellName, type Config, configText, LEARNING_RATE, V } from "../config.js";
import type { PeerName } from "../peers/names.js";
import { makeInputs } from "../problem.js";
import type { Task } from "../protocol.js";
import type { Measurement } from "../report/measurement.js";
import type { Connection } from "./connection.js";
import { type Contestant, type InterleaveOptions, interleave } from "./interleave.js";

/** What one peer is to do. */
export interface Entry {
  readonly peer: PeerName;
  readonly cell: CellName;
  readonly config: Config;
  readonly threads: number;
}

export interface MeasureOptions extends InterleaveOptions {
  /** See Task. Default: "step". */
  readonly inputProduct?: Task["inputProduct"];
  /** Makes a peer answer. What it throws is why there is no figure. */
  readonly start: (entry: Entry) => Promise<Connection>;
}

/** Measures entries beside each other: a connection for each, all alive at once, working one at a time. */
export async function measure(entries: readonly Entry[], options: MeasureOptions): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-bench-"));
  const opened = new Map<Entry, Connection>();
  const absent = new Map<Entry, Error>();
  try {
    for (const entry of entries) {
      try {
        opened.set(entry, await options.start(entry));
      } catch (error) {
        absent.set(entry, error as Error);
      }
    }
    const { inputProduct = "step" } = options;
    const contestants = [...opened].map(([{ peer, cell, config, threads }, connection]): Contestant => {
      const work = { V, learningRate: LEARNING_RATE, inputProduct, inputs: inputsIn(folder, cell, config) };
      return { connection, task: { peer, cell, ...config, threads, ...work } };
    });
    const timings = await interleave(contestants, options);
    const results = new Map([...opened.keys()].map((entry, index) => [entry, timings[index]]));
    return entries.map((entry) => {
      const timing = results.get(entry) ?? (absent.get(entry) as Error);
      const result = timing instanceof Error ? { notMeasured: timing.message } : timing;
      return { ...entry, device: opened.get(entry)?.device ?? "", result };
    });
  } finally {
    await Promise.all([...opened.values()].map((connection) => connection.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function inputsIn(folder: string, cell: CellName, config: Config): string {
  const file = join(folder, `${cell}-${configText(config)}.safetensors`);
  writeFileSync(file, encodeSafetensors(makeInputs(cell, config)));
  return file;
}
