import { CheckpointError } from "@throughtime/core";

/**
 * Where checkpoints are kept. `write` replaces a file whole or not at all: whatever happens, `read` gives what was
 * written before or what is written now.
 */
export interface CheckpointStore {
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Throws CheckpointError where there is none of that name. */
  read(name: string): Promise<Uint8Array>;
  /** The names of what was written. */
  list(): Promise<readonly string[]>;
  /**
   * Claims the store for one training, until what it gives is called. Throws OptionError where another has it. Default:
   * whoever writes is trusted to be alone.
   */
  hold?(): Promise<() => Promise<void>>;
}

/** The newest checkpoint. */
export const LAST = "last.safetensors";
/** The one with the lowest validation loss. */
export const BEST = "best.safetensors";

/** A store in memory: for tests, notebooks and pages. */
export function memoryStore(): CheckpointStore {
  const files = new Map<string, Uint8Array>();
  return {
    async write(name, bytes) {
      files.set(name, new Uint8Array(bytes));
    },
    async read(name) {
      const bytes = files.get(name);
      if (bytes) return new Uint8Array(bytes);
      throw new CheckpointError(
        `checkpoint: the store has no ${name}; it has ${[...files.keys()].join(", ") || "none"}.`,
      );
    },
    list: async () => [...files.keys()],
  };
}
