import type { ModuleKind } from "../emit/main.js";

/**
 * A memory, and whatever runs modules over it: the caller's thread, or workers. Planning, compiling and giving out memory
 * stay with the caller; a machine knows addresses and bytes only.
 */
export interface Machine {
  /** How many threads run a module together. */
  readonly threads: number;
  /** How many nanoseconds of work each thread must have in a step before it is worth meeting the others for. */
  readonly worth: number;
  /** Whether the memory is shared between threads, which modules must say that import it. */
  readonly shared: boolean;
  /** Where it runs, for people: "2 threads". */
  readonly note: string;
  /** The most pages of 64 KiB that it can have, and how many it has. */
  readonly maximum: number;
  pages(): number;
  /** Throws RangeError where that is too much. */
  grow(pages: number): void;
  write(address: number, bytes: Uint8Array): void;
  copy(to: number, from: number, length: number): void;
  /** Fills `into` from an address on. */
  read(address: number, into: Uint8Array): Promise<void>;
  load(module: Uint8Array<ArrayBuffer>, kind: ModuleKind): Promise<Loaded>;
  /** Stops what is running: it rejects with BackendError. */
  close(): Promise<void>;
}

/** A module that is ready to run. */
export interface Loaded {
  /** Runs it over an arena and gives its error bits. Never two at a time on one machine. */
  run(arena: number): Promise<number>;
  drop(): void;
}

export const PAGE = 65536;
/** What 32-bit addresses reach. */
export const MAX_PAGES = 65536;
