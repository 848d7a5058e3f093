import { OptionError } from "@throughtime/core";

/** Throws OptionError unless `value` is a number in [low, high); high may be Infinity. */
export function requireRange(operation: string, option: string, value: number, low: number, high = Infinity): void {
  if (typeof value === "number" && value >= low && value < high) return;
  const range = high === Infinity ? `a finite number of at least ${low}` : `a number in [${low}, ${high})`;
  throw new OptionError(`${operation}: ${option} must be ${range}, received ${value}.`, { option, value });
}

/** Throws OptionError unless `value` is an integer of at least `low`. */
export function requireInteger(operation: string, option: string, value: number, low: number): void {
  if (Number.isSafeInteger(value) && value >= low) return;
  throw new OptionError(`${operation}: ${option} must be an integer of at least ${low}, received ${value}.`, {
    option,
    value,
  });
}
