import { describe, expect, test } from "vitest";
import { readText, textPieces } from "../src/index.js";

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
    expect(failure(new Uint8Array(0)).message).toBe("readText: book.txt is empty; expected text.");
    expect(failure(Uint8Array.from([0xef, 0xbb, 0xbf])).message).toBe("readText: book.txt is empty; expected text.");
  });
});

/** What textPieces gives and throws, for chunks of every size. */
async function pieced(bytes: Uint8Array, size: number, encoding?: string) {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  let text = "";
  try {
    for await (const piece of textPieces(chunks, { name: "book.txt", ...(encoding ? { encoding } : {}) }))
      text += piece;
  } catch (error) {
    return { text, error: error as ReturnType<typeof failure> };
  }
  return { text };
}

describe("text in pieces", () => {
  const SIZES = [1, 2, 3, 4, 5, 7, 100];

  test("is the same however the bytes are cut", async () => {
    const text = "\uFEFFWal → 鯨 😀 é\r\n".repeat(3);
    for (const size of SIZES) {
      expect(await pieced(Uint8Array.from(utf8(text)), size)).toEqual({ text: text.slice(1) });
      expect(await pieced(Uint8Array.from(Buffer.from(text, "utf16le")), size, "utf-16le")).toEqual({
        text: text.slice(1),
      });
    }
    expect(await pieced(Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x80), 2, "latin1")).toEqual({ text: "café€" });
  });

  test.each([
    ["a byte that begins no character", [...utf8("😀wal"), 0xff, ...utf8("fisch")], 7],
    ["a continuation byte alone, after whole characters", [...utf8("a😀"), 0x80, 0x61], 5],
    ["two of them", [...utf8("a鯨"), 0x80, 0x80, 0x61], 4],
    ["Latin-1", [...utf8("caf"), 0xe9, 0x20, 0x21], 4],
    ["a surrogate", [...utf8("鯨"), 0xed, 0xa0, 0x80], 4],
  ])("%s is found however the bytes are cut, after the text before it", async (_, bytes, offset) => {
    for (const size of SIZES) {
      const { text, error } = await pieced(Uint8Array.from(bytes), size);
      expect(error?.message, `chunks of ${size}`).toContain(`book.txt is not UTF-8: byte ${offset} (0x`);
      // All whole characters before it.
      expect(utf8(text)).toEqual(bytes.slice(0, utf8(text).length));
      expect(offset - utf8(text).length).toBeLessThanOrEqual(1);
    }
  });

  test("that is in another encoding is said to be", async () => {
    const latin1 = Buffer.from("Der Käfer läuft über die Straße.\n", "latin1");
    expect(failure(latin1)).toMatchObject({
      message: expect.stringContaining("It may be Latin-1 or Windows-1252."),
      details: { suggested: "windows-1252" },
    });
    expect(readText(latin1, "book.txt", "windows-1252")).toBe("Der Käfer läuft über die Straße.\n");
    expect(failure(Uint8Array.from([0xff, 0xfe, 0x61, 0])).details.suggested).toBe("utf-16le");
    const binary = Uint8Array.from({ length: 999 }, (_, i) => (i * 7919) % 256);
    expect(failure(binary).message).toContain("It does not look like text.");
    expect(failure(Uint8Array.of(0x1f, 0x8b, 8, 0, 0)).message).toContain("it is gzipped");
    expect(() => readText(latin1, "book.txt", "klingon")).toThrow(/encoding: "klingon" is not known/);
  });
});
