import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseConfig } from "../config.js";

/** An integer of at least 1. Throws InvalidArgumentError. */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("It must be an integer of at least 1.");
  return value;
}

/** One configuration, like B32T50H128. */
export const configOption = (standard: string) =>
  new Option("--config <sizes>", "B, T and H").argParser(parseConfig).default(parseConfig(standard), standard);
