import { OptionError, quote } from "@throughtime/core";
import type { Option, Options } from "./options.js";

/**
 * Throws OptionError for values that are not of these options: a name that there is not, a value of another type or out of its range, or
 * two that cannot be given together. `place`: what messages call the function that they were given to.
 */
export function requireValues(place: string, all: Options, given: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const option = Object.hasOwn(all, name) ? all[name] : undefined;
    if (option === undefined) {
      throw new OptionError(
        `${place}: there is no option ${quote(name)}; there are ${Object.keys(all).join(", ") || "none"}.`,
      );
    }
    const wrong = wrongWith(option, value);
    if (wrong !== undefined) throw new OptionError(`${place}: ${name} is ${wrong}.`);
    const other = option.conflicts?.find((one) => given[one] !== undefined);
    if (other === undefined) continue;
    throw new OptionError(`${place}: ${name} and ${other} cannot be given together. Leave one out.`);
  }
}

/** What a value is, and what an option expects; undefined where it is what the option can have. */
export const wrongWith = (option: Option, value: unknown): string | undefined =>
  isOf(option, value) ? undefined : `${quote(value)}; expected ${expectedOf(option)}`;

function isOf(option: Option, value: unknown): boolean {
  if (option.type === "boolean") return typeof value === "boolean";
  if (option.type === "string") {
    const { enum: words, minLength = 0, maxLength = Infinity } = option;
    if (typeof value !== "string" || !(words?.includes(value) ?? true)) return false;
    if (option.format !== undefined && (value === "" || value.includes("\0"))) return false;
    const { length } = [...value];
    return length >= minLength && length <= maxLength;
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (option.type === "integer" && !Number.isSafeInteger(value)) return false;
  const { minimum = -Infinity, exclusiveMinimum = -Infinity, maximum = Infinity } = option;
  if (option.format === "float" && !isFloat(value)) return false;
  return value >= minimum && value > exclusiveMinimum && value <= maximum;
}

/** Whether f32 holds a number with all its digits. */
const isFloat = (value: number): boolean => value === 0 || (Math.abs(value) >= 1.2e-38 && Math.abs(value) <= 3.4e38);

function expectedOf(option: Option): string {
  if (option.type === "boolean") return "true or false";
  if (option.type === "string") {
    const { enum: words, minLength, maxLength } = option;
    if (words) return `one of ${words.join(", ")}`;
    if (option.format !== undefined) return "the path of a file or a folder";
    const limits = [minLength && `of at least ${minLength}`, maxLength && `of at most ${maxLength}`].filter(Boolean);
    return limits.length === 0 ? "a text" : `a text ${limits.join(" and ")} characters`;
  }
  const { minimum, exclusiveMinimum, maximum } = option;
  const limits = [
    minimum !== undefined && `from ${minimum}`,
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    maximum !== undefined && `up to ${maximum}`,
    option.format === "float" && "that f32 holds",
  ].filter(Boolean);
  return [option.type === "integer" ? "a whole number" : "a number", ...limits].join(" ");
}
