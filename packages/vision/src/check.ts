import { ArgumentError, describe, OptionError, quote } from "@throughtime/core";
import type { Colour, Preprocessing } from "./preprocessing.js";

type Fail = (text: string, details?: Readonly<Record<string, unknown>>) => Error;

/** A side's most pixels, and a picture's: an f32 array of three channels then takes 200 MB. */
const MOST_SIDE = 16_384;
const MOST_PIXELS = 2 ** 24;

const CHOICES = {
  fit: ["cover", "contain", "fill"],
  channels: ["rgb", "bgr", "gray"],
  layout: ["chw", "hwc"],
} as const;
const FIELDS = ["size", "fit", "channels", "scale", "mean", "std", "layout", "background"];

/** A preprocessing of its own, made of the fields of an object that may be anything. Throws what `fail` makes of a text. */
export function checkedPreprocessing(value: object, fail: Fail): Preprocessing {
  const unknown = Object.keys(value).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw fail(`there is no field ${quote(unknown)}; expected ${FIELDS.join(", ")}.`);
  const fields = value as Readonly<Record<string, unknown>>;
  const channels = choice(fields, "channels", fail);
  const count = channels === "gray" ? 1 : 3;
  return {
    size: sizeOfPicture(fields.size, fail),
    fit: choice(fields, "fit", fail),
    channels,
    scale: number(fields.scale, "scale", above0, fail),
    mean: numbers(fields.mean, "mean", count, finite, fail),
    std: numbers(fields.std, "std", count, above0, fail),
    layout: choice(fields, "layout", fail),
    background: numbers(fields.background, "background", 3, byte, fail) as unknown as Colour,
  };
}

/** The preprocessing that an operation is given, which need not come from `preprocessing()`. Throws ArgumentError, OptionError. */
export function requirePreprocessing(op: string, given: Preprocessing): Preprocessing {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    return checkedPreprocessing(
      given,
      (text, details) => new OptionError(`${op}: the preprocessing: ${text}`, details),
    );
  }
  throw new ArgumentError(
    `${op}: the preprocessing is ${describe(given)}; make one with preprocessing({ size: [224, 224] }).`,
  );
}

interface Rule {
  readonly what: string;
  holds(value: number): boolean;
}

/** Within f32, so that the array holds what comes of it. */
const finite: Rule = { what: "within ±1e30", holds: (value) => Math.abs(value) <= 1e30 };
const above0: Rule = { what: "from 1e-30 to 1e30", holds: (value) => value >= 1e-30 && value <= 1e30 };
const byte: Rule = { what: "from 0 to 255", holds: (value) => value >= 0 && value <= 255 };

function choice<K extends keyof typeof CHOICES>(
  fields: Readonly<Record<string, unknown>>,
  name: K,
  fail: Fail,
): (typeof CHOICES)[K][number] {
  const given = fields[name];
  const known: readonly unknown[] = CHOICES[name];
  if (known.includes(given)) return given as (typeof CHOICES)[K][number];
  const expected = CHOICES[name].map((each) => `"${each}"`).join(", ");
  throw fail(`${name} is ${shown(given)}; expected one of ${expected}.`, { name, received: given });
}

function number(given: unknown, name: string, rule: Rule, fail: Fail): number {
  if (typeof given === "number" && rule.holds(given)) return given;
  throw fail(`${name} is ${shown(given)}; expected a number ${rule.what}.`, { name, received: given });
}

function numbers(given: unknown, name: string, count: number, rule: Rule, fail: Fail): readonly number[] {
  if (!Array.isArray(given) || given.length !== count) {
    const received = Array.isArray(given) ? `a list of ${given.length}` : shown(given);
    const why = name === "background" ? "red, green and blue" : "one per channel";
    throw fail(`${name} is ${received}; expected a list of ${count}, ${why}.`, { name, expected: count });
  }
  return Array.from(given, (each, i) => number(each, `${name}[${i}]`, rule, fail));
}

function sizeOfPicture(given: unknown, fail: Fail): readonly [number, number] {
  const sides = Array.isArray(given) && given.length === 2 ? (given as unknown[]) : [];
  const [height, width] = sides;
  const isSide = (side: unknown): side is number =>
    Number.isInteger(side) && (side as number) >= 1 && (side as number) <= MOST_SIDE;
  if (!isSide(height) || !isSide(width)) {
    const received = sides.length === 2 ? `[${sides.map(shown).join(", ")}]` : shown(given);
    throw fail(`size is ${received}; expected [height, width], whole numbers from 1 to ${MOST_SIDE}.`, {
      name: "size",
    });
  }
  if (height * width > MOST_PIXELS) {
    throw fail(`size is [${height}, ${width}]; expected at most ${MOST_PIXELS} pixels.`, { name: "size" });
  }
  return [height, width];
}

const shown = (value: unknown): string =>
  typeof value === "number" ? String(value) : typeof value === "string" ? quote(value) : describe(value);
