import { OptionError } from "@throughtime/core";

/** Options as data: properties of a JSON Schema, with what a command line and a resumed training need beside. */

interface Common {
  /** What it is, as `--help` and an editor show it. */
  readonly description: string;
  /** The heading in `--help`. Default: none. */
  readonly group?: string;
  /** The word for the value in `--help`: "n", "file". Default: by the type. */
  readonly placeholder?: string;
  /** Whether a training that is resumed may be given another value: where it reads and writes, what it shows. Default false. */
  readonly free?: boolean;
  /** Options that cannot be given together with this one. */
  readonly conflicts?: readonly string[];
}

export interface NumberOption extends Common {
  readonly type: "integer" | "number";
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  /** "float": it goes into a Program, so it must be a number that f32 holds. */
  readonly format?: "float";
  readonly default?: number;
}

export interface TextOption extends Common {
  readonly type: "string";
  /** One of these. */
  readonly enum?: readonly string[];
  /** In characters. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** "path": a file or a folder that is read. "folder": one that is written into, and that nothing else may write into meanwhile. */
  readonly format?: "path" | "folder";
  readonly default?: string;
}

/** Given or not. */
export interface FlagOption extends Common {
  readonly type: "boolean";
  readonly default?: undefined;
}

export type Option = NumberOption | TextOption | FlagOption;

/** Options by name: "learningRate" is `--learning-rate` on a command line and a key of a recipe. */
export type Options = Readonly<Record<string, Option>>;

type ValueOf<S> = S extends { readonly enum: readonly (infer E)[] }
  ? E
  : S extends { readonly type: "string" }
    ? string
    : S extends { readonly type: "boolean" }
      ? boolean
      : number;

type WithDefault<O> = { [K in keyof O]: O[K] extends { readonly default: number | string } ? K : never }[keyof O];

/** The values of options: those with a default are there. */
export type OptionValues<O> = { readonly [K in WithDefault<O>]: ValueOf<O[K]> } & {
  readonly [K in Exclude<keyof O, WithDefault<O>>]?: ValueOf<O[K]>;
};

/** Keeps the literal types of options, so that `OptionValues` knows them. */
export const options = <const O extends Options>(given: O): O => given;

/** `--learning-rate` for "learningRate". */
export const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The values of all options that have a default, and of those that are given. */
export function valuesOf<O extends Options>(all: O, given: Readonly<Record<string, unknown>> = {}): OptionValues<O> {
  const defaults = Object.entries(all).flatMap(([name, option]) =>
    option.default === undefined ? [] : [[name, option.default]],
  );
  return { ...Object.fromEntries(defaults), ...given } as OptionValues<O>;
}

/**
 * Throws OptionError for an option that was given and that no chosen kind reads: it would do nothing. `readers`: the kinds that read an
 * option; `kinds`: those that are chosen with the option `by`.
 */
export function requireRead(
  readers: Readonly<Record<string, readonly string[]>>,
  by: string,
  kinds: readonly string[],
  isGiven: (name: string) => boolean,
): void {
  for (const [name, read] of Object.entries(readers)) {
    if (!isGiven(name) || kinds.some((kind) => read.includes(kind))) continue;
    const unread = [...new Set(kinds)].join(" and ");
    throw new OptionError(
      `${flagOf(name)} is for ${flagOf(by)} ${read.join(" or ")}; it does nothing for ${unread}. Leave it out.`,
    );
  }
}
