import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built, run } from "./support/run.js";

const folder = mkdtempSync(join(tmpdir(), "throughtime-from-onnx-"));
const path = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SMALL = "--hidden 16 --embedding 16 --batch 32 --score 0 --threads 1 --learning-rate 0.02".split(" ");
const ENGLISH = ["One", "two", "three", "four"];
const GERMAN = ["Eins", "zwei", "drei", "vier"];
const numbers = Array.from({ length: 240 }, (_, i) => [i % 4, (i >> 2) % 4, (i >> 4) % 4]);
/** With words in every second line that are there once, so that a model learns to say the unknown one. */
const sentence = (words: readonly string[], i: number): string =>
  numbers[i]?.map((digit) => words[digit]).join(", ") + (i % 2 ? "." : ` "${words[0]}${i}"!`);
const PAIRS = numbers.map((_, i) => `${sentence(ENGLISH, i)}\t${sentence(GERMAN, i)}\n`).join("");

const HARD = [
  ...["Zürich ￭two  three\u0301", "", "   ", "<unk> </s> two@@ y", "שלום עולם\u0007", "👩🏽‍🚀 two"],
  ...[
    "\u00a0two\u2003 three\u0085four\ufeff \u001cone\t",
    "One\u2028two\rthree, \u2029four.",
    "ΟΔΟΣ ΣΑ\u0007Σ, İstanbul two!",
  ],
  ..."One, Rübenmann2023, two. | Rübenmann (two) three! | One, two, Straßenbahn7 | ＯＮＥ ﬁve one2one".split(" | "),
  ...["x".repeat(140_000), `One, ${"ab.".repeat(50_000)}`, "One, two."],
];
/** How many of the hard ones are too long for a model of that name. */
const long = (name: string): number => (name.startsWith("words") ? 0 : /^(tags|dates)/.test(name) ? 1 : 2);
const SENTENCES = [...numbers.slice(0, 20).map((_, i) => sentence(ENGLISH, i)), ...HARD];

describe.skipIf(!existsSync(built("from-onnx")) || !existsSync(built("throughtime")))(
  "from-onnx translates as `throughtime translate` does (skipped where they are not built)",
  () => {
    beforeAll(() => writeFileSync(path("pairs.tsv"), PAIRS));

    test.each<[string, string, readonly string[]]>([
      ["words", `--data ${path("pairs.tsv")} --steps 60`, SENTENCES],
      ["words without case or attention", `--data ${path("pairs.tsv")} --case lower --attention none`, SENTENCES],
      ["characters", `--data ${path("pairs.tsv")} --tokens characters --case lower`, SENTENCES],
      ["pieces to words", `--data ${path("pairs.tsv")} --source-tokens bpe --merges 20`, SENTENCES],
      ["words to pieces", `--data ${path("pairs.tsv")} --target-tokens bpe --merges 20 --min-frequency 3`, SENTENCES],
      ["characters to words", `--data ${path("pairs.tsv")} --source-tokens characters`, SENTENCES],
      ["words to characters", `--data ${path("pairs.tsv")} --target-tokens characters --min-frequency 9`, SENTENCES],
      ["tags on both sides", `--data ${path("pairs.tsv")} --tokens tagged`, SENTENCES],
      [
        "subwords",
        "--task emoji-names --to de --tokens bpe --merges 300",
        ["grinning face with smiling eyes", "flag: New Zealand", "woman astronaut: medium-dark skin tone", ...HARD],
      ],
      ["dates", "--task dates", ["en-GB 30 Sept 2011", "nl-NL vrijdag 3 oktober 1958", "fa-IR ۲۱۶۳/۰۴/۰۸", ...HARD]],
    ])("%s", { timeout: 120_000 }, async (name, words, sentences) => {
      const [trained, onnx] = [path(name), path(`${name}.onnx`)];
      const training = ["train", "translate", "--out", trained, ...SMALL, "--steps", "30", ...words.split(" ")];
      expect(await run("throughtime", training)).toMatchObject({ code: 0 });
      expect(await run("throughtime", ["export", trained, "--out", onnx, "--threads", "1"])).toMatchObject({ code: 0 });
      const input = `${sentences.join("\n")}\n`;
      const expected = await run("throughtime", ["translate", trained, "--threads", "1"], input);
      // A line of more than a thousand tokens is one line of complaint, and all others are translated.
      expect(expected.err.split("\n").filter((complaint) => complaint !== "")).toEqual(
        Array(long(name)).fill(expect.stringMatching(/^throughtime: line \d+ has \d+,\d+ tokens; at most 1,000 /)),
      );
      expect(expected.code).toBe(long(name) > 0 ? 1 : 0);
      expect(new Set(expected.out.split("\n")).size).toBeGreaterThan(3);
      expect((await run("from-onnx", [onnx], input)).out).toEqual(expected.out);
    });

    test("refuses the tokens of another model", async () => {
      writeFileSync(path("subwords.onnx/tokens.json"), readFileSync(path("words.onnx/tokens.json")));
      const { code, out, err } = await run("from-onnx", [path("subwords.onnx")], "two\n");
      expect([code, out, err]).toEqual([
        1,
        "",
        expect.stringContaining("subwords.onnx/tokens.json is another model's"),
      ]);
    });
  },
);
