import { describe, expect, test } from "vitest";
import {
  bpe,
  characters,
  countTokens,
  frequentTokens,
  tokenVocabulary,
  tokenVocabularyFromJson,
  trainBpe,
  words,
} from "../src/index.js";

describe("words", () => {
  test("punctuation stands alone, and says whether a space was before it", () => {
    expect(words().encode('He said: "Don\'t (ever) pay $3.50!"')).toEqual([
      "He",
      "said",
      "￭:",
      '"',
      "￭Don't",
      "(",
      "￭ever",
      "￭)",
      "pay",
      "$",
      "￭3.50",
      "￭!",
      '￭"',
    ]);
  });

  test("hyphens, apostrophes and marks stay inside of words", () => {
    expect(words().encode("T-Shirt l’eau e\u0301te\u0301 나는 שָׁלוֹם")).toEqual([
      "T-Shirt",
      "l’eau",
      "été",
      "나는",
      "שָׁלוֹם".normalize("NFC"),
    ]);
    expect(words({ case: "lower" }).encode("ÄRGER, Ja")).toEqual(["ärger", "￭,", "ja"]);
  });

  test("a word may be as long as it likes", () => {
    expect(
      words()
        .encode(`b ${"a".repeat(900_000)}`)
        .map(({ length }) => length),
    ).toEqual([1, 900_000]);
    for (const text of ["a.".repeat(5_000_000), "𝒜".repeat(5_000_000)]) {
      expect(words().decode(words().encode(text)) === text).toBe(true);
    }
    expect(words().encode("a.b..c-,d'e'")).toEqual(["a.b", "￭.", "￭.", "￭c", "￭-", "￭,", "￭d'e", "￭'"]);
  });

  test("control characters and joiners of the text are dropped", () => {
    expect(words().encode("a\u0007b ￭c\u0000 ￭ d￭e")).toEqual(["ab", "c", "de"]);
  });
});

describe("a token vocabulary", () => {
  const vocabulary = tokenVocabulary(["the", "dog"]);

  test("has padding, unknown, begin and end before its tokens", () => {
    expect(vocabulary.tokens).toEqual(["<pad>", "<unk>", "<s>", "</s>", "the", "dog"]);
    expect([vocabulary.pad, vocabulary.unknown, vocabulary.begin, vocabulary.end, vocabulary.size]).toEqual([
      0, 1, 2, 3, 6,
    ]);
  });

  test("no token of a text is a special one", () => {
    expect([...vocabulary.encode(["dog", "cat", "</s>", "<pad>", "__proto__"])]).toEqual([5, 1, 1, 1, 1]);
    expect(vocabulary.decode([4, 5])).toEqual(["the", "dog"]);
    expect(() => vocabulary.decode([6])).toThrow(/id 6 is not among the 6/);
  });

  test("comes back from JSON, and other JSON is an error", () => {
    const again = tokenVocabularyFromJson(JSON.parse(JSON.stringify(vocabulary.toJSON())));
    expect(again.tokens).toEqual(vocabulary.tokens);
    expect(() => tokenVocabularyFromJson({ symbols: [] })).toThrow(/tokens: string/);
    expect(() => tokenVocabulary(["a", "a"])).toThrow(/"a" stands twice/);
  });

  test("is made of the most frequent tokens", () => {
    const counts = new Map<string, number>();
    countTokens(counts, "b a c a b d a".split(" "));
    expect(frequentTokens(counts)).toEqual(["a", "b", "c", "d"]);
    expect(frequentTokens(counts, { minFrequency: 2 })).toEqual(["a", "b"]);
    expect(frequentTokens(counts, { maxSize: 3 })).toEqual(["a", "b", "c"]);
  });
});

describe("byte-pair encoding", () => {
  // The example of Sennrich et al. 2016, algorithm 1.
  const counts = new Map([
    ["low", 5],
    ["lower", 2],
    ["newest", 6],
    ["widest", 3],
  ]);

  test("learns the merges of the paper", () => {
    const merges = trainBpe(counts, 4).map(([a, b]) => `${a}+${b}`.replaceAll("\u0000", "·"));
    expect(merges.slice(0, 3)).toEqual(["e+s", "es+t·", "l+o"]);
  });

  test("cuts words as it learnt, also those that it never saw, and puts them together again", () => {
    const subwords = bpe(trainBpe(counts, 10), words());
    expect(subwords.encode("newest lowest, slow")).toEqual(["newest", "lo@@", "w@@", "est", "￭@@", ",", "s@@", "low"]);
    expect(subwords.decode(subwords.encode("newest lowest, slow"))).toBe("newest lowest, slow");
    expect(subwords.decode(["newest", "lo@@", "w@@"])).toBe("newest low");
    expect(bpe([], characters()).encode("ab")).toEqual(["a", "b"]);
    expect(bpe([], characters()).decode(["a", " ", "b"])).toBe("a b");
  });

  test("merges are JSON", () => {
    const merges = trainBpe(counts, 10);
    const again = bpe(JSON.parse(JSON.stringify(merges)), words());
    expect(again.encode("lowest")).toEqual(bpe(merges, words()).encode("lowest"));
  });

  test("stops where no pair is there twice", () => {
    expect(trainBpe(new Map([["ab", 1]]), 5)).toEqual([]);
    expect(trainBpe(new Map([["ab", 2]]), 5)).toHaveLength(1);
  });
});

test.each(["words", "characters"] as const)("a mistyped option or case of %s is an error", (name) => {
  const make = { words, characters }[name] as (options: unknown) => unknown;
  expect(() => make({ Case: "lower" })).toThrow(`${name}: the options have "Case"; expected { case }.`);
  expect(() => make({ case: "Lower" })).toThrow(
    `${name}: case must be "mixed" or "lower", received the string "Lower".`,
  );
  expect(() => make({ case: undefined })).not.toThrow();
});
