import { describe, expect, test } from "vitest";
import { type LearnSettings, learn } from "../src/task/learn.js";
import { characterTokens } from "../src/tokens/characters.js";
import { tokensFromJson } from "../src/tokens/from-json.js";
import { byLines } from "../src/tokens/lines.js";
import { encode, type LmTokens } from "../src/tokens/tokens.js";

const TEXT = "Der Hund läuft.\r\nDie Hunde laufen, 😀 sie laufen!\n\n  Ein  Hund\nlief davon";
const WORDS: LearnSettings = {
  kind: "words",
  case: "mixed",
  minFrequency: 1,
  maxVocabulary: 999,
  merges: 12,
  trained: 1,
};
const KINDS: readonly LearnSettings[] = [
  { ...WORDS, kind: "characters" },
  WORDS,
  { ...WORDS, case: "lower", minFrequency: 2 },
  { ...WORDS, kind: "bpe" },
  { ...WORDS, kind: "characters", minFrequency: 2, unknown: "?" },
];

/** A text in pieces of `size` code points. */
const cut = (text: string, size: number): string[] => {
  const all = [...text];
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size).join(""));
};

const said = (tokens: LmTokens, ids: Int32Array): string => {
  const write = tokens.writer();
  return Array.from(ids, write).join("");
};

describe.each(KINDS)("tokens of $kind, $case, from $minFrequency on", (settings) => {
  test("are learned and read alike, however the text is cut, and after a trip through JSON", async () => {
    const first = await learn({ name: "a text", pieces: [TEXT] }, settings);
    for (const size of [1, 2, 7]) {
      const { tokens, text } = await learn({ name: "a text", pieces: cut(TEXT, size) }, settings);
      expect(tokens.json).toEqual(first.tokens.json);
      expect(text.ids).toEqual(first.text.ids);
      const again = tokensFromJson(JSON.parse(JSON.stringify(tokens.json)), "a file");
      const read = await encode(again, "a text", cut(TEXT, size));
      expect(read.ids).toEqual(text.ids);
      for (const [from, to] of [
        [0, text.ids.length],
        [3, 9],
      ] as const) {
        expect(read.characters(from, to)).toBe(first.text.characters(from, to));
      }
    }
  });

  test("stand for as many characters as they write", async () => {
    const { tokens, text } = await learn({ name: "a text", pieces: [TEXT] }, settings);
    const written = said(tokens, text.ids);
    // What is unknown is counted as long as it was, and written as <unk>.
    if (settings.minFrequency === 1) expect([...written].length).toBe(text.characters(0, text.ids.length));
    else expect(written).toContain(tokens.unit === "character" ? "?" : "<unk>");
  });
});

test("words are written as they stood, with single spaces and one kind of line end", async () => {
  for (const kind of ["words", "bpe"] as const) {
    const { tokens, text } = await learn({ name: "a text", pieces: [TEXT] }, { ...WORDS, kind });
    expect(said(tokens, text.ids)).toBe("Der Hund läuft.\nDie Hunde laufen, 😀 sie laufen!\n\nEin Hund\nlief davon");
    const long = "Hund ".repeat(40);
    expect(said(tokens, (await encode(tokens, "a text", [long])).ids)).toBe(long.trimEnd());
  }
});

test("words are learned from the part that is trained on", async () => {
  const { tokens } = await learn({ name: "a text", pieces: ["one two three four"] }, { ...WORDS, trained: 0.5 });
  expect(tokens.json.vocabulary).toEqual({ tokens: ["one", "two"] });
});

test("settings that do not go together are refused", async () => {
  const of = (settings: Partial<LearnSettings>) => learn({ name: "a text", pieces: [TEXT] }, { ...WORDS, ...settings });
  await expect(of({ unknown: "?" })).rejects.toThrow(
    "--unknown is for --tokens characters; with words, what is not known is <unk>.",
  );
  await expect(of({ kind: "characters", minFrequency: 2 })).rejects.toThrow(
    /leaves out \d+ of the \d+ characters.*--unknown/,
  );
  await expect(learn({ name: "a text", pieces: [" \n "] }, WORDS)).rejects.toThrow(
    /a text is empty, or has nothing but white space/,
  );
});

test("a text without ends of lines is cut at white space, and holds no more than it must", () => {
  const lines: string[] = [];
  const read = byLines(
    (line) => lines.push(line),
    () => lines.push("end"),
  );
  const text = "eine Zeile ohne Ende ".repeat(150_000);
  for (let at = 0; at < text.length; at += 65_536) read(text.slice(at, at + 65_536));
  read();
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.join("")).toBe(text);
  expect(lines.slice(1).every((line) => line.startsWith(" "))).toBe(true);
});

test("what a model of characters does not know is read as what is equal to it, where it knows that", async () => {
  const read = async (symbols: string, text: string, unknown?: string) => {
    const tokens = characterTokens([...symbols], unknown);
    const { ids } = await encode(tokens, "--prime", [text]);
    const write = tokens.writer();
    return Array.from(ids, (id) => write(id)).join("");
  };
  expect(await read("ae\u0301", "aéa")).toBe("ae\u0301a");
  expect(await read("aeé", "ae\u0301a")).toBe("aéa");
  expect(await read("eêế", "e\u0302\u0301e")).toBe("ếe");
  expect(await read("ae\u0301?", "aé", "?")).toBe("a?");
  await expect(read("ae", "ae\u0301")).rejects.toThrow(/\(U\+0301\) at character 2/);
  await expect(read("ae", "\u0301")).rejects.toThrow(/\(U\+0301\) at character 0/);
});
