import type { Memory } from "../wasm/engine.js";
import { type Machine, PAGE } from "./machine.js";

/** A machine's memory where the caller reaches it. Its buffer is another one whenever it grew. */
export function over(memory: Memory): Pick<Machine, "pages" | "grow" | "write" | "copy" | "read"> {
  return {
    pages: () => memory.buffer.byteLength / PAGE,
    grow: (pages) => void memory.grow(pages),
    write: (address, bytes) => new Uint8Array(memory.buffer).set(bytes, address),
    copy: (to, from, length) => void new Uint8Array(memory.buffer).copyWithin(to, from, from + length),
    read: async (address, into) => into.set(new Uint8Array(memory.buffer, address, into.length)),
  };
}
