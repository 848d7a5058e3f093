import { OptionError, optionsOf, quote, requireFunction } from "@throughtime/core";
import type { LengthPenalty } from "./length-penalty.js";
import type { BeamStep } from "./step.js";

export interface BeamSearchOptions<S> {
  readonly step: BeamStep<S>;
  /** The state before the begin token, one row for each sequence to be found. */
  readonly state: S;
  /** How many sequences are searched for, side by side. */
  readonly sequences: number;
  /** The token that is read first. */
  readonly begin: number;
  /** The token that ends a sequence. */
  readonly end: number;
  /** The beam size: how many unfinished hypotheses of a sequence are kept. 1 is greedy. Default 5. */
  readonly size?: number;
  /** The most tokens of a hypothesis, the end token not counted: one number for all sequences, or one for each. */
  readonly maxLength: number | readonly number[];
  /** The fewest tokens of a hypothesis. Default 0. */
  readonly minLength?: number;
  /** Default: noPenalty. */
  readonly lengthPenalty?: LengthPenalty;
  /** An n-gram of this many tokens occurs at most once in a hypothesis. Default: no limit. */
  readonly noRepeat?: number;
  /** Tokens that are never chosen: padding, begin. Default: none. */
  readonly never?: readonly number[];
  /** How many finished hypotheses are returned for each sequence. At most size. Default 1. */
  readonly nBest?: number;
  /**
   * "safe" (default): a sequence is done once no unfinished hypothesis can reach the n best finished. "never": every search
   * goes on to maxLength; it finds the same, later.
   */
  readonly stopping?: "safe" | "never";
}

const OPTIONS = [
  ...(["step", "state", "sequences", "begin", "end", "size", "maxLength", "minLength", "lengthPenalty"] as const),
  ...(["noRepeat", "never", "nBest", "stopping"] as const),
];

/** Throws OptionError for what cannot be searched, ArgumentError for an option that there is not. */
export function checkBeamOptions<S>(options: BeamSearchOptions<S>): void {
  optionsOf("beamSearch", options, ...OPTIONS);
  const { sequences, size = 5, maxLength, minLength = 0, noRepeat, nBest = 1, never = [], end, stopping } = options;
  requireFunction("beamSearch: step", options.step);
  if (options.lengthPenalty !== undefined) requireFunction("beamSearch: lengthPenalty", options.lengthPenalty);
  if (stopping !== undefined && stopping !== "safe" && stopping !== "never") {
    throw new OptionError(`beamSearch: stopping must be "safe" or "never", received ${quote(stopping)}.`, { stopping });
  }
  const integer = (name: string, value: number, least: number) => {
    if (Number.isSafeInteger(value) && value >= least) return;
    throw new OptionError(`beamSearch: ${name} must be an integer ≥ ${least}, received ${value}.`, { [name]: value });
  };
  integer("sequences", sequences, 0);
  integer("size", size, 1);
  integer("nBest", nBest, 1);
  integer("minLength", minLength, 0);
  if (noRepeat !== undefined) integer("noRepeat", noRepeat, 1);
  const lengths = typeof maxLength === "number" ? [maxLength] : maxLength;
  for (const length of lengths) {
    integer("maxLength", length, 0);
    if (length < minLength) {
      throw new OptionError(`beamSearch: minLength ${minLength} is more than maxLength ${length}.`, {
        minLength,
        maxLength,
      });
    }
  }
  if (typeof maxLength !== "number" && maxLength.length !== sequences) {
    throw new OptionError(`beamSearch: maxLength has ${maxLength.length} numbers for ${sequences} sequences.`);
  }
  if (nBest > size) {
    throw new OptionError(`beamSearch: nBest ${nBest} is more than size ${size}. Follow at least as many.`, {
      nBest,
      size,
    });
  }
  if (never.includes(end))
    throw new OptionError(`beamSearch: the end token ${end} is among those never said.`, { end });
}
