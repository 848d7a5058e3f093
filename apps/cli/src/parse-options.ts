import { InvalidArgumentError } from "@commander-js/extra-typings";

/** Parsers for option values. Each throws what commander reports as wrong usage. */

export function integer(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be an integer ${range}.`);
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

/** A file or a folder. */
export function path(text: string): string {
  if (text === "") throw new InvalidArgumentError("It must name a file or a folder.");
  if (text.includes("\0")) throw new InvalidArgumentError("No name has a NUL in it.");
  return text;
}
