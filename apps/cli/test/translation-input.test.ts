import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { decodeCheckpoint, encodeCheckpoint, type Json } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RHYME, SMALL, scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

/** What a model file says of both sides. */
type Described = Readonly<
  Record<string, Json> & Record<"source" | "target", { readonly vocabulary: { readonly tokens: string[] } }>
>;

const { path, dispose } = scratch();
const file = (name: string, contents: string | Uint8Array): string => {
  writeFileSync(path(name), contents);
  return path(name);
};
const lines = PAIRS.map((pair) => pair.join("\t"));
const trained = path("trained");
const train = (words: string) => shell(`train translate ${SMALL_TRANSLATOR} --steps 1 ${words}`);

beforeAll(async () => {
  file("pairs.tsv", lines.join("\n"));
  expect((await train(`--data ${path("pairs.tsv")} --out ${trained}`)).code).toBe(0);
});
afterAll(dispose);

/** One line on stderr, and no folder. */
async function refused(words: string, code: number, message: RegExp): Promise<void> {
  const ran = await train(`${words} --out ${path("never")}`);
  expect(ran.err).toMatch(message);
  expect(ran.err.trimEnd().split("\n").length).toBe(1);
  expect([ran.code, ran.out]).toEqual([code, ""]);
  expect(readdirSync(path("."))).not.toContain("never");
}

describe("pairs that cannot be learned", () => {
  test("because lines don't pair up: the counts and the first wrong line are named", async () => {
    const [source, target] = [file("three", "a\nb\nc\n"), file("one", "x\n")];
    await refused(
      `--source ${source} --target ${target}`,
      1,
      /throughtime: of .*three → one the source has 3 lines and the target 1; line 2 has no partner/,
    );
    await refused(`--data ${file("no-tab.tsv", "a\tx\nb\n")}`, 1, /throughtime: line 2 of .*no-tab\.tsv has no tab/);
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ["nothing.tsv", "", /nothing\.tsv has no pairs to train on/],
    ["empty-sides.tsv", "\tx\na\t\n\t\n\n", /has no pair to train on\. 4 pairs left out: a side is blank\.$/m],
    [
      "too-long.tsv",
      `${"a ".repeat(101)}\tb\n\tc\n`,
      /no pair to train on\. 1 pair left out: a side is blank; 1 pair left out: a side has more than 100 tokens \(--max-length\)/,
    ],
    ["latin1.tsv", Uint8Array.of(97, 9, 98, 10, 97, 9, 0xfc, 10), /line 2 of .*latin1\.tsv is not UTF-8/],
    ["not.tsv.gz", "a\tb\n", /not\.tsv\.gz: it is not gzipped, although its name says so/],
    ["cut.tsv.gz", gzipSync(lines.join("\n")).subarray(0, 300), /cut\.tsv\.gz: it is gzipped, and ends too early/],
  ])("because of %s", async (name, contents, message) => {
    await refused(`--data ${file(name, contents)}`, 1, message);
  });

  test("because files are not there, or not all of them", async () => {
    await refused(`--data ${path("none.tsv")}`, 1, /none\.tsv: there is no such file/);
    await refused(`--data ${path("none.tsv.gz")}`, 1, /none\.tsv\.gz: there is no such file/);
    await refused(`--source ${path("pairs.tsv")}`, 2, /--source needs --target/);
    await refused(
      `--data ${path("pairs.tsv")} --validation-target x`,
      2,
      /--validation-target needs --validation-source/,
    );
    await refused(`--data ${path("pairs.tsv")} --source ${path("pairs.tsv")}`, 2, /leave out --source and --target/);
    await refused("", 2, /what is it to learn\? Give --source FILE and --target FILE, or --data/);
    await refused(`--task dates --data ${path("pairs.tsv")}`, 2, /makes its own pairs/);
    await refused("--task emoji-names", 2, /needs --to, one of bn, da/);
    await refused("--task emoji-names --to la", 2, /no names in "la"/);
    await refused("--task reverse --to de", 2, /--from and --to are the languages of --task emoji-names/);
  });

  test("by a model that this machine cannot hold", async () => {
    await refused(`--data ${path("pairs.tsv")} --hidden 10000000`, 2, /parameters needs .* to train; this machine has/);
  });
});

describe("pairs that are hard", () => {
  test("empty lines and a line of 10,000 tokens are left out, and counted", async () => {
    const hard = ["\t", "one\t", "\teins", `${"one ".repeat(10_000)}\teins`, ...lines].join("\n");
    const { code, err } = await train(`--data ${file("hard.tsv", hard)} --out ${path("hard")} --validation 0`);
    expect([code, err]).toEqual([
      0,
      expect.stringContaining(
        "\n3 pairs left out: a side is blank; 1 pair left out: a side has more than 100 tokens (--max-length)\n",
      ),
    ]);
  });

  test("a mark at the beginning and CRLF change nothing", async () => {
    const out = path("windows");
    expect((await train(`--data ${file("windows.tsv", `\ufeff${lines.join("\r\n")}\r\n`)} --out ${out}`)).code).toBe(0);
    const weights = async (from: string) => (await decodeCheckpoint(readFileSync(`${from}/last.safetensors`))).params;
    expect(await weights(out)).toEqual(await weights(trained));
  });

  test("control and combining characters and right-to-left text are learned like others", async () => {
    const odd = ["o\u0301ne \u0007two\tשלום עולם", "🏳️‍🌈 one\tمرحبا", "a\u2028b\tx"].flatMap((line) =>
      Array<string>(4).fill(line),
    );
    const { code } = await train(`--data ${file("odd.tsv", odd.join("\n"))} --out ${path("odd")} --validation 0`);
    expect(code).toBe(0);
    const { description } = await decodeCheckpoint(readFileSync(path("odd/last.safetensors")));
    const { source, target } = description as unknown as Described;
    expect(source.vocabulary.tokens).toEqual(expect.arrayContaining(["óne", "two", "a", "b"]));
    expect(target.vocabulary.tokens).toEqual(expect.arrayContaining(["שלום", "مرحبا"]));
  });
});

