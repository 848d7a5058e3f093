import { describe, expect, test } from "vitest";
import { readText } from "../src/index.js";

const failure = (bytes: Uint8Array): { name: string; message: string; details: Record<string, unknown> } => {
  try {
    readText(bytes, "book.txt");
  } catch (error) {
    return error as ReturnType<typeof failure>;
  }
  throw new Error("the bytes were read");
};

const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)];

describe("reading text", () => {
  test("UTF-8 is read, with its byte-order mark taken off", () => {
    expect(readText(Uint8Array.from(utf8("Wal → 鯨 😀\r\n")))).toBe("Wal → 鯨 😀\r\n");
    expect(readText(Uint8Array.from([0xef, 0xbb, 0xbf, ...utf8("a")]))).toBe("a");
  });

  test.each([
    ["a byte that begins no character", [...utf8("wal"), 0xff, ...utf8("fisch")], 3],
    ["a continuation byte alone", [...utf8("é"), 0x80], 2],
    ["Latin-1", [...utf8("caf"), 0xe9, 0x20, 0x21], 4],
    ["an overlong character", [0x61, 0xc0, 0x80], 1],
    ["a surrogate", [0x61, 0xed, 0xa0, 0x80], 2],
    ["a code point beyond Unicode", [0xf4, 0x90, 0x80, 0x80], 1],
    ["one late in a long file", [...new Array(100_000).fill(0x61), 0xfe, 0x61], 100_000],
  ])("%s is refused with its offset", (_, bytes, offset) => {
    const error = failure(Uint8Array.from(bytes));
    expect(error.name).toBe("DataError");
    expect(error.message).toContain(`book.txt is not UTF-8: byte ${offset} (0x`);
    expect(error.details.offset).toBe(offset);
  });

  test("a file cut off within a character, one of UTF-16, and an empty one each say so", () => {
    expect(failure(Uint8Array.from(utf8("鯨").slice(0, 2))).message).toContain(
      "ends in the middle of a character, after 2 bytes",
    );
    expect(failure(Uint8Array.from([0xff, 0xfe, 0x61, 0])).message).toContain("the mark of UTF-16");
    expect(failure(new Uint8Array(0)).message).toBe("readText: book.txt is empty; expected text in UTF-8.");
    expect(failure(Uint8Array.from([0xef, 0xbb, 0xbf])).message).toBe(
      "readText: book.txt is empty; expected text in UTF-8.",
    );
  });
});
