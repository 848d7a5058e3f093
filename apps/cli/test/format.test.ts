import { expect, test } from "vitest";
import { bytes, count, duration, short, table } from "../src/format.js";

test("durations read as clocks do", () => {
  expect([0, 7.4, 59.6, 750, 3723, -1, Infinity].map(duration)).toEqual([
    "0:00",
    "0:07",
    "1:00",
    "12:30",
    "1:02:03",
    "0:00",
    "?",
  ]);
});

test("numbers are as long as they need to be", () => {
  expect(count(1213006)).toBe("1,213,006");
  expect([7, 9999.4, 12_345, 1_234_567].map(short)).toEqual(["7", "9999", "12k", "1.2M"]);
  expect([0, 999, 1000, 1_840_000, 5e12].map(bytes)).toEqual(["0 B", "999 B", "1.0 kB", "1.8 MB", "5000.0 GB"]);
});

test("a table's columns stand under each other", () => {
  expect(
    table(
      [
        ["a", "bb", "c"],
        ["aaa", "b", "cc"],
      ],
      " ",
    ),
  ).toBe(" a    bb  c\n aaa  b   cc");
});
