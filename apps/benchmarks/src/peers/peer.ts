import type { Inputs } from "../problem.js";
import type { Task } from "../protocol.js";

/** What every file of this folder but the Python one exports as `open`. */
export type OpenPeer<T = Task> = (options: { readonly threads: number }) => Promise<OpenedPeer<T>>;

/** A peer with everything imported and its backend started. */
export interface OpenedPeer<T = Task> {
  /** What runs, with versions. */
  readonly device: string;
  /** Makes the step that the task describes. Throws where the peer has no such work, or no such cell. */
  build(task: T, inputs: Inputs): Promise<Step>;
}

export interface Step {
  /** One full step of the work. Resolves to what peers are compared by: see Steps. */
  step(): Promise<number>;
  /** Where the time before the first step went, in milliseconds, for who knows it. */
  parts?(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** The place of the largest. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}
