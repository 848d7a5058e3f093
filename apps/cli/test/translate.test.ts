import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonLines, scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

const { path, dispose } = scratch();
const trained = path("trained");
const translate = (input: string, more = "") => shell(`translate ${trained} --threads 1 ${more}`, { input });

beforeAll(async () => {
  writeFileSync(path("pairs.tsv"), PAIRS.map((pair) => pair.join("\t")).join("\n"));
  const { code } = await shell(
    `train translate --data ${path("pairs.tsv")} --out ${trained} ${SMALL_TRANSLATOR} --steps 250 --hidden 32 --learning-rate 0.02 --score 0`,
  );
  expect(code).toBe(0);
}, 60_000);
afterAll(dispose);

const sentences = PAIRS.slice(0, 40);
const input = sentences.map(([source]) => `${source}\n`).join("");

describe("translate", () => {
  test("writes a line for each line, in their order, whatever their lengths and the batch", async () => {
    const { code, out, err } = await translate(input, "--batch 7");
    expect([code, err]).toEqual([0, ""]);
    const lines = out.split("\n");
    expect(lines.pop()).toBe("");
    const right = lines.filter((line, i) => line === sentences[i]?.[1]).length;
    expect(lines).toHaveLength(40);
    expect(right).toBeGreaterThan(30);
    expect((await translate(input, "--batch 1")).out).toBe(out);
  });

  test("keeps empty lines, and loses nothing of a stream that ends in the middle of one", async () => {
    const { out } = await translate("one two three\r\n\n   \nthree two one");
    const lines = out.split("\n");
    expect(lines).toEqual([expect.stringMatching(/\w/), "", "", expect.stringMatching(/\w/), ""]);
    expect((await translate("")).out).toBe("");
    expect((await translate("\ufeffone two three\n")).out).toBe(`${lines[0]}\n`);
  });

  test("translates what there is before the stream goes on", async () => {
    const seen: string[] = [];
    async function* slow() {
      yield new TextEncoder().encode("one two thr");
      yield new TextEncoder().encode("ee\nthree");
      while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      yield new TextEncoder().encode(" two one");
    }
    const { code } = await shell(`translate ${trained} --threads 1`, {
      input: slow(),
      onOut: (text) => seen.push(text),
    });
    expect([code, seen.length]).toEqual([0, 2]);
  });

  test("writes the n best as Moses does, and as JSON with scores that fall", async () => {
    const { out } = await translate("one two three\n\n", "--beam 4 --n-best 3");
    const lines = out.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^1 \|\|\| \w.* \|\|\| -\d+\.\d{4}$/);
    expect(lines[3]).toBe("2 |||  ||| 0.0000");
    const [json] = jsonLines((await translate("one two three\n", "--beam 4 --n-best 3 --json")).out);
    const { translations } = json as { translations: { text: string; score: number; tokens: string[] }[] };
    expect(json).toMatchObject({ line: 1, source: "one two three" });
    expect(translations.map(({ score }) => score)).toEqual(
      translations.map(({ score }) => score).sort((a, b) => b - a),
    );
    expect(translations[0]?.tokens.join(" ")).toBe(translations[0]?.text);
  });

  test("draws where it looked, with the tokens of both sides, escaped", async () => {
    await translate("one two three\n\none <b> \u0001two\n", `--attention ${path("pictures")}`);
    expect(readdirSync(path("pictures")).filter((name) => name.endsWith(".svg"))).toEqual(["000001.svg", "000003.svg"]);
    const first = readFileSync(path("pictures/000001.svg"), "utf8");
    for (const token of ["one", "two", "three", "drei", "zwei", "eins", "&lt;/s&gt;"]) {
      expect(first).toMatch(new RegExp(`<text[^>]*>${token}</text>`));
    }
    // In each of four rows the weights are a whole, but for those too faint to be drawn.
    const rows = new Map<string, number>();
    for (const [, y = "", weight] of first.matchAll(/<rect x="\d+" y="(\d+)"[^>]*fill-opacity="([\d.]+)"/g)) {
      rows.set(y, (rows.get(y) ?? 0) + Number(weight));
    }
    expect(rows.size).toBe(4);
    for (const sum of rows.values()) expect(Math.abs(sum - 1)).toBeLessThan(2 * 0.005 + 3 * 0.0005);
    expect(readFileSync(path("pictures/000003.svg"), "utf8")).toContain(">&lt;</text>");
  });

  test("says that it cannot write pictures before it translates", async () => {
    expect(await translate(input, `--attention ${path("pairs.tsv")}`)).toMatchObject({
      ...{ code: 2, out: "" },
      err: expect.stringMatching(/pairs\.tsv is not a folder/),
    });
  });

  test("puts the source's word where it says an unknown one, unless it is told not to", async () => {
    const text = Array.from({ length: 30 }, (_, i) => `Zürich${i} one two\n`).join("");
    const kept = (await translate(text, "--keep-unknown --beam 1")).out;
    const replaced = (await translate(text, "--beam 1")).out;
    expect(replaced).not.toContain("<unk>");
    expect(replaced.split("\n").length).toBe(kept.split("\n").length);
  });

  test("stops at Ctrl-C while it waits for input", async () => {
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const { code } = await shell(`translate ${trained} --threads 1`, { input: never, interrupted: true });
    expect(code).toBe(130);
  });
});

describe("input that is hard", () => {
  test("bytes that are not UTF-8 are named, after what came before them is translated", async () => {
    async function* bytes() {
      yield Uint8Array.of(...new TextEncoder().encode("one two three\n"), 0xff, 10);
    }
    const { code, out, err } = await shell(`translate ${trained} --threads 1`, { input: bytes() });
    expect([code, err]).toEqual([1, expect.stringMatching(/line 2 of standard input is not UTF-8/)]);
    expect(out).toMatch(/^\w.*\n$/);
  });

  test("a line of 10,000 tokens is reported and left empty; the others are translated", async () => {
    const { code, out, err } = await translate(`one two three\n${"one ".repeat(10_000)}\nthree two one\n`);
    expect(code).toBe(1);
    expect(err).toBe(
      "throughtime: line 2 has 10,000 tokens; at most 1,000 are translated (--longest). Its translation is left empty.\n",
    );
    expect(out.split("\n")).toEqual([expect.stringMatching(/\w/), "", expect.stringMatching(/\w/), ""]);
  });

  test("control and combining characters and right-to-left text are translated like others, a line for a line", async () => {
    const { code, out } = await translate("o\u0301ne \u0007two\u2028three\nשלום עולם\nمرحبا\n\u0000\n🏳️‍🌈 one\n");
    expect(code).toBe(0);
    const lines = out.split("\n");
    expect(lines).toHaveLength(6);
    expect(lines[3]).toBe("");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test("a beam wider than the vocabulary finds what there is", async () => {
    const { code, out } = await translate("one two three\n", "--beam 50 --n-best 1");
    expect([code, out]).toEqual([0, expect.stringMatching(/\w/)]);
  });

  test("more translations than the beam has are refused", async () => {
    expect(await translate("one\n", "--beam 2 --n-best 3")).toMatchObject({
      code: 2,
      err: "throughtime: --n-best 3 is more than --beam 2 finds. Widen the beam.\n",
    });
  });
});
