import { JOINER, type TokenVocabularyJson, tokenizerFromJson, tokenVocabulary } from "@throughtime/text";
import { growing } from "./growing.js";
import { byLines } from "./lines.js";
import type { Encoded, LmTokens, LmTokensJson } from "./tokens.js";

export type WordSettings = Exclude<LmTokensJson["settings"], { kind: "characters" }>;

/** Tokens before the one that is written: they decide whether a space stands between. */
const WINDOW = 8;

/** Tokens that are words, or pieces of words. What is not among them is <unk>; the end of a line is </s>. */
export function wordTokens(settings: WordSettings, json: TokenVocabularyJson): LmTokens {
  const vocabulary = tokenVocabulary(json.tokens);
  const tokenizer = tokenizerFromJson(settings);
  return {
    json: { settings, vocabulary: json },
    ...{ size: vocabulary.size, unit: settings.kind === "bpe" ? "piece" : "word", start: vocabulary.end },
    never: [vocabulary.pad, vocabulary.begin],
    encoder() {
      const { line, lineEnd, end } = counted(settings.kind);
      const read = byLines(
        (text) => {
          const tokens = tokenizer.encode(text);
          line(tokens, vocabulary.encode(tokens));
        },
        () => lineEnd(vocabulary.end),
      );
      return {
        push: read,
        end() {
          read();
          return end();
        },
      };
    },
    writer() {
      let line: readonly string[] = [];
      return (id) => {
        if (id === vocabulary.end) {
          line = [];
          return "\n";
        }
        const longer = [...line, vocabulary.tokens[id] as string];
        const text = tokenizer.decode(longer).slice(tokenizer.decode(line).length);
        line = longer.slice(-WINDOW);
        return text;
      };
    },
  };
}

/** Ids of lines, and how many characters each stands for: its own, and the space before it where there is one. */
export function counted(kind: WordSettings["kind"]) {
  const [ids, lengths] = [growing(), growing()];
  // At the start of a line, or inside a word, no space stands before a token.
  let attached = true;
  return {
    line(tokens: readonly string[], numbers: ArrayLike<number>): void {
      tokens.forEach((token, i) => {
        const goesOn = kind === "bpe" && token.endsWith("@@");
        const own = codePoints(goesOn ? token.slice(0, -2) : token);
        const joined = token.startsWith(JOINER);
        ids.push(numbers[i] as number);
        lengths.push(joined ? own - 1 : attached ? own : own + 1);
        attached = goesOn;
      });
    },
    lineEnd(number: number): void {
      ids.push(number);
      lengths.push(1);
      attached = true;
    },
    end(): Encoded {
      const all = lengths.values();
      return { ids: ids.values(), characters: (from, to) => all.subarray(from, to).reduce((sum, n) => sum + n, 0) };
    },
  };
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
