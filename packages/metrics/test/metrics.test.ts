import { describe, expect, test } from "vitest";
import { bleu, chrf, exactMatch, perplexity, sentenceBleu, tokenAccuracy } from "../src/index.js";

describe("metrics", () => {
  test("exact match counts what is a reference to the character", () => {
    expect(exactMatch(["a b", "A b", "c"], ["a b", "a b", ["d", "c"]])).toBeCloseTo(2 / 3);
    expect(exactMatch([], [])).toBe(0);
  });

  test("token accuracy counts places, and what is missing is wrong", () => {
    expect(
      tokenAccuracy(
        [
          [1, 2],
          [3, 9, 9],
        ],
        [
          [1, 2, 5],
          [4, 9],
        ],
      ),
    ).toBe(3 / 5);
    expect(tokenAccuracy([], [])).toBe(0);
  });

  test("perplexity is e to the nats", () => expect(perplexity(Math.log(7))).toBeCloseTo(7));

  test("signatures are sacreBLEU's", () => {
    expect(bleu(["a"], ["a"]).signature).toBe("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp");
    expect(bleu(["a", "b"], [["a", "c"], ["b"]], { case: "lower" }).signature).toMatch(/^nrefs:var\|case:lc\|/);
    expect(chrf(["a"], ["a"]).signature).toBe("nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no");
  });

  test("hypotheses without references are named", () => {
    expect(() => bleu(["a", "b"], ["a"])).toThrow(/bleu: 2 hypotheses and 1 references/);
    expect(() => chrf(["a"], [[]])).toThrow(/hypothesis 0 has no reference/);
  });
});

describe("what is passed by mistake is said:", () => {
  const wrong = (value: unknown) => value as never;

  test.each<[string, () => unknown, string]>([
    ["a mistyped option", () => bleu(["a"], ["a"], wrong({ tokenise: "zh" })), 'bleu: the options have "tokenise"'],
    [
      "of a sentence",
      () => sentenceBleu("a", "a", wrong({ effective: 1 })),
      'sentenceBleu: the options have "effective"',
    ],
    [
      "a tokenizer",
      () => sentenceBleu("a", "a", wrong({ tokenize: "ja" })),
      "sentenceBleu: tokenize must be one of 13a",
    ],
    ["a case", () => bleu(["a"], ["a"], wrong({ case: "Lower" })), 'bleu: case must be "mixed" or "lower"'],
    [
      "a text for a list",
      () => bleu(wrong("a b"), wrong("a b")),
      'bleu: hypotheses is the string "a b"; expected an array.',
    ],
    [
      "no text",
      () => chrf([wrong(undefined)], ["a"]),
      "chrf: hypothesis 0 or a reference of it is undefined; expected strings.",
    ],
    ["no reference", () => exactMatch(["a"], [wrong(null)]), "exactMatch: the references of hypothesis 0 is null"],
    [
      "tokens for a text",
      () => bleu(["a"], [[wrong(["a"])]]),
      "bleu: hypothesis 0 or a reference of it is an array of 1",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });

  test("options that hold undefined are the defaults", () => {
    expect(bleu(["a b c d"], ["a b c d"], wrong({ tokenize: undefined, case: undefined })).score).toBeCloseTo(100);
  });
});
