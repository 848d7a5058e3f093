import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSafetensors } from "@throughtime/interop";
import { type CellName, type Config, LEARNING_RATE, V } from "../config.js";
import type { PeerName } from "../peers/names.js";
import { type Inputs, makeInputs } from "../problem.js";
import type { MatmulTask, SampleTask, TrainStepTask } from "../protocol.js";
import type { Measurement, NotThere } from "../report/measurement.js";
import type { Connection } from "./connection.js";
import { type Contestant, type InterleaveOptions, interleave, type Timing } from "./interleave.js";

/** A peer, and on how many threads. */
export interface Place {
  readonly peer: PeerName;
  readonly threads: number;
}

/** What one peer is to do of `train-step`. */
export interface Entry extends Place {
  readonly cell: CellName;
  readonly config: Config;
}

export interface MeasureOptions extends InterleaveOptions {
  /** Makes a peer answer. What it throws is why there is no figure. */
  readonly start: (place: Place) => Promise<Connection>;
}

/** A task without what `measureWork` adds. */
type Work =
  | Omit<TrainStepTask, "inputs" | keyof Place>
  | Omit<MatmulTask, "inputs" | keyof Place>
  | Omit<SampleTask, "inputs" | keyof Place>;

/** What a peer did, and where it ran. */
export type Measured<E extends Place> = E & { readonly device: string; readonly result: Timing | NotThere };

/** Measures training steps beside each other. `inputProduct`: see TrainStepTask; default "step". */
export const measure = (
  entries: readonly Entry[],
  { inputProduct = "step", ...options }: MeasureOptions & { readonly inputProduct?: TrainStepTask["inputProduct"] },
): Promise<Measurement[]> =>
  measureWork(entries, options, ({ cell, config }) => ({
    work: { work: "train-step", cell, ...config, V, learningRate: LEARNING_RATE, inputProduct },
    inputs: makeInputs(cell, config),
  }));

/** Measures entries beside each other: a connection for each, all alive at once, working one at a time. */
export async function measureWork<E extends Place>(
  entries: readonly E[],
  options: MeasureOptions,
  workOf: (entry: E) => { readonly work: Work; readonly inputs: Inputs },
): Promise<Measured<E>[]> {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-bench-"));
  const opened = new Map<E, Connection>();
  const absent = new Map<E, Error>();
  try {
    for (const entry of entries) {
      try {
        opened.set(entry, await options.start(entry));
      } catch (error) {
        absent.set(entry, error as Error);
      }
    }
    const contestants = [...opened].map(([entry, connection], i): Contestant => {
      const { peer, threads } = entry;
      const { work, inputs } = workOf(entry);
      const file = join(folder, `${i}.safetensors`);
      writeFileSync(file, encodeSafetensors(inputs));
      return { connection, task: { ...work, peer, threads, inputs: file } };
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
