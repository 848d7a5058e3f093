import { createHash } from "node:crypto";
import { basename } from "node:path";
import { OptionError } from "@throughtime/core";
import { pairColumns, pairLines, type ReadLinesOptions, readLines, type TextPair, words } from "@throughtime/text";
import { fileName, isStandardInput, rereadable, withFlag } from "../text-file.js";

/** Sentence pairs, to be read as often as is wanted. */
export interface Pairs {
  /** What messages call them. */
  readonly name: string;
  read(): AsyncIterable<PartedPair> | Iterable<PartedPair>;
}

/** A pair that may say itself what it is for; of others, a share of each part is. */
export interface PartedPair extends TextPair {
  readonly part?: Part;
}

/** Shares of pairs that are kept apart. */
export interface Shares {
  readonly validation: number;
  readonly test: number;
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
 * Pairs of files, gzipped or not, or of pipes, which are read once and kept. `input`: standard input. Throws OptionError unless files of
 * one form are given, all of them, and standard input at most once.
 */
export function pairsOf(
  { source, target, data, encoding }: PairFiles,
  input?: AsyncIterable<Uint8Array>,
  prefix = "",
): Pairs | undefined {
  const flag = (name: string) => `--${prefix}${name}`;
  const lines = (path: string) => {
    const bytes = rereadable(path, input);
    return (signal?: AbortSignal) =>
      linesOf(bytes(signal), { name: fileName(path), ...(encoding === undefined ? {} : { encoding }) });
  };
  if (data !== undefined) {
    if (source !== undefined || target !== undefined) {
      throw new OptionError(
        `${flag("data")} is one file with both sides; leave out ${flag("source")} and ${flag("target")}.`,
      );
    }
    const both = lines(data);
    return { name: shortName(data), read: () => pairColumns(both(), fileName(data)) };
  }
  if (source === undefined && target === undefined) return undefined;
  if (source === undefined || target === undefined) {
    const [given, missing] = source === undefined ? ["target", "source"] : ["source", "target"];
    throw new OptionError(
      `${flag(given as string)} needs ${flag(missing as string)}: line n of one is the translation of line n of the other.`,
    );
  }
  requireOneStandardInput([source, target]);
  const name = `${shortName(source)} → ${shortName(target)}`;
  const [sources, targets] = [lines(source), lines(target)];
  return { name, read: () => sideBySide(sources, targets, name) };
}

/** Lines of two files; where one of them cannot be read, the other is not waited for. */
async function* sideBySide(
  source: (signal: AbortSignal) => AsyncIterable<string>,
  target: (signal: AbortSignal) => AsyncIterable<string>,
  name: string,
): AsyncGenerator<TextPair, void, undefined> {
  const stop = new AbortController();
  try {
    yield* pairLines(source(stop.signal), target(stop.signal), name);
  } finally {
    stop.abort();
  }
}

/** Throws OptionError where more than one of the files is standard input, which can be read only once. */
export function requireOneStandardInput(paths: readonly (string | undefined)[]): void {
  if (paths.filter((path) => path !== undefined && isStandardInput(path)).length > 1) {
    throw new OptionError("Standard input can be only one of the files. Write the others to files, or use <(…).");
  }
}

/** A file's name without its folders; a pipe's is its path. */
const shortName = (path: string): string =>
  isStandardInput(path) || path.startsWith("/dev/fd/") ? fileName(path) : basename(path);

/** The lines of a file's bytes. Throws what `readLines` throws, with the option that mends it. */
export async function* linesOf(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadLinesOptions,
): AsyncGenerator<string, void, undefined> {
  try {
    yield* readLines(bytes, options);
  } catch (cause) {
    throw withFlag(cause);
  }
}

/**
 * Which part a pair belongs to: by its source's hash, so that sentences that may be the same to a tokenizer are never on both
 * sides of a split.
 */
export function partOf({ source, part }: PartedPair, shares: Shares): Part {
  if (part !== undefined) return part;
  if (shares.validation === 0 && shares.test === 0) return "train";
  const at = createHash("sha256").update(same(source)).digest().readUInt32BE(0) / 2 ** 32;
  return at < shares.validation ? "validation" : at < shares.validation + shares.test ? "test" : "train";
}
const { normalize: same } = words({ case: "lower" });
export type Part = "train" | "validation" | "test";

/** The pairs of one part. */
export async function* partsOf(
  pairs: ReturnType<Pairs["read"]>,
  part: Part,
  shares: Shares,
): AsyncGenerator<TextPair, void, undefined> {
  for await (const pair of pairs) if (partOf(pair, shares) === part) yield pair;
}
