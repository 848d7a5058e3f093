import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { decodeCheckpoint } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RHYME, SMALL, scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

const { path, dispose } = scratch();
const [text, lm, translator] = [path("rhyme.txt"), path("lm"), path("translator")];
beforeAll(async () => {
  writeFileSync(text, RHYME);
  writeFileSync(path("pairs.tsv"), PAIRS.map((pair) => `${pair.join("\t")}\n`).join(""));
  const trained = [
    await shell(`train lm --data ${text} --out ${lm} ${SMALL} --steps 3 --backend cpu`),
    await shell(
      `train translate --data ${path("pairs.tsv")} --out ${translator} ${SMALL_TRANSLATOR} --test 0.1 --steps 2 --score 0 --backend cpu`,
    ),
  ];
  expect(trained.map(({ code }) => code)).toEqual([0, 0]);
}, 60_000);
afterAll(dispose);

const size = (file: string) => statSync(file).size;
const pack = (model: string, out: string, more = "") => shell(`pack ${model} --out ${path(out)} ${more}`);

describe("pack", () => {
  test("leaves out the training's state; every command takes the file, but no training goes on with it", async () => {
    const { code, out, err } = await pack(lm, "lm.safetensors");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/lm\.safetensors: [\d.]+ kB, \d\d % of .*best\.safetensors \([\d.]+ kB\)\n$/);
    expect(size(path("lm.safetensors"))).toBeLessThan(0.6 * size(`${lm}/best.safetensors`));
    const params = async (file: string) => (await decodeCheckpoint(readFileSync(file))).params;
    expect(await params(path("lm.safetensors"))).toEqual(await params(`${lm}/best.safetensors`));
    const same = async (words: string) => {
      const [packed, whole] = [
        await shell(words.replace("MODEL", path("lm.safetensors"))),
        await shell(words.replace("MODEL", lm)),
      ];
      expect([packed.code, packed.out.replace("lm.safetensors", "")]).toEqual([
        0,
        whole.out.replace("lm/best.safetensors", ""),
      ]);
    };
    await same("sample MODEL --length 20 --backend cpu");
    await same(`eval MODEL --data ${text} --backend cpu`);
    const from = await shell(
      `train lm --data ${text} --from ${path("lm.safetensors")} ${SMALL} --steps 1 --out ${path("on")}`,
    );
    expect(from.code, from.err).toBe(0);
    writeFileSync(`${path("on")}/last.safetensors`, readFileSync(path("lm.safetensors")));
    const resumed = await shell(`train lm --data ${text} --out ${path("on")} --resume`);
    expect([resumed.code, resumed.err]).toEqual([1, expect.stringContaining("it is a packed model")]);
  });

  test("measures what f16 costs on the data that were learned, as its recipe names them", async () => {
    const { code, out } = await pack(translator, "t16.safetensors", "--dtype f16 --json --backend cpu");
    expect(code).toBe(0);
    const { bytes, before, rounding, quality } = JSON.parse(out);
    expect(bytes).toBe(size(path("t16.safetensors")));
    expect(bytes).toBeLessThan(0.3 * before);
    expect(rounding).toBeGreaterThan(0);
    expect(rounding).toBeLessThan(1e-3);
    expect(quality.map(({ name }: { name: string }) => name)).toContain("perplexity");
    const said = await shell(`translate ${path("t16.safetensors")} --beam 1`, { input: "one two\n" });
    expect([said.code, said.err]).toEqual([0, ""]);
    // A file that stands alone has no recipe beside it.
    const alone = await pack(path("lm.safetensors"), "lm16.safetensors", "--dtype f16");
    expect([alone.code, alone.out]).toEqual([
      0,
      expect.stringContaining("Say which text to measure it on: --data FILE."),
    ]);
  });

  test("writes nothing where it cannot do what was asked for", async () => {
    const refused = async (more: string, message: string) => {
      const { code, out, err } = await pack(lm, "refused.safetensors", more);
      expect([code > 0, out, err]).toEqual([true, "", expect.stringContaining(message)]);
      expect(existsSync(path("refused.safetensors"))).toBe(false);
    };
    await refused("--dtype f16 --beam 3", "--beam does nothing here: ");
    await refused(`--dtype f16 --data ${path("pairs.tsv")}`, "is not among the");
    await refused(`--data ${text}`, "--data does nothing without --dtype f16");
    const there = await pack(lm, "rhyme.txt");
    expect([there.code, there.err]).toEqual([2, expect.stringContaining("it is there already")]);
    expect(readFileSync(text, "utf8")).toBe(RHYME);
  });
});

test("the help of eval and pack says of which models an option is", async () => {
  for (const command of ["eval", "pack"]) {
    const { out } = await shell(`${command} --help`);
    const [, ofLm = ""] = /Of a language model:\n(.*?)\n\n/s.exec(out) ?? [];
    const [, ofTwo = ""] = /Of a translator or a captioner:\n(.*?)\n\n/s.exec(out) ?? [];
    expect(ofLm).toContain("--batch <n>");
    expect(ofTwo).toContain("--beam <n>");
    expect(out.replaceAll(/\s+/g, " ")).toMatch(
      /--data <file> language model: a text, .*; translator: source, tab, target/,
    );
  }
});

test("a training goes on in no folder of another task, or without one", async () => {
  const other = await shell(`train translate --data ${path("pairs.tsv")} --out ${lm} --resume`);
  expect([other.code, other.err]).toEqual([
    1,
    `throughtime: ${lm}/last.safetensors: it is a language model, which throughtime train lm trains; train translate takes a translator.\n`,
  ]);
  const none = await shell(`train lm --data ${text} --out ${path("none")} --resume`);
  expect([none.code, none.err]).toEqual([
    2,
    expect.stringContaining("none holds no training (last.safetensors) that could go on."),
  ]);
  expect(existsSync(path("none"))).toBe(false);
});
