import { OptionError } from "@throughtime/core";

/** Throws OptionError where the weight of a part of the loss is not a number ≥ 0. */
export function requireWeight(owner: string, weights: Readonly<Record<string, number>>): void {
  for (const [name, weight] of Object.entries(weights)) {
    if (weight >= 0 && weight < Infinity) continue;
    throw new OptionError(`${owner}: ${name} must be a number ≥ 0, received ${weight}.`, { [name]: weight });
  }
}
