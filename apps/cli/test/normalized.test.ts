import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { scratch, shell } from "./support/shell.js";

const { path, dispose } = scratch();
afterAll(dispose);
const file = (name: string, lines: readonly string[]): string => {
  writeFileSync(path(name), `${lines.join("\n")}\n`);
  return path(name);
};

const TRAINING =
  "--hidden 32 --embedding 16 --batch 16 --threads 1 --learning-rate 0.02 --score 0 --validation 0 --steps 150";
const train = (data: string, out: string, words: string) =>
  shell(`train translate --data ${data} --out ${path(out)} ${TRAINING} ${words}`);
interface Measures {
  readonly bleu: number;
  readonly chrf: number;
  readonly exact: number;
  readonly signature: string;
  readonly nats: number;
}
const measured = async (model: string, data: string, more = ""): Promise<Measures> => {
  const { code, out, err } = await shell(`eval ${path(model)} --data ${data} --part all --threads 1 --json ${more}`);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Measures;
};

const SENTENCES = [
  ["en-GB deux œufs frais", "zwölf schöne Äpfel fürs Mädchen"],
  ["de-DE trois jours après", "drei Tage später wäre früh, Ångström!"],
  ["fr-CA une forêt brûlée", "ein geröteter Wald ist größer als zwei"],
  ["ja-JP où est la clé ?", "wo ist der Schlüssel über der Tür"],
] as const;
/** The same four sentences, again and again. */
const lines = (write: (text: string) => string) =>
  Array.from({ length: 64 }, (_, i) => (SENTENCES[i % 4] as readonly string[]).map(write).join("\t"));
const decomposed = (text: string) => text.normalize("NFD");
const spaced = (text: string) => `\u00a0 ${text.replace(" ", "  ").replaceAll("e ", "e\u2003\u00a0")} \u0085\r `;
const plain = file(
  "plain.tsv",
  lines((text) => text),
);
const odd = file(
  "odd.tsv",
  lines((text) => spaced(decomposed(text))),
);

describe.each(["words", "bpe", "characters", "tagged"])(
  "a model of %s that learned decomposed text with odd spaces",
  (kind) => {
    test.each(["mixed", "lower"])(
      "scores as one that learned the same text without (case: %s)",
      { timeout: 60_000 },
      async (letters) => {
        const name = `${kind}-${letters}`;
        const how = `--tokens ${kind}${kind === "bpe" ? " --merges 30" : ""} --case ${letters} --min-frequency 1`;
        expect((await train(odd, name, how)).code).toBe(0);
        const scores = await measured(name, odd);
        expect(scores).toMatchObject({ exact: 1, chrf: 100, signature: expect.stringContaining("|tok:13a|") });
        expect(scores.bleu).toBeCloseTo(100, 8);
        const { exact, bleu, chrf, nats } = await measured(name, plain);
        expect({ exact, bleu, chrf, nats }).toEqual({ exact: 1, bleu: scores.bleu, chrf: 100, nats: scores.nats });

        // What is translated is the same, however it is written, and it is normalized.
        const sources = SENTENCES.map(([source]) => source);
        const input = [...sources, ...sources.map(decomposed), ...sources.map((text) => spaced(decomposed(text)))].join(
          "\n",
        );
        const { out } = await shell(`translate ${path(name)} --threads 1`, { input });
        const targets = SENTENCES.map(([, target]) => (letters === "lower" ? target.toLowerCase() : target));
        expect(out.trimEnd().split("\n")).toEqual([...targets, ...targets, ...targets]);
      },
    );
  },
);

test("a sentence that is written in several ways is in one part of the pairs", async () => {
  const several = (text: string, i: number) =>
    [text, decomposed(text), spaced(text), text.toUpperCase()][i % 4] as string;
  const words = Array.from({ length: 60 }, (_, i) => `élève ${i}`);
  const data = file(
    "several.tsv",
    words.flatMap((word) => [0, 1, 2, 3].map((i) => `${several(word, i)}\tx ${word}`)),
  );
  const { code, err } = await shell(
    `train translate --data ${data} --out ${path("several")} ${TRAINING.replace("--validation 0", "--validation 0.3")} --steps 1 --case lower`,
  );
  expect(code).toBe(0);
  const [, trained, validated] = /trains on (\d+) pairs, validates on (\d+),/.exec(err) ?? [];
  expect([Number(trained) % 4, Number(validated) % 4, Number(trained) + Number(validated)]).toEqual([0, 0, 240]);
  expect(Number(validated)).toBeGreaterThan(0);
});

describe("a target without spaces between words", () => {
  const chinese = file(
    "chinese.tsv",
    lines((text) => text).map(
      (line, i) =>
        `${line.split("\t")[0]}\t${["我喜欢吃苹果。", "他说：“你好！”", "三天以后", "钥匙在哪里？"][i % 4]}${"一二三四"[(i >> 2) % 4]}`,
    ),
  );

  test("is scored by characters, and says so; --bleu-tokenizer counts something else", {
    timeout: 60_000,
  }, async () => {
    const { code, err } = await train(
      chinese,
      "chinese",
      `--target-tokens characters --validation-data ${chinese} --score 100 --validate-every 50`,
    );
    expect(code).toBe(0);
    expect(err).toMatch(
      /BLEU is nrefs:1\|case:mixed\|eff:no\|tok:zh\|smooth:exp; .* it counts characters, since the targets have no spaces/,
    );
    const byCharacter = await measured("chinese", chinese);
    expect(byCharacter.signature).toContain("|tok:zh|");
    expect(byCharacter.bleu).toBeGreaterThan(50);
    const byWord = await measured("chinese", chinese, "--bleu-tokenizer 13a");
    expect(byWord).toMatchObject({ signature: expect.stringContaining("|tok:13a|"), exact: byCharacter.exact });
    expect(byWord.bleu).toBeLessThan(byCharacter.bleu);
    const { out } = await shell(
      `eval ${path("chinese")} --data ${chinese} --part all --threads 1 --bleu-tokenizer char`,
    );
    expect(out).toMatch(/tok:char\|smooth:exp; targets are normalized as the translations are\n/);
  });
});
