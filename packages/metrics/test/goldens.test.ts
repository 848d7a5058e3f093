import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Bleu, type BleuOptions, bleu, bleuTokens, chrf, type Reference } from "../src/index.js";

/** What goldens/make_goldens.py writes: scores and tokens by sacreBLEU 2.6. */
interface Golden {
  readonly cases: readonly {
    readonly name: string;
    readonly hypotheses: readonly string[];
    readonly references: readonly Reference[];
    readonly bleu: Readonly<Record<"mixed" | "lower" | "none", Omit<Bleu, "signature">>>;
    readonly chrf: number;
  }[];
  readonly tokens: Readonly<Record<string, string>>;
}
const golden: Golden = JSON.parse(readFileSync(new URL("goldens/goldens.json", import.meta.url), "utf8"));
const OPTIONS: Readonly<Record<"mixed" | "lower" | "none", BleuOptions>> = {
  mixed: {},
  lower: { case: "lower" },
  none: { tokenize: "none" },
};

describe.each(golden.cases)("$name", ({ hypotheses, references, ...expected }) => {
  test.each(["mixed", "lower", "none"] as const)("has sacreBLEU's BLEU (%s)", (kind) => {
    const found = bleu(hypotheses, references, OPTIONS[kind]);
    const { precisions, ...rest } = expected.bleu[kind];
    for (const [name, value] of Object.entries(rest)) expect(found[name as "score"], name).toBeCloseTo(value, 8);
    found.precisions.forEach((p, i) => expect(p).toBeCloseTo(precisions[i] as number, 8));
  });

  test("has sacreBLEU's chrF", () => {
    expect(chrf(hypotheses, references).score).toBeCloseTo(expected.chrf, 8);
  });
});

test.each(Object.entries(golden.tokens))("the tokens of %s", (text, tokens) => {
  expect(bleuTokens(text, "13a").join(" ")).toBe(tokens);
});
