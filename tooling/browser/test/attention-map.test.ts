import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attentionMap } from "../../../packages/seq2seq/src/translation/attention-map.js";
import { chromiumPath, launch } from "./support/chromium.js";
import { laidOut, meetings } from "./support/laid-out.js";

const path = chromiumPath();

/** A picture of these tokens, with all attention on the diagonal. */
const drawn = (sourceTokens: readonly string[], targetTokens: readonly string[]): string => {
  const row = (t: number) => sourceTokens.map((_, s) => (s === Math.min(t, sourceTokens.length - 1) ? 1 : 0));
  const attention = [...targetTokens, "</s>"].map((_, t) => row(t));
  return attentionMap({ sourceTokens, targetTokens, attention }) as string;
};
const words = (text: string) => text.split(" ");
const LONG =
  "Während ein Mann in einem blauen Hemd ￭, der auf einer Leiter steht ￭, ein sehr großes Fenster putzt ￭, sehen ihm von der anderen Straßenseite zwei Kinder mit roten Mützen zu ￭, und essen ihr Donaudampfschifffahrtsgesellschaftskapitänspatent";

describe.skipIf(path === undefined)("a picture of attention", { timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(path as string);
  });
  afterAll(() => browser?.close());

  test.each<[string, readonly string[], readonly string[]]>([
    ["of words", words("ein Hund schläft ￭."), words("a dog sleeps ￭.")],
    ["of one word", ["ja"], []],
    ["of a sentence of 40 words", words(LONG), words(LONG)],
    ["of wide letters", words("WWWWWWWWWW MMMMMMMMMM mmmmmmwwwwww"), words("@@@@@@@@@@ GOOD DOG QUOQUE")],
    ["of tokens of 100 letters", ["a".repeat(100), "b".repeat(100)], ["W".repeat(100), "b".repeat(100)]],
    ["written from the right", words("مرحبا بالعالم الجميل ￭."), words("העולם הוא יפה ￭.")],
    ["of characters", [..."我喜欢吃苹果。"], [..."Sunday, 3 August 1958"]],
    [
      "of accents and emoji",
      ["\u0301", "e\u0301te\u0301", "\u200d", "👩🏽‍🚀", "\u202e"],
      ["z\u0335\u0321\u034a", "🏳️‍🌈"],
    ],
  ])("%s has room for all that stands in it, and nothing stands on another", async (_, source, target) => {
    const { width, height, texts } = await laidOut(browser, drawn(source, target));
    expect(texts.length).toBe(source.length + target.length + 1 + 2);
    for (const { label, left, top, right, bottom } of texts) {
      const outside = left < 0 || top < 0 || right > width || bottom > height;
      expect([label, outside, right > left]).toEqual([label, false, true]);
    }
    // Labels that lean stand side by side although the boxes around them meet.
    const level = texts.filter(({ leans }) => !leans);
    expect(meetings(level)).toEqual([]);
  });
});
