import { DataError, OptionError, printable } from "@throughtime/core";
import { options } from "./options.js";

/** A part of the data of a training; "all": the data as a whole. */
export const PARTS = ["train", "validation", "test", "all"] as const;
export type EvaluatedPart = (typeof PARTS)[number];

/** `--part` of a command that measures. `noun`: what the data are: "pairs". */
export const partOption = (noun: string) =>
  options({
    part: {
      ...{ type: "string", enum: PARTS, placeholder: "name" },
      description: `which part of the training's own ${noun} (default: test); anything else is measured as a whole`,
    },
  });

/** A model that is measured, and what it learned. */
export interface Learner {
  /** What messages call its file. */
  readonly path: string;
  /** What messages call the data that it learned. */
  readonly learned: string;
  /** What those are: "pairs". */
  readonly noun: string;
}

/** Throws OptionError where nothing says what to measure on. `how`: the options that do. */
export function dataNeeded({ path, learned, noun }: Learner, how: string): OptionError {
  return new OptionError(`${path} learned ${printable(learned)}. Say which ${noun} to measure it on: ${how}.`);
}

/**
 * The part of `data` that is measured: of what the model learned, the one that is asked for, or the test part; of others all, since how
 * a model's own data were split says nothing of them. Throws OptionError for a part of others.
 */
export function evaluatedPart(
  { learned, noun }: Learner,
  { data, own, part = own ? "test" : "all" }: Evaluated,
): EvaluatedPart {
  if (own || part === "all") return part;
  throw new OptionError(
    `--part ${part} is of ${printable(learned)}, which the model learned from; ${data} has other ${noun}, and is measured as a whole. Leave --part out.`,
  );
}

export interface Evaluated {
  /** What messages call the data that are given. */
  readonly data: string;
  /** Whether they are those that the model learned from. */
  readonly own: boolean;
  /** What `--part` says. */
  readonly part?: EvaluatedPart | undefined;
}

/**
 * What to throw where there is nothing to measure in a part of the data. `has`: what it has: "no pairs"; `shares`: what share the
 * training kept apart for each part.
 */
export function partError(
  part: EvaluatedPart,
  {
    data,
    has,
    noun,
    shares,
  }: {
    readonly data: string;
    readonly has: string;
    readonly noun: string;
    readonly shares: { readonly validation: number; readonly test: number };
  },
): DataError {
  if (part === "all") return new DataError(`${data} has ${has}.`);
  const why = part === "train" ? "" : `, since the model was trained with --${part} ${shares[part]}`;
  return new DataError(`the ${part} part of ${data} has ${has}${why}. Choose another --part, or give other ${noun}.`);
}
