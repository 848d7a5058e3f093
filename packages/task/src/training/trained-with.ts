import { CheckpointError } from "@throughtime/core";
import { requireFields } from "../described.js";
import { headerOf, type Saved } from "../model-file.js";
import type { Options } from "../options.js";
import { wrongWith } from "../require-values.js";

/**
 * Throws CheckpointError, naming the first, where the options or the length that a model file says it was trained with are none that a
 * training can have. A file of an earlier version says neither.
 */
export function requireTrainedWith(options: Options, { path, checkpoint }: Saved): void {
  const header: { readonly options?: unknown; readonly length?: unknown } = headerOf(checkpoint.description) as object;
  if (header.options === undefined && header.length === undefined) return;
  const own = (typeof header.options === "object" ? (header.options ?? {}) : {}) as Readonly<Record<string, unknown>>;
  for (const [name, option] of Object.entries(options)) {
    const value = Object.hasOwn(own, name) ? own[name] : undefined;
    if (value === undefined && (option.free || option.default === undefined)) continue;
    const wrong = wrongWith(option, value);
    if (wrong === undefined) continue;
    throw new CheckpointError(`${path}: its description is not of this version: options.${name} is ${wrong}.`, {
      option: name,
    });
  }
  requireFields(path, "length", header.length, { steps: "whole", epochs: { orNull: "number" } });
}
