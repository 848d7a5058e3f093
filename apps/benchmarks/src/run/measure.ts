import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeSafetensors } from "@throughtime/interop";
import { type CellName, type Config, LEARNING_RATE, V } from "../config.js";
import type { PeerName } from "../peers/names.js";
import { type Inputs, makeInputs } from "../problem.js";
import type { CnnTask, MatmulTask, SampleTask, Task, TrainStepTask } from "../protocol.js";
import type { Measurement, NotThere } from "../report/measurement.js";
import { compete } from "./compete.js";
import type { Connection } from "./connection.js";
import type { InterleaveOptions, Timing } from "./interleave.js";

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
  | Omit<CnnTask, "inputs" | keyof Place>
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

/** Measures entries beside each other, each on its own work. */
export async function measureWork<E extends Place>(
  entries: readonly E[],
  options: MeasureOptions,
  workOf: (entry: E) => { readonly work: Work; readonly inputs: Inputs },
): Promise<Measured<E>[]> {
  let files = 0;
  const outcomes = await compete(entries, {
    ...options,
    taskOf(entry, folder): Task {
      const { peer, threads } = entry;
      const { work, inputs } = workOf(entry);
      const file = join(folder, `${files++}.safetensors`);
      writeFileSync(file, encodeSafetensors(inputs));
      return { ...work, peer, threads, inputs: file };
    },
  });
  return outcomes.map(({ entry, device, result }) => ({ ...entry, device, result }));
}
