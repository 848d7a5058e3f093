import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bpe, characters, normalizeText, type Tokenizer, trainBpe, words } from "../src/index.js";

const merges = trainBpe(
  new Map([
    ["ab", 5],
    ["abc", 4],
    ["e\u0301a", 3],
  ]),
  5,
);
const TOKENIZERS: Readonly<Record<string, Tokenizer>> = {
  words: words(),
  "words, lower": words({ case: "lower" }),
  characters: characters(),
  "characters, lower": characters({ case: "lower" }),
  bpe: bpe(merges, words()),
  "bpe, lower": bpe(merges, words({ case: "lower" })),
  "bpe of characters": bpe(merges, characters()),
};
const odd = fc.constantFrom(
  ...[
    "a",
    "b",
    "é",
    "e\u0301",
    "A\u030a",
    "Σ",
    "ς",
    "İ",
    "ﬁ",
    "Å",
    "\u1e9b\u0323",
    "각",
    "\u1100\u1161\u11a8",
    "👩🏽‍🚀",
    "@",
    "@@",
  ],
  ...[
    " ",
    "  ",
    "\t",
    "\r",
    "\n",
    "\u00a0",
    "\u2003",
    "\u3000",
    "\u202f",
    "\u0085",
    "\u001c",
    "\ufeff",
    "\u2028",
    "\u2029",
  ],
  ...["\u0000", "\u0007", "\u009f", "\u200b", "￭", ",", "'", "-", "\u0301", "\ud83d"],
);
const text = fc.oneof(
  fc.array(odd, { maxLength: 12 }).map((list) => list.join("")),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
);

describe.each(Object.entries(TOKENIZERS))("%s", (_, tokenizer) => {
  test("normalizes to what decoding gives back, once and for all", () => {
    fc.assert(
      fc.property(text, (raw) => {
        const normal = tokenizer.normalize(raw);
        expect(tokenizer.decode(tokenizer.encode(raw))).toBe(normal);
        expect(tokenizer.normalize(normal)).toBe(normal);
        expect(tokenizer.encode(normal)).toEqual(tokenizer.encode(raw));
      }),
      { numRuns: 2000 },
    );
  });

  test("takes texts that mean the same for the same", () => {
    fc.assert(
      fc.property(text, (raw) => {
        for (const form of ["NFC", "NFD"])
          expect(tokenizer.normalize(raw.normalize(form))).toBe(tokenizer.normalize(raw));
      }),
    );
    expect(tokenizer.encode(" e\u0301\u00a0\u0085b\ufeff")).toEqual(tokenizer.encode("é b"));
  });

  test("says only what is normalized", () => {
    fc.assert(
      fc.property(fc.array(odd), (tokens) => {
        const said = tokenizer.decode(tokens);
        expect(tokenizer.normalize(said)).toBe(said);
      }),
    );
  });
});

test("normalizing joins spaces, composes, drops control characters, and keeps the rest", () => {
  expect(normalizeText("\ufeff A\u030a \u00a0\tB\u0007\u200bC\r")).toBe("Å B\u200bC");
  expect(normalizeText("ΟΔΟΣ ΣΑ\u0007Σ", { case: "lower" })).toBe("οδος σας");
});
