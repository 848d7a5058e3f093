import { CheckpointError, printable, quote } from "@throughtime/core";
import { parameterCount } from "./training/settings.js";

/** What a field of a checkpoint's description must be: a whole number from 1 or from 0, a number, a text, a list of texts, one of several words; or null. */
export type Kind = "count" | "whole" | "number" | "text" | "texts" | readonly string[] | { readonly orNull: Kind };

/**
 * Throws CheckpointError, naming the first field, where a description that came from a file is not what this version writes: nothing
 * is built of it before. `at`: where in the description the fields are.
 */
export function requireFields(path: string, at: string, value: unknown, fields: Readonly<Record<string, Kind>>): void {
  const object = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  for (const [name, kind] of Object.entries(fields)) {
    if (isOf(object[name], kind)) continue;
    throw new CheckpointError(
      `${printable(path)}: its description is not of this version: ${at}.${name} is ${quote(object[name])}; expected ${kindText(kind)}.`,
      { path, field: `${at}.${name}` },
    );
  }
}

function isOf(value: unknown, kind: Kind): boolean {
  if (kind === "text") return typeof value === "string";
  if (kind === "texts") return Array.isArray(value) && value.every((one) => typeof one === "string");
  if (kind === "number") return Number.isFinite(value);
  if (kind === "count" || kind === "whole")
    return Number.isSafeInteger(value) && (value as number) >= (kind === "count" ? 1 : 0);
  return "orNull" in kind ? value === null || isOf(value, kind.orNull) : kind.includes(value as string);
}

function kindText(kind: Kind): string {
  if (kind === "text") return "a text";
  if (kind === "texts") return "a list of texts";
  if (kind === "number") return "a number";
  if (kind === "count" || kind === "whole") return `a whole number from ${kind === "count" ? 1 : 0}`;
  return "orNull" in kind ? `${kindText(kind.orNull)} or null` : `one of ${kind.join(", ")}`;
}

/**
 * Throws CheckpointError where a model, as a file describes it, is not as large as the parameters in that file: before memory is
 * asked for. `most`: how many parameters a model of that description has at most, where they are not just `size`.
 */
export function requireSize(path: string, params: unknown, size: number, most = size): void {
  const actual = parameterCount(params);
  if (actual >= size && actual <= most) return;
  throw new CheckpointError(
    `${printable(path)}: it describes a model of ${size === most ? "" : "about "}${size.toLocaleString("en")} parameters, but holds ${actual.toLocaleString("en")}; the description is another model's.`,
    { path, described: size, actual },
  );
}

/**
 * What is made of a part of a file's description. Throws CheckpointError, naming file and part, where that throws; in place of the
 * function that its error names.
 *
 * @example const words = fromFile(path, "vocabulary", () => vocabularyFromJson(json));
 */
export function fromFile<R>(path: string, part: string, make: () => R): R {
  try {
    return make();
  } catch (cause) {
    const why = (cause as Error).message.replace(/^\w+: /, "");
    throw new CheckpointError(`${printable(path)}: its ${part} cannot be read: ${why}`, { path, part }, { cause });
  }
}
