import type { Module } from "../wasm/module.js";

/** What every emitter needs: the module, and which instructions the engine has. */
export interface Emit {
  readonly module: Module;
  readonly relaxed: boolean;
}
