import { InvalidArgumentError } from "@commander-js/extra-typings";

/** An integer of at least 1. Throws InvalidArgumentError. */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("It must be an integer of at least 1.");
  return value;
}
