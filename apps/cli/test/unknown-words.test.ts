import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scratch, shell } from "./support/shell.js";

const { path, dispose } = scratch();
afterAll(dispose);

const name = (i: number) =>
  `${"KLMNPRST"[i % 8]}${"aeiou"[i % 5]}${"bdfgkm"[i % 6]}${"aeiou"[(i >> 3) % 5]}${"lnrst"[(i >> 2) % 5]}${i}`;
const GREETINGS = [
  ["hello", "hallo"],
  ["goodbye", "tschüss"],
] as const;
/** Names are there once, so that the target says that it does not know them; and the sentence is nothing else. */
const LINES = Array.from({ length: 160 }, (_, i) => {
  const [source, target] = GREETINGS[i % 2] as readonly [string, string];
  return `${source} ${name(i)}\t${target} ${name(i)}`;
});

beforeAll(() => writeFileSync(path("names.tsv"), LINES.join("\n")));

describe("an unknown word is replaced by a whole word of the source", () => {
  test.each(["words", "bpe", "characters", "tagged"])("from %s", { timeout: 60_000 }, async (source) => {
    const out = path(source);
    const { code } = await shell(
      `train translate --data ${path("names.tsv")} --out ${out} --source-tokens ${source}${source === "bpe" ? " --merges 8" : ""} --hidden 24 --embedding 16 --batch 32 --threads 1 --learning-rate 0.02 --score 0 --validation 0 --steps 60`,
    );
    expect(code).toBe(0);
    const asked = ["hello Rübenmann42", "goodbye Zyxwv"];
    const { out: said } = await shell(`translate ${out} --threads 1`, { input: asked.join("\n") });
    said
      .trimEnd()
      .split("\n")
      .forEach((line, i) => {
        // A greeting that was learned, and what the model looked at instead of the name that it does not know.
        const [greeting, ...rest] = line.split(" ");
        expect(GREETINGS.map(([, german]) => german)).toContain(greeting);
        expect(rest).toHaveLength(1);
        expect(asked[i]?.split(" ")).toContain(rest[0]);
      });
  });
});