describe("a word of 140,000 letters", () => {
  const long = Array.from({ length: 140_000 }, (_, i) => "onetwthrfusix"[(i * i) % 13]).join("");

  test.each(["words", "bpe", "characters", "tagged"])(
    "of %s is learned from, measured and translated beside others",
    async (kind) => {
      const out = path(`long-${kind}`);
      const data = file("long.tsv", [`${long}\teins`, `one\t${long}`, `a ${long}\tb ${long}`, ...lines].join("\n"));
      const trained = await train(
        `--data ${data} --out ${out} --tokens ${kind}${kind === "bpe" ? " --merges 300" : ""} --validation 0.5`,
      );
      expect([trained.code, trained.err]).toEqual([0, expect.stringMatching(/trains on \d+ pairs/)]);
      const input = `one two\n${long}\ntwo\ntwo ${long}\n`;
      const ran = await shell(`translate ${out} --threads 1`, { input });
      const said = ran.out.split("\n");
      expect(said).toHaveLength(5);
      const whole = { words: 4, bpe: 2, characters: 2, tagged: 3 }[kind] as number;
      expect(said.filter((line) => line !== "").length).toBeLessThanOrEqual(whole);
      expect(ran.err.split("\n").filter((line) => /at most 1,000 are translated/.test(line))).toHaveLength(4 - whole);
      expect(ran.code).toBe(whole === 4 ? 0 : 1);
      const measured = await shell(`eval ${out} --data ${data} --threads 1 --part all --examples 3`);
      expect(measured.code).toBe(0);
    },
    60_000,
  );
});

describe("a sentence of 10,000 tokens to measure on", () => {
  const long = `${"one ".repeat(10_000)}\teins`;

  test("is left out of a training's validation", async () => {
    const some = file("some.tsv", [long, "\teins", ...lines.slice(0, 5)].join("\n"));
    const { code, err } = await train(`--data ${path("pairs.tsv")} --validation-data ${some} --out ${path("long")}`);
    expect([code, err]).toEqual([0, expect.stringContaining("validates on 5,")]);
    expect(err).toMatch(/BLEU .* of 5\n/);
    await refused(
      `--data ${path("pairs.tsv")} --validation-data ${file("only-long.tsv", `${long}\n\teins\n`)}`,
      1,
      /no validation pair to measure on\. 1 pair left out: a side is blank; 1 pair left out: a side has more than 100/,
    );
  });

  test("has an empty translation in eval, which says so", async () => {
    const some = file("some.tsv", [long, ...lines.slice(0, 5)].join("\n"));
    const { code, out } = await shell(`eval ${trained} --data ${some} --threads 1 --examples 6`);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining("\n1 of the sources have more than 1,000 tokens; their translations are left empty\n"),
    ]);
    expect(out).toMatch(/^ {2}(one )+ → {3}\(right: eins\)$/m);
  });
});

describe("a checkpoint", () => {
  const checkpoint = () => readFileSync(`${trained}/last.safetensors`);

  test("with another model's vocabulary is refused by every command that reads one", async () => {
    const good = await decodeCheckpoint(checkpoint());
    const description = good.description as unknown as Described;
    const other = { ...description, source: { ...description.source, vocabulary: { tokens: ["a", "b"] } } };
    const bad = file("other.safetensors", await encodeCheckpoint({ ...good, description: other }));
    for (const command of ["translate", "eval", "export"]) {
      const { code, err } = await shell(`${command} ${bad}`, { input: "one\n" });
      expect([command, code, err]).toEqual([
        command,
        1,
        expect.stringMatching(/its source vocabulary has 6 tokens and its model 10/),
      ]);
    }
  });

  test("is not gone on with other pairs, and not with other settings", async () => {
    const other = file("others.tsv", [...lines, "one\teins"].join("\n"));
    const resumed = (more: string) => shell(`train translate --out ${trained} --resume --threads 1 ${more}`);
    expect(await resumed(`--data ${other}`)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/learns pairs\.tsv .* but others\.tsv has other pairs/),
    });
    expect(await resumed(`--data ${path("pairs.tsv")} --hidden 32`)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--hidden 32: the training in .* has 16/),
    });
  });

  test("of a translator is not sampled from, one of a language model does not translate", async () => {
    expect((await shell(`sample ${trained}`)).err).toMatch(
      /it is a translator; sample is for a language model\. Try: throughtime translate/,
    );
    const out = path("lm");
    await shell(`train lm --data ${file("rhyme.txt", RHYME)} --out ${out} ${SMALL} --steps 1`);
    expect((await shell(`translate ${out}`)).err).toMatch(
      /it is a language model; translate is for a translator\. Try: throughtime sample/,
    );
    expect((await shell(`translate ${path("nowhere")}`)).err).toMatch(
      /no such file or folder.*throughtime train translate/,
    );
  });

  test("without attention has no pictures of it", async () => {
    await train(`--data ${path("pairs.tsv")} --attention none --out ${path("plain")}`);
    const { code, err } = await shell(`translate ${path("plain")} --attention ${path("pictures")}`, { input: "one\n" });
    expect([code, err]).toEqual([2, expect.stringContaining("has none. Train one with it")]);
    expect(readdirSync(path("."))).not.toContain("pictures");
    expect(
      (await shell(`translate ${path("plain")} --threads 1`, { input: "one two three\n\none\n" })).out.split("\n"),
    ).toHaveLength(4);
  });
});
