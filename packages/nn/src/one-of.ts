import { describe, OptionError } from "@throughtime/core";

/**
 * Throws OptionError where an option is none of its values.
 *
 * @example requireOneOf("gru", { reset }, ["before", "after"]);
 */
export function requireOneOf(
  owner: string,
  options: Readonly<Record<string, unknown>>,
  values: readonly unknown[],
): void {
  for (const [name, value] of Object.entries(options)) {
    if (values.includes(value)) continue;
    const expected = values.map((one) => JSON.stringify(one)).join(" or ");
    throw new OptionError(`${owner}: ${name} is ${describe(value)}; expected ${expected}.`, { [name]: value });
  }
}
