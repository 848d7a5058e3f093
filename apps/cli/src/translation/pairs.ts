import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError, OptionError } from "@throughtime/core";
import { pairColumns, pairLines, readLines, type TextPair, words } from "@throughtime/text";
import { reasonOf } from "../read-file.js";

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
  readonly source?: string;
  readonly target?: string;
  readonly data?: string;
}

/** Pairs of files, gzipped where a name ends in .gz. Throws OptionError unless files of one form are given, all of them. */
export function pairsOf({ source, target, data }: PairFiles, prefix = ""): Pairs | undefined {
  const flag = (name: string) => `--${prefix}${name}`;
  if (data !== undefined) {
    if (source !== undefined || target !== undefined) {
      throw new OptionError(
        `${flag("data")} is one file with both sides; leave out ${flag("source")} and ${flag("target")}.`,
      );
    }
    return { name: basename(data), read: () => pairColumns(linesOf(data), data) };
  }
  if (source === undefined && target === undefined) return undefined;
  if (source === undefined || target === undefined) {
    const [given, missing] = source === undefined ? ["target", "source"] : ["source", "target"];
    throw new OptionError(
      `${flag(given as string)} needs ${flag(missing as string)}: line n of one is the translation of line n of the other.`,
    );
  }
  const name = `${basename(source)} → ${basename(target)}`;
  return { name, read: () => pairLines(linesOf(source), linesOf(target), name) };
}

/** The lines of a file. Throws DataError where it cannot be read, is not UTF-8, or not gzipped although its name says so. */
export async function* linesOf(path: string): AsyncGenerator<string, void, undefined> {
  const file = createReadStream(path);
  // `pipeline` hands an error of the file on to whoever reads what is unzipped.
  const bytes = path.endsWith(".gz") ? pipeline(file, createGunzip(), () => {}) : file;
  try {
    yield* readLines(bytes, path);
  } catch (cause) {
    if (cause instanceof Error && cause.name === "DataError") throw cause;
    throw new DataError(`cannot read ${path}: ${reasonOf(cause)}.`, { path }, { cause });
  } finally {
    bytes.destroy();
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
