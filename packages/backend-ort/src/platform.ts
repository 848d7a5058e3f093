import { BackendError } from "@throughtime/core";
import type { Device } from "./devices.js";
import { messageOf, type Runtime } from "./runtime.js";

/** What the entries for Node and for pages differ in. */
export interface Platform {
  /** The runtime for a device where none is handed in. Throws BackendError where it cannot be loaded. */
  load(device: Device): Promise<Runtime>;
  /** Threads where no number is asked for. */
  threads(): number;
}

/** A package's module as a runtime. Throws BackendError where it cannot be loaded. */
export async function loadRuntime(name: string, load: () => Promise<{ readonly default?: unknown }>): Promise<Runtime> {
  try {
    const module = await load();
    return (module.default ?? module) as Runtime;
  } catch (cause) {
    throw new BackendError(
      `ort: ${name} could not be loaded. Install it, or hand in a runtime that you imported: ort({ ort: runtime }). (${messageOf(cause)})`,
      {},
      { cause },
    );
  }
}
