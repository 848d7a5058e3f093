import { OptionError } from "@throughtime/core";
import { type Files, linesOf, type OpenFileOptions, shareOf } from "@throughtime/task";
import { pairColumns, pairLines, type TextPair, words } from "@throughtime/text";
import type { Shares } from "../translation/description.js";

export type Part = "train" | "validation" | "test";

/** A pair that may say itself what it is for; of others, a share of each part is. */
export interface PartedPair extends TextPair {
  readonly part?: Part;
}

/** Sentence pairs, to be read as often as is wanted. */
export interface Pairs {
  /** What messages call them. */
  readonly name: string;
  read(options?: Pick<OpenFileOptions, "once">): AsyncIterable<PartedPair> | Iterable<PartedPair>;
}

/** The files that pairs stand in: one for each side, or one with a tab between the sides. */
export interface PairFiles {
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly data?: string | undefined;
  /** Of the files: a label of the Encoding Standard. Default: "utf-8". */
  readonly encoding?: string | undefined;
}

/**
 * Pairs of files; undefined where none are given. `prefix`: of the options that name them. Throws OptionError unless files of one form
 * are given, all of them, and standard input at most once.
 */
export function pairsOf(files: Files, { source, target, data, encoding }: PairFiles, prefix = ""): Pairs | undefined {
  const flag = (name: string) => `--${prefix}${name}`;
  const lines = (path: string) => (how: OpenFileOptions) => linesOf(files, path, { encoding, ...how });
  if (data !== undefined) {
    if (source !== undefined || target !== undefined) {
      throw new OptionError(
        `${flag("data")} is one file with both sides; leave out ${flag("source")} and ${flag("target")}.`,
      );
    }
    const name = files.name(data);
    return { name, read: (how = {}) => pairColumns(lines(data)(how), name) };
  }
  if (source === undefined && target === undefined) return undefined;
  if (source === undefined || target === undefined) {
    const [given, missing] = source === undefined ? ["target", "source"] : ["source", "target"];
    throw new OptionError(
      `${flag(given as string)} needs ${flag(missing as string)}: line n of one is the translation of line n of the other.`,
    );
  }
  files.requireOneInput([source, target]);
  const name = `${files.name(source)} → ${files.name(target)}`;
  return { name, read: (how = {}) => sideBySide(lines(source), lines(target), name, how) };
}

type Lines = (how: OpenFileOptions) => AsyncIterable<string>;

/** Lines of two files; where one of them cannot be read, the other is not waited for. */
async function* sideBySide(
  source: Lines,
  target: Lines,
  name: string,
  how: OpenFileOptions,
): AsyncGenerator<TextPair, void, undefined> {
  const stop = new AbortController();
  const own = { ...how, signal: stop.signal };
  try {
    yield* pairLines(source(own), target(own), name);
  } finally {
    stop.abort();
  }
}

const { normalize: same } = words({ case: "lower" });

/**
 * Which part a pair belongs to: by its source's hash, so that sentences that may be the same to a tokenizer are never on both
 * sides of a split.
 */
export function partOf({ source, part }: PartedPair, { validation, test }: Shares): Part {
  if (part !== undefined) return part;
  if (validation === 0 && test === 0) return "train";
  const at = shareOf(same(source));
  return at < validation ? "validation" : at < validation + test ? "test" : "train";
}

/** The pairs of one part. */
export async function* partsOf(
  pairs: ReturnType<Pairs["read"]>,
  part: Part,
  shares: Shares,
): AsyncGenerator<TextPair, void, undefined> {
  for await (const pair of pairs) if (partOf(pair, shares) === part) yield pair;
}
