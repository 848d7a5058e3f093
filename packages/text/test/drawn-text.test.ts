import { isRightToLeft, textWidth } from "@throughtime/text";
import { expect, test } from "vitest";

test("a text's width is that of its letters, in the font's size", () => {
  expect(textWidth("", 13)).toBe(0);
  expect(textWidth("abc", 20)).toBeCloseTo(2 * textWidth("abc", 10), 12);
  expect(textWidth("e\u0301", 13)).toBe(textWidth("e", 13)); // an accent has none of its own
  const widths = ["i", "I", "W", "네"].map((letter) => textWidth(letter, 13));
  expect(widths).toEqual([...widths].sort((a, b) => a - b));
});

test("a text's first letter says from where it is written", () => {
  expect(["دائرة red", "12. העולם", "\u{1E900}"].map(isRightToLeft)).toEqual([true, true, true]);
  expect(["red دائرة", "네모", "12", ""].map(isRightToLeft)).toEqual([false, false, false, false]);
});
