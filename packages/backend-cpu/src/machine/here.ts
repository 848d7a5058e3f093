import { hostFunctions } from "../math/host.js";
import { engine } from "../wasm/engine.js";
import { MAX_PAGES, type Machine } from "./machine.js";
import { over } from "./memory.js";

/** Runs in the caller's thread, which waits for it. */
export function newHere(): Machine {
  const memory = new engine.Memory({ initial: 1, maximum: MAX_PAGES });
  return {
    ...over(memory),
    threads: 1,
    worth: 0,
    shared: false,
    note: "1 thread",
    maximum: MAX_PAGES,
    async load(module) {
      const { instance } = await engine.instantiate(module, { env: { memory, ...hostFunctions() } });
      const run = instance.exports.run as (arena: number, thread: number) => number;
      return { run: async (arena) => run(arena, 0), drop: () => undefined };
    },
    close: async () => undefined,
  };
}
