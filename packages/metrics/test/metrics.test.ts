import { describe, expect, test } from "vitest";
import { bleu, chrf, exactMatch, perplexity, tokenAccuracy } from "../src/index.js";

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
