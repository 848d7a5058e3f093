import { describe, expect, test } from "vitest";
import {
  bpe,
  characters,
  replaceUnknown,
  sourceWords,
  type Tokenizer,
  tokenVocabulary,
  trainBpe,
  words,
} from "../src/index.js";

const subwords = bpe(trainBpe(new Map([["mann", 3]]), 2), words());
const SOURCES: Readonly<Record<string, Tokenizer>> = { words: words(), bpe: subwords, characters: characters() };
const TARGETS = SOURCES;
const UNKNOWN = 1;

/** What stands for an unknown token that looks at the source's tokens from `from` to `to`, at each a little. */
function replaced(source: Tokenizer, target: Tokenizer, text: string, from: number, to = from + 1): string[] {
  const tokens = source.encode(text);
  const weights = tokens.map((_, s) => (s >= from && s < to ? 0.4 / (to - from) : 0.39 / tokens.length));
  return replaceUnknown(
    tokenVocabulary(["the"]),
    [4, UNKNOWN],
    [weights, weights],
    sourceWords(source, target, tokens),
  );
}

describe("an unknown token is replaced by a whole word of the source", () => {
  test.each(Object.keys(TARGETS))("from words to %s", (target) => {
    expect(replaced(words(), TARGETS[target] as Tokenizer, "der Rübenmann, Ahab", 1)).toEqual(["the", "Rübenmann"]);
  });

  test.each(Object.keys(TARGETS))("from pieces to %s", (target) => {
    expect(subwords.encode("der Rübenmann")).toHaveLength(3 + 7);
    expect(replaced(subwords, TARGETS[target] as Tokenizer, "der Rübenmann, Ahab", 3)).toEqual(["the", "Rübenmann"]);
    expect(replaced(subwords, TARGETS[target] as Tokenizer, "der Rübenmann, Ahab", 9)).toEqual(["the", "Rübenmann"]);
  });

  test.each(["words", "bpe"])("from characters to %s", (target) => {
    expect(replaced(characters(), TARGETS[target] as Tokenizer, "der Rübenmann, Ahab", 9)).toEqual([
      "the",
      "Rübenmann",
    ]);
  });

  test("from characters to characters it is a character", () => {
    expect(replaced(characters(), characters(), "der Ahab", 4)).toEqual(["the", "A"]);
  });

  test("the pieces' weights are one weight", () => {
    const tokens = subwords.encode("xyz der");
    expect(tokens).toEqual(["x@@", "y@@", "z", "d@@", "e@@", "r"]);
    const source = sourceWords(subwords, words(), tokens);
    expect(replaceUnknown(tokenVocabulary([]), [UNKNOWN], [[0.2, 0.2, 0.2, 0.35, 0.05, 0]], source)).toEqual(["xyz"]);
  });

  test("a joiner says that no space stood before, and is none of the characters", () => {
    const [source, text] = [words(), 'sagt "Ahab"'];
    expect(replaced(source, words(), text, 2)).toEqual(["the", "￭Ahab"]);
    expect(replaced(subwords, subwords, text, 6)).toEqual(["the", "￭Ahab"]);
    expect(replaced(source, characters(), text, 2)).toEqual(["the", "Ahab"]);
    expect(replaced(characters(), words(), text, 6)).toEqual(["the", "￭Ahab"]);
    expect(characters().wordsOf?.(["￭", "a", " ", "￭"])).toEqual({
      words: ["￭", "￭a", "￭"],
      of: Int32Array.of(0, 1, -1, 2),
    });
  });

  test("as the target's tokenizer has it", () => {
    expect(replaced(words(), words({ case: "lower" }), "der ÄRGER", 1)).toEqual(["the", "ärger"]);
  });

  test("where nothing is attended to, it stays unknown", () => {
    const none = { words: [], of: [] };
    expect(replaceUnknown(tokenVocabulary([]), [UNKNOWN], [[1]], none)).toEqual(["<unk>"]);
    expect(replaceUnknown(tokenVocabulary([]), [UNKNOWN], [], { words: ["a"], of: [0] })).toEqual(["<unk>"]);
  });
});
