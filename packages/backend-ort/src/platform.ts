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

/**
 * A package's module as a runtime. Throws BackendError where it cannot be loaded: with `install`, how to have it, where it
 * is not there, and with what the system says where it is broken.
 */
export async function loadRuntime(
  name: string,
  install: string,
  load: () => Promise<{ readonly default?: unknown }>,
): Promise<Runtime> {
  try {
    const module = await load();
    return (module.default ?? module) as Runtime;
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    const missing = code === "ERR_MODULE_NOT_FOUND" && messageOf(cause).includes(`'${name}'`);
    const what = missing ? `${name} is not installed` : `${name} could not be loaded: ${messageOf(cause)}`;
    throw new BackendError(
      `ort: ${what}. ${install} Or hand in a runtime that you imported: ort({ ort: runtime }).`,
      missing ? { missing: name } : {},
      { cause },
    );
  }
}
