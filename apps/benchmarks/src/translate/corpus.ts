import { createReadStream, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { type NdArray, ndarray } from "@throughtime/core";
import { encodeSafetensors } from "@throughtime/interop";
import {
  countTokens,
  frequentTokens,
  type IdPair,
  pairLines,
  readLines,
  type TextPair,
  type TokenVocabulary,
  tokenVocabulary,
  words,
} from "@throughtime/text";
import type { Inputs } from "../problem.js";

export interface CorpusOptions {
  /** Holds train, val and the test's files: `<part>.<language>`, plain or gzipped, a sentence a line. */
  readonly data: string;
  /** Languages, as the files' names end: de, en. */
  readonly source: string;
  readonly target: string;
  /** The name of the test's files without their language. */
  readonly test: string;
}

/** Sentence pairs as ids, and the test as text besides. */
export interface Corpus {
  readonly sourceVocabulary: TokenVocabulary;
  readonly targetVocabulary: TokenVocabulary;
  readonly parts: Readonly<Record<Part, readonly IdPair[]>>;
  /** As what is said is: lower-cased, in NFC, with single spaces. */
  readonly references: readonly string[];
  /** Text of a sentence's ids, in the target's language. */
  decode(ids: readonly number[]): string;
}

export const PARTS = ["train", "val", "test"] as const;
export type Part = (typeof PARTS)[number];

/** How often a word must be in the training part to be in a vocabulary. */
const MIN_FREQUENCY = 2;

/** Reads the corpus: words and punctuation, lower-cased, each language with a vocabulary of its own. Throws DataError. */
export async function readCorpus({ data, source, target, test }: CorpusOptions): Promise<Corpus> {
  const cut = words({ case: "lower" });
  const texts = {} as Record<Part, TextPair[]>;
  for (const part of PARTS) {
    const name = part === "test" ? test : part;
    texts[part] = [];
    const [from, to] = [linesOf(join(data, `${name}.${source}`)), linesOf(join(data, `${name}.${target}`))];
    for await (const pair of pairLines(from, to)) texts[part].push(pair);
  }
  const vocabularyOf = (side: keyof TextPair) => {
    const counts = new Map<string, number>();
    for (const pair of texts.train) countTokens(counts, cut.encode(pair[side]));
    return tokenVocabulary(frequentTokens(counts, { minFrequency: MIN_FREQUENCY }));
  };
  const [sourceVocabulary, targetVocabulary] = [vocabularyOf("source"), vocabularyOf("target")];
  const ids = ({ source: from, target: to }: TextPair): IdPair => ({
    source: sourceVocabulary.encode(cut.encode(from)),
    target: targetVocabulary.encode(cut.encode(to)),
  });
  return {
    ...{ sourceVocabulary, targetVocabulary },
    parts: { train: texts.train.map(ids), val: texts.val.map(ids), test: texts.test.map(ids) },
    references: texts.test.map((pair) => cut.normalize(pair.target)),
    decode: (list) => cut.decode(targetVocabulary.decode(list)),
  };
}

function linesOf(path: string) {
  const zipped = `${path}.gz`;
  return existsSync(zipped)
    ? readLines(createReadStream(zipped).pipe(createGunzip()), { name: zipped })
    : readLines(createReadStream(path), { name: path });
}

/** Writes pairs and first parameters where all peers read them: for each part and side its ids, and where each sentence ends. */
export function writeCorpus(folder: string, { parts }: Corpus, params: Inputs): string {
  const arrays: Record<string, NdArray> = { ...params };
  for (const part of PARTS) {
    for (const side of ["source", "target"] as const) {
      const sentences = parts[part].map((pair) => Array.from(pair[side]));
      let end = 0;
      arrays[`${part}.${side}`] = ndarray(Int32Array.from(sentences.flat()));
      arrays[`${part}.${side}Ends`] = ndarray(Int32Array.from(sentences, (sentence) => (end += sentence.length)));
    }
  }
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "corpus.safetensors");
  writeFileSync(file, encodeSafetensors(arrays));
  return file;
}

/** Pairs that `writeCorpus` wrote. */
export function pairsOf(part: Part, arrays: Inputs): IdPair[] {
  const side = (name: "source" | "target"): Int32Array[] => {
    const ids = arrays[`${part}.${name}`]?.data as Int32Array;
    const ends = arrays[`${part}.${name}Ends`]?.data as Int32Array;
    return Array.from(ends, (end, i) => ids.subarray(i === 0 ? 0 : (ends[i - 1] as number), end));
  };
  const targets = side("target");
  return side("source").map((source, i) => ({ source, target: targets[i] as Int32Array }));
}
