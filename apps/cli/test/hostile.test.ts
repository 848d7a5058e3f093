import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { decodeCheckpoint, encodeCheckpoint, type Json } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RHYME, SMALL, scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

const { path, dispose } = scratch();
beforeAll(async () => {
  writeFileSync(path("rhyme.txt"), RHYME);
  writeFileSync(path("pairs.tsv"), PAIRS.map((pair) => `${pair.join("\t")}\n`).join(""));
  const ran = [
    await shell(`train lm --data ${path("rhyme.txt")} --out ${path("lm")} ${SMALL} --backend cpu --steps 1`),
    await shell(
      `train translate --data ${path("pairs.tsv")} --out ${path("translator")} ${SMALL_TRANSLATOR} --backend cpu --steps 1 --score 0`,
    ),
  ];
  expect(ran.map(({ code }) => code)).toEqual([0, 0]);
});
afterAll(dispose);

/** A checkpoint whose description says something else at a path. */
async function changed(folder: string, at: string, value: Json): Promise<string> {
  const saved = await decodeCheckpoint(readFileSync(path(`${folder}/last.safetensors`)));
  const description = structuredClone(saved.description) as Record<string, Record<string, Json>>;
  const [group, name] = at.split(".") as [string, string];
  description[group] = { ...description[group], [name]: value };
  const file = path(`${folder}-${at}.safetensors`);
  writeFileSync(file, await encodeCheckpoint({ ...saved, description }));
  return file;
}

const cases: readonly (readonly [folder: string, at: string, value: Json, message: RegExp])[] = [
  ["lm", "model.hiddenSize", 1e9, /describes a model of [\d,]+ parameters, but holds 824/],
  ["lm", "model.layers", 1e9, /describes a model of [\d,]+ parameters, but holds 824/],
  ["lm", "model.embeddingSize", 1e9, /describes a model of [\d,]+ parameters/],
  ["lm", "model.vocabularySize", 1e9, /its vocabulary has 24 tokens and its model 1000000000/],
  ["lm", "model.hiddenSize", "8", /model\.hiddenSize is "8"; expected a whole number from 1/],
  ["lm", "model.cell", "\u001b[31mlstm", /model\.cell is "\\u001b\[31mlstm"; expected one of gru, lstm, rnn/],
  ["lm", "model.layers", -1, /model\.layers is -1/],
  ["lm", "options.batch", null, /options\.batch is null/],
  ["lm", "options.optimizer", "x".repeat(1e6), /options\.optimizer is "x+…" \(1000000 characters\)/],
  ["lm", "options.learningRate", 0, /options\.learningRate is 0/],
  ["lm", "length.steps", -1, /length\.steps is -1; expected a whole number from 0/],
  ["lm", "data.name", { toString: null }, /data\.name is an object; expected a text/],
  ["lm", "tokens.settings", { kind: "bpe" }, /.+/],
  ["lm", "tokens.vocabulary", { symbols: [1] }, /.+/],
  ["translator", "model.hiddenSize", 1e9, /describes a model of about [\d,]+ parameters, but holds/],
  ["translator", "model.layers", 1e9, /describes a model of about [\d,]+ parameters/],
  ["translator", "model.readoutSize", 1e9, /describes a model of about [\d,]+ parameters/],
  ["translator", "model.attention", "\u009b2J", /model\.attention is "\\u009b2J"; expected one of additive/],
  ["translator", "options.maxLength", 0, /options\.maxLength is 0/],
  ["translator", "source.tokens", { kind: "bpe" }, /.+/],
  ["translator", "source.vocabulary", {}, /.+/],
];

describe("a checkpoint whose description is not its model's", { timeout: 60_000 }, () => {
  test.each(cases)("of %s, at %s: %s", async (folder, at, value, message) => {
    const file = await changed(folder, at, value);
    const use = folder === "lm" ? "sample" : "translate";
    for (const command of ["eval", use, "export"]) {
      const before = performance.now();
      const { code, out, err } = await shell(
        `${command} ${file} --backend cpu${command === "export" ? ` --out ${path("never")}` : ""}`,
      );
      expect([code, out]).toEqual([1, ""]);
      expect(err).toMatch(message);
      expect(err).toMatch(/^throughtime: /);
      // One line, of no great length, that no terminal obeys.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(err).toMatch(/^[^\u0000-\u001f\u007f-\u009f]{1,600}\n$/);
      expect(performance.now() - before).toBeLessThan(5000);
    }
    expect(readdirSync(path("."))).not.toContain("never");
  });
});
