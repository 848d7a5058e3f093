import { attentionMap } from "@throughtime/seq2seq";
import { isRightToLeft } from "@throughtime/text";
import { describe, expect, test } from "vitest";
import { labelOf } from "../src/translation/token-label.js";

const drawn = (sourceTokens: readonly string[], targetTokens: readonly string[], attention: readonly number[][]) =>
  attentionMap({ sourceTokens, targetTokens, attention }) as string;
const squares = (svg: string) =>
  [...svg.matchAll(/<rect x="(\d+)" y="(\d+)"[^>]* fill-opacity="([\d.]+)"><title>([^<]*)</g)].map(
    ([, x, y, weight, said]) => ({ x: Number(x), y: Number(y), weight: Number(weight), said }),
  );
const labels = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, label]) => label);

describe("a picture of attention", () => {
  test("is none where there was no attention", () => {
    expect(attentionMap({ sourceTokens: ["a"], targetTokens: ["b"] })).toBeUndefined();
  });

  test("has a square for each weight that can be seen, and says what dark means", () => {
    const svg = drawn(
      ["a", "b"],
      ["x"],
      [
        [0.75, 0.25],
        [0.001, 0.999],
      ],
    );
    expect(squares(svg)).toEqual([
      { x: 0, y: 0, weight: 0.75, said: "x ← a: 75.0 %" },
      { x: 22, y: 0, weight: 0.25, said: "x ← b: 25.0 %" },
      { x: 22, y: 22, weight: 0.999, said: "&lt;/s&gt; ← b: 99.9 %" },
    ]);
    expect(labels(svg)).toEqual(["a", "b", "x", "&lt;/s&gt;", "0 %", "100 % of a row's attention"]);
    expect(svg).toContain('fill="url(#shade)"');
  });

  test.each<[string, readonly string[], readonly number[]]>([
    ["left", ["one", "שלום"], [0, 22]],
    ["right", ["￭(", "שלום", "one"], [44, 22, 0]],
    ["right", ["مرحبا", "￭!"], [22, 0]],
    ["left", ["۲۱۶۳", "a"], [0, 22]],
    ["left", ["1", "!"], [0, 22]],
  ])("has its columns from the %s for %j", (_, source, columns) => {
    const even = source.map(() => 1 / source.length);
    expect(squares(drawn(source, [], [even])).map(({ x }) => x)).toEqual(columns);
  });

  test("shows what has no shape, and nothing that XML may not hold or that turns the text around it", () => {
    const source = [" ", "\u0301", "\u200d", "￭.", "￭", "a\u0000\ud800\u202e", "w".repeat(30)];
    expect(labels(drawn(source, [], [source.map(() => 1)])).slice(0, 7)).toEqual([
      "␣",
      "◌\u0301",
      "U+200D",
      ".",
      "￭",
      "a\ufffd\ufffd\ufffd",
      `${"w".repeat(23)}…`,
    ]);
  });

  test("is no larger for a long sentence than what can be seen of it", () => {
    const tokens = Array.from({ length: 400 }, (_, i) => `w${i}`);
    const one = (at: number) => tokens.map((_, s) => (s === Math.min(at, 399) ? 1 : 1e-4));
    expect(
      drawn(
        tokens,
        tokens,
        [...tokens, ""].map((_, t) => one(t)),
      ).length,
    ).toBeLessThan(200_000);
  });
});

test("labels of words without an end are short, and soon there", { timeout: 2000 }, () => {
  for (const long of [
    "x".repeat(1_000_000),
    "👩🏽‍🚀".repeat(200_000),
    `a${"\u0301".repeat(1_000_000)}`,
    "\u{1d49c}".repeat(500_001),
  ]) {
    expect([...new Intl.Segmenter().segment(labelOf(long))].length).toBeLessThanOrEqual(24);
    expect(labelOf(long)).toMatch(/^[^\ufffd]*…$/u);
    expect(isRightToLeft(long)).toBe(false);
  }
});
