import type { Allocator } from "./allocator.js";

/** One block that all executables compute in: runs come one after the other, and nothing in it outlives a run. */
export interface Arena {
  /** Asks for so many bytes in all runs to come. */
  reserve(bytes: number): void;
  /** Takes the request back. */
  leave(bytes: number): void;
  /** Where it lies, at least as large as any request. */
  address(): number;
}

export function newArena(allocator: Allocator): Arena {
  const requests: number[] = [];
  let block: { address: number; bytes: number } | undefined;
  const largest = (): number => requests.reduce((most, bytes) => Math.max(most, bytes), 0);
  const drop = (): void => {
    if (block) allocator.free(block.address);
    block = undefined;
  };
  return {
    reserve: (bytes) => void requests.push(bytes),
    leave(bytes) {
      const at = requests.indexOf(bytes);
      if (at >= 0) requests.splice(at, 1);
      if (block && block.bytes > largest()) drop();
    },
    address() {
      const bytes = largest();
      if (block && block.bytes >= bytes) return block.address;
      drop();
      block = { address: allocator.allocate(bytes), bytes };
      return block.address;
    },
  };
}
