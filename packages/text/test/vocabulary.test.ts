import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as text from "../src/index.js";
import { alphabet, requireSameVocabulary, vocabulary, vocabularyFromJson } from "../src/index.js";

const failure = (run: () => unknown): { name: string; message: string; details: Record<string, unknown> } => {
  try {
    run();
  } catch (error) {
    return error as ReturnType<typeof failure>;
  }
  throw new Error("nothing was thrown");
};

describe("a vocabulary", () => {
  test("decoding undoes encoding, for every text over its alphabet", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
        const letters = alphabet(text);
        const ids = letters.encode(text);
        expect(letters.decode(ids)).toBe(text);
        expect(ids.length).toBe([...text].length);
        expect(letters.size).toBe(new Set(text).size);
      }),
    );
  });

  test("is sorted by code point, not by UTF-16 code unit", () => {
    expect(alphabet("ﬁ𝄞a𝄞").symbols).toEqual(["a", "ﬁ", "𝄞"]);
    expect(alphabet("𝄞ﬁ").encode("ﬁ𝄞")).toEqual(new Int32Array([0, 1]));
  });

  test("names a character that it does not have, and where that stands", () => {
    const { name, message, details } = failure(() => alphabet("abc\n").encode("ab\nc😀a"));
    expect(name).toBe("DataError");
    expect(message).toContain(
      '"😀" (U+1F600) at character 4 (line 2, column 2) is not among the vocabulary\'s 4 symbols',
    );
    expect(details).toMatchObject({ character: "😀", position: 4, line: 2, column: 2 });
  });

  test("with an unknown symbol, any character can be encoded", () => {
    const letters = alphabet("ab", { unknown: "\uFFFD" });
    expect(letters.decode(letters.encode("abcab"))).toBe("ab\uFFFDab");
  });

  test("refuses an id that no symbol has", () => {
    expect(failure(() => alphabet("ab").decode([0, 2]))).toMatchObject({
      name: "DataError",
      message: "decode: id 2 at position 1; this vocabulary has ids 0 to 1.",
    });
    expect(failure(() => alphabet("ab").decode([0.5])).name).toBe("DataError");
  });

  test("of an empty text is an error; of one character it is one symbol", () => {
    expect(failure(() => alphabet(""))).toMatchObject({ name: "DataError" });
    expect(alphabet("aaa").symbols).toEqual(["a"]);
  });

  test("refuses symbols that are not one code point, or stand twice", () => {
    expect(failure(() => vocabulary(["ab"])).message).toContain('symbol 0 must be one code point, received "ab"');
    expect(failure(() => vocabulary([""])).name).toBe("OptionError");
    expect(failure(() => vocabulary(["a", "b", "a"])).message).toContain('"a" (U+0061) is both symbol 0 and 2');
    expect(failure(() => vocabulary(["a"], { unknown: "?" })).message).toContain("not among the symbols");
  });

  test("goes through JSON unharmed, lone surrogates and all", () => {
    const letters = alphabet("zß\ud800a", { unknown: "?" });
    const back = vocabularyFromJson(JSON.parse(JSON.stringify(letters)));
    expect(() => requireSameVocabulary(letters, back)).not.toThrow();
    expect(back.encode("ß!")).toEqual(letters.encode("ß!"));
  });

  test.each([
    null,
    3,
    {},
    { symbols: "abc" },
    { symbols: [1] },
    { symbols: ["a", "a"] },
    { symbols: ["a"], unknown: 1 },
  ])("is not made from the JSON %j", (json) => {
    expect(failure(() => vocabularyFromJson(json)).name).toBe("DataError");
  });
});

describe("two vocabularies", () => {
  const names = ["the checkpoint", "the text"] as const;

  test("that differ in symbols are told apart by naming them", () => {
    const { name, message, details } = failure(() =>
      requireSameVocabulary(alphabet("abc"), alphabet("abxyz123"), names),
    );
    expect(name).toBe("DataError");
    expect(message).toBe(
      'vocabulary: the checkpoint (3 symbols) and the text (8) differ: the text has "1" (U+0031), "2" (U+0032), "3" (U+0033), ' +
        '"x" (U+0078), "y" (U+0079) and 1 more, which the checkpoint does not know; the text lacks "c" (U+0063).',
    );
    expect(details).toEqual({ missing: ["c"], extra: ["1", "2", "3", "x", "y", "z"] });
  });

  test("that differ in order or in what is unknown are told apart", () => {
    expect(
      failure(() => requireSameVocabulary(vocabulary(["a", "b"]), vocabulary(["b", "a"]), names)).message,
    ).toContain('in another order: id 0 is "a" (U+0061) in the checkpoint and "b" (U+0062) in the text');
    expect(
      failure(() => requireSameVocabulary(vocabulary(["a"]), vocabulary(["a"], { unknown: "a" }), names)).message,
    ).toContain('unknown characters are an error in one and "a" (U+0061) in the other');
  });
});

describe("what is no text, no tokens, no counts is said where it is passed:", () => {
  const call = text as unknown as Record<string, (...args: unknown[]) => unknown>;
  const encode = (made: unknown) => (value: unknown) => (made as text.Tokenizer).encode(value as string);

  test.each<[() => unknown, string]>([
    [() => call.alphabet?.(["ab"]), "alphabet: the text is an array of 1; expected a string."],
    [() => call.alphabet?.("ab", { unkown: "?" }), 'vocabulary: the options have "unkown"'],
    [() => call.vocabulary?.("ab"), 'vocabulary: symbols is the string "ab"; expected an array.'],
    [() => encode(text.vocabulary(["a"]))(undefined), "encode: the text is undefined; expected a string."],
    [() => encode(text.words())(["a b"]), "words: the text is an array of 1"],
    [() => encode(text.characters())(3), "normalizeText: the text is the number 3"],
    [() => call.countTokens?.(new Map(), "a b"), 'countTokens: argument 2 is the string "a b"; expected tokens'],
    [() => call.countTokens?.(["a"]), "countTokens: argument 1 is an array of 1; expected a Map of counts"],
    [() => call.frequentTokens?.({ a: 1 }), 'frequentTokens: argument 1 is an object with "a"'],
    [() => call.frequentTokens?.(new Map(), { minimum: 2 }), 'frequentTokens: the options have "minimum"'],
    [() => call.trainBpe?.(["a"], 10), "trainBpe: argument 1 is an array of 1"],
    [() => call.bpe?.([]), "bpe: argument 2 is undefined; expected what cuts a text into words"],
    [() => call.bpe?.(text.words()), "bpe: merges is an object with"],
    [() => call.tokenVocabulary?.("ab"), 'tokenVocabulary: tokens is the string "ab"'],
    [() => call.splitTokens?.(Int32Array.of(1), { training: 1 }), 'splitTokens: the options have "training"'],
    [() => call.pairArrays?.(undefined, {}), "pairArrays: pairs is undefined; expected an array."],
  ])("%#", (fn, message) => {
    expect(fn).toThrow(message);
  });

  test("any list of tokens is counted, a generator too", () => {
    const counts = new Map<string, number>();
    const generated = (function* () {
      yield "a";
    })();
    for (const tokens of [["a"], Object.freeze(["a"]), new Set(["a"]), generated]) text.countTokens(counts, tokens);
    expect(text.frequentTokens(counts, { minFrequency: undefined } as never)).toEqual(["a"]);
    expect(counts.get("a")).toBe(4);
  });
});
