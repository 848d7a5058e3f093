import { expect, test } from "vitest";
import { printable, quote } from "../src/index.js";

test("what a terminal obeys is escaped, and letters of every script stay", () => {
  expect(printable("a\u001b[2Jb\u009b31mc\u0007\r\n")).toBe("a\\u001b[2Jb\\u009b31mc\\u0007\\u000d\\u000a");
  expect(printable("\u202eevil\u2066\u200b\ufeff\u2028\u{e0041}")).toBe(
    "\\u202eevil\\u2066\\u200b\\ufeff\\u2028\\u{e0041}",
  );
  expect(printable("Zürich 東京 👩‍👧 नमस्ते می‌خواهم")).toBe("Zürich 東京 👩‍👧 नमस्ते می‌خواهم");
  expect(printable("\ud83d!")).toBe("\\ud83d!");
});

test("long text is cut, and a quotation says how long it was", () => {
  expect(printable("x".repeat(1e6))).toBe(`${"x".repeat(80)}…`);
  expect(quote("x".repeat(1e6), 4)).toBe('"xxxx…" (1000000 characters)');
  expect(quote("x".repeat(80))).toBe(`"${"x".repeat(80)}"`);
  expect(quote("\u001b".repeat(500)).length).toBeLessThan(80 * 6 + 30);
});

test("any value is quoted in bounded space", () => {
  expect([quote('a"b\n'), quote(3), quote(null), quote(undefined), quote([1, "a", [2]]), quote({ a: 1 })]).toEqual([
    '"a\\"b\\n"',
    "3",
    "null",
    "undefined",
    '[1, "a", […]]',
    "an object",
  ]);
  expect(quote(new Array(1e6).fill("y".repeat(1000))).length).toBeLessThan(100);
  expect(quote(Array.from({ length: 1e5 }, (_, i) => i))).toMatch(/^\[0, 1, 2, .*…$/);
});
