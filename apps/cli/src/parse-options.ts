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

/** The largest f32, and the smallest that has all its digits. */
const [LARGEST, SMALLEST] = [3.4e38, 1.2e-38];

/** A number that goes into a Program, where it is an f32. */
export function float32(options: { above?: number; least?: number; most?: number } = {}): (text: string) => number {
  const parse = number(options);
  return (text) => {
    const value = parse(text);
    if (value === 0 || (Math.abs(value) >= SMALLEST && Math.abs(value) <= LARGEST)) return value;
    throw new InvalidArgumentError(`It must be a number that f32 holds: from ${SMALLEST} to ${LARGEST}.`);
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
