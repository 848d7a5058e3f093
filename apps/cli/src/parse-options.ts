import { InvalidArgumentError } from "@commander-js/extra-typings";

/** Parsers for option values. Each throws what commander reports as wrong usage. */

export function integer(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be an integer of at least ${least}.`);
    }
    return value;
  };
}

export function number(options: { above?: number; least?: number; most?: number }): (text: string) => number {
  const { above = -Infinity, least = -Infinity, most = Infinity } = options;
  const range = [
    ...(above > -Infinity ? [`above ${above}`] : []),
    ...(least > -Infinity ? [`at least ${least}`] : []),
    ...(most < Infinity ? [`at most ${most}`] : []),
  ].join(" and ");
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || value <= above || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a number${range === "" ? "" : ` ${range}`}.`);
    }
    return value;
  };
}

/** One character. */
export function character(text: string): string {
  if ([...text].length !== 1) throw new InvalidArgumentError("It must be one character.");
  return text;
}
