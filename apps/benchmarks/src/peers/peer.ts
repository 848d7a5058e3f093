import type { Inputs } from "../problem.js";
import type { Task } from "../protocol.js";

/** What every file of this folder but the Python one exports as `open`. */
export type OpenPeer<T = Task> = (options: { readonly threads: number }) => Promise<OpenedPeer<T>>;

/** A peer with everything imported and its backend started. */
export interface OpenedPeer<T = Task> {
  /** What runs, with versions. */
  readonly device: string;
  /** Makes the training step that the task describes. Throws where the peer has no such cell. */
  build(task: T, inputs: Inputs): Promise<TrainStep>;
}

export interface TrainStep {
  /** One full step, on the batch it was built with: forward, backward, update. Resolves to the loss before the update. */
  step(): Promise<number>;
  /** Where the time before the first step went, in milliseconds, for who knows it. */
  parts?(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}
