import type { Import } from "../wasm/module.js";

/** Functions of single lanes that the host's Math computes, in f64: those that no training step spends its time in. */
export const HOST = ["cos", "log1p", "pow", "sin"] as const;

export const hostFunctions = (): Record<string, unknown> => Object.fromEntries(HOST.map((name) => [name, Math[name]]));

export const operandsOfHost = (name: string): 1 | 2 => (name === "pow" ? 2 : 1);

export const HOST_IMPORTS: readonly Import[] = HOST.map((name) => ({
  name,
  params: operandsOfHost(name) === 2 ? ["f32", "f32"] : ["f32"],
  results: ["f32"],
}));
