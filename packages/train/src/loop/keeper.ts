import { type Checkpoint, encodeCheckpoint } from "../checkpoint/format.js";
import { BEST, LAST } from "../checkpoint/store.js";
import { isDue, type Moment } from "../every.js";
import type { CheckpointOptions } from "../options.js";

/** Which files are to be written. */
export interface Which {
  readonly best: boolean;
  readonly last: boolean;
}

/** Decides when a checkpoint is due, and writes it. */
export interface Keeper {
  /** The step of the last checkpoint; undefined before the first. */
  saved(): number | undefined;
  /** Seconds since the last checkpoint, or since the training began. */
  since(): number;
  due(moment: Moment): boolean;
  /** Whether `save` would write anything. */
  wants(which: Which): boolean;
  /** Writes one file or both; the names of what was written. Without a store: nothing, and none. */
  save(checkpoint: Checkpoint, which: Which): Promise<readonly string[]>;
}

export function makeKeeper(options: CheckpointOptions | undefined, resumedAt: number | undefined): Keeper {
  const every = options?.every ?? { seconds: 30 };
  // The best one first: were it second and lost to a crash, the last one would already say that it exists.
  const names = ({ best, last }: Which) => [...(best && options?.keepBest ? [BEST] : []), ...(last ? [LAST] : [])];
  let saved = resumedAt;
  let savedAt = performance.now();
  return {
    saved: () => saved,
    since: () => (performance.now() - savedAt) / 1000,
    due: (moment) => options !== undefined && isDue(every, moment),
    wants: (which) => options !== undefined && names(which).length > 0,
    async save(checkpoint, which) {
      if (!options) return [];
      const file = await encodeCheckpoint(checkpoint);
      for (const name of names(which)) await options.store.write(name, file);
      if (which.last) {
        saved = checkpoint.step;
        savedAt = performance.now();
      }
      return names(which);
    },
  };
}
