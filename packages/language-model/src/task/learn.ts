import { DataError, OptionError } from "@throughtime/core";
import { bpe, frequentTokens, tokenVocabulary, trainBpe, wholeWords, words } from "@throughtime/text";
import { characterTokens, codePointTable, eachCodePoint } from "../tokens/characters.js";
import { growing } from "../tokens/growing.js";
import { byLines } from "../tokens/lines.js";
import type { Encoded, LM_TOKENS, LmTokens } from "../tokens/tokens.js";
import { counted, type WordSettings, wordTokens } from "../tokens/words.js";
import type { TextData } from "./text-data.js";

/** How a text is cut, and which tokens are learned. */
export interface LearnSettings {
  readonly kind: (typeof LM_TOKENS)[number];
  /** "lower": upper case is lost. Of words and bpe. */
  readonly case: "mixed" | "lower";
  /** Tokens that are there less often are unknown. */
  readonly minFrequency: number;
  readonly maxVocabulary: number;
  /** Of bpe: how many merges are learned. */
  readonly merges: number;
  /** Of characters: what stands for one that is not among them. */
  readonly unknown?: string | undefined;
  /** The share of the text that words are learned from; those of the rest are not to be known beforehand. */
  readonly trained: number;
}

export interface Learned {
  readonly tokens: LmTokens;
  readonly text: Encoded;
}

/**
 * Learns the tokens of a text and reads it, in one pass: tokens get numbers as they come, and their own when all are known. Throws
 * DataError for an empty text, OptionError for settings that do not go together.
 */
export const learn = (data: TextData, settings: LearnSettings): Promise<Learned> =>
  settings.kind === "characters" ? learnCharacters(data, settings) : learnWords(data, settings, settings.kind);

async function learnCharacters({ name, pieces }: TextData, settings: LearnSettings): Promise<Learned> {
  const { unknown, minFrequency, maxVocabulary } = settings;
  const table = codePointTable();
  const symbols: string[] = [];
  const counts: number[] = [];
  const ids = growing();
  for await (const piece of pieces) {
    eachCodePoint(piece, (code) => {
      let id = table[code] as number;
      if (id < 0) {
        id = symbols.push(String.fromCodePoint(code)) - 1;
        table[code] = id;
        counts.push(0);
      }
      counts[id] = (counts[id] as number) + 1;
      ids.push(id);
    });
  }
  requireText(symbols.length, name);
  const kept = new Set(
    frequentTokens(new Map(symbols.map((symbol, id) => [symbol, counts[id] as number])), {
      minFrequency,
      maxSize: maxVocabulary,
    }),
  );
  if (kept.size < symbols.length && unknown === undefined) {
    throw new OptionError(
      `--min-frequency or --max-vocabulary leaves out ${symbols.length - kept.size} of the ${symbols.length} characters. Say what stands for them, for example --unknown \uFFFD.`,
    );
  }
  if (unknown !== undefined) kept.add(unknown);
  // By code point: the default order is that of UTF-16 code units, which puts 𝄞 before ﬁ.
  const sorted = [...kept].sort((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number));
  const numbers = new Map(sorted.map((symbol, id) => [symbol, id]));
  const own = symbols.map((symbol) => numbers.get(symbol) ?? (numbers.get(unknown as string) as number));
  const values = ids.values();
  for (let i = 0; i < values.length; i++) values[i] = own[values[i] as number] as number;
  return { tokens: characterTokens(sorted, unknown), text: { ids: values, characters: (from, to) => to - from } };
}

/** What stands for the end of a line while words have no numbers yet. */
const LINE_END = 0;

async function learnWords(
  { name, pieces }: TextData,
  settings: LearnSettings,
  kind: "words" | "bpe",
): Promise<Learned> {
  if (settings.unknown !== undefined) {
    throw new OptionError(`--unknown is for --tokens characters; with ${kind}, what is not known is <unk>.`);
  }
  const tokenizer = words({ case: settings.case });
  const seen: string[] = ["\n"];
  const numbers = new Map<string, number>();
  const ids = growing();
  const read = byLines(
    (line) => {
      for (const word of tokenizer.encode(line)) {
        const number = numbers.get(word) ?? seen.push(word) - 1;
        numbers.set(word, number);
        ids.push(number);
      }
    },
    () => ids.push(LINE_END),
  );
  for await (const piece of pieces) read(piece);
  read();
  requireText(numbers.size, name);

  const all = ids.values();
  const learned = all.subarray(0, Math.max(1, Math.floor(all.length * settings.trained)));
  const counts = new Map<string, number>();
  for (const id of learned) if (id !== LINE_END) increase(counts, seen[id] as string, 1);
  const own: WordSettings =
    kind === "bpe"
      ? { kind, case: settings.case, merges: trainBpe(counts, settings.merges) }
      : { kind, case: settings.case };
  const cut = own.kind === "bpe" ? bpe(own.merges, wholeWords) : wholeWords;
  const parts = seen.map((word, id) => (id === LINE_END ? [] : cut.encode(word)));
  const found = new Map<string, number>();
  for (const id of learned) for (const part of parts[id] as string[]) increase(found, part, 1);
  const { minFrequency, maxVocabulary: maxSize } = settings;
  const vocabulary = tokenVocabulary(frequentTokens(found, { minFrequency, maxSize }));
  const partIds = parts.map((list) => vocabulary.encode(list));
  const { line, lineEnd, end } = counted(kind);
  for (const id of all) {
    if (id === LINE_END) lineEnd(vocabulary.end);
    else line(parts[id] as string[], partIds[id] as Int32Array);
  }
  return { tokens: wordTokens(own, vocabulary.toJSON()), text: end() };
}

function increase(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function requireText(found: number, name: string): void {
  if (found === 0) throw new DataError(`${name} is empty, or has nothing but white space; expected text.`, { name });
}
