import { BackendError } from "@throughtime/core";
import { type Machine, PAGE } from "../machine/machine.js";

const ALIGNMENT = 64;
/** Room for constants, from here to the first block; before it stands what threads meet at (emit/barrier.ts). */
const FIRST_CONSTANT = 256;
const FIRST_BLOCK = 4096;

/** Blocks of a machine's memory, which grows as they need it. */
export interface Allocator {
  /** The address of a block of so many bytes, aligned to 64. Throws BackendError where the memory cannot grow any more. */
  allocate(bytes: number): number;
  free(address: number): void;
  /** Where four bytes stand for good: in a page of their own, shared by all modules. Undefined once it is full. */
  constant(lane: readonly number[]): number | undefined;
  /** Bytes in blocks now, and at the most so far. */
  statistics(): { readonly usedBytes: number; readonly peakBytes: number };
}

interface Gap {
  address: number;
  bytes: number;
}

/** First fit over a list of gaps, sorted by address and joined where they meet. */
export function newAllocator(machine: Machine): Allocator {
  const gaps: Gap[] = [{ address: FIRST_BLOCK, bytes: PAGE - FIRST_BLOCK }];
  const constants = new Map<string, number>();
  const sizes = new Map<number, number>();
  let usedBytes = 0;
  let peakBytes = 0;

  const release = (address: number, bytes: number): void => {
    const next = gaps.findIndex((gap) => gap.address > address);
    const at = next < 0 ? gaps.length : next;
    const [before, after] = [gaps[at - 1], gaps[at]];
    const joinsAfter = after !== undefined && address + bytes === after.address;
    if (before && before.address + before.bytes === address) {
      before.bytes += bytes + (joinsAfter ? after.bytes : 0);
      if (joinsAfter) gaps.splice(at, 1);
    } else if (joinsAfter) {
      after.address = address;
      after.bytes += bytes;
    } else {
      gaps.splice(at, 0, { address, bytes });
    }
  };
  const grow = (bytes: number): void => {
    const end = machine.pages() * PAGE;
    const last = gaps.at(-1);
    const open = last && last.address + last.bytes === end ? last.bytes : 0;
    // By a quarter at least, so that many small arrays do not grow it many times.
    const needed = Math.ceil((bytes - open) / PAGE);
    const wanted = Math.max(needed, Math.min(Math.ceil(end / PAGE / 4), machine.maximum - end / PAGE));
    try {
      machine.grow(wanted);
    } catch {
      try {
        machine.grow(needed);
      } catch (cause) {
        throw new BackendError(
          `cpu: ${bytes} bytes more than the ${end} in use do not fit into a 32-bit WebAssembly memory (or the machine's). ` +
            "Use smaller batches, release arrays, or run on backend-ort.",
          { bytes, inUse: usedBytes },
          { cause },
        );
      }
    }
    release(end, machine.pages() * PAGE - end);
  };
  return {
    allocate(bytes) {
      const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
      let gap = gaps.find((each) => each.bytes >= size);
      if (!gap) {
        grow(size);
        gap = gaps.find((each) => each.bytes >= size) as Gap;
      }
      const { address } = gap;
      gap.address += size;
      gap.bytes -= size;
      if (gap.bytes === 0) gaps.splice(gaps.indexOf(gap), 1);
      sizes.set(address, size);
      usedBytes += size;
      peakBytes = Math.max(peakBytes, usedBytes);
      return address;
    },
    free(address) {
      const size = sizes.get(address);
      if (size === undefined) return;
      sizes.delete(address);
      usedBytes -= size;
      release(address, size);
    },
    constant(lane) {
      const key = lane.join();
      const known = constants.get(key);
      if (known !== undefined) return known;
      const address = FIRST_CONSTANT + 4 * constants.size;
      if (address >= FIRST_BLOCK) return undefined;
      machine.write(address, Uint8Array.from(lane));
      constants.set(key, address);
      return address;
    },
    statistics: () => ({ usedBytes, peakBytes }),
  };
}
