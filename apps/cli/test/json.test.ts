import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonLines, RHYME, SMALL, scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

const { path, dispose } = scratch();
const [text, pairs] = [path("rhyme.txt"), path("pairs.tsv")];
const lm = `lm --data ${text} ${SMALL} --backend cpu`;
beforeAll(async () => {
  writeFileSync(text, RHYME);
  writeFileSync(pairs, PAIRS.map((pair) => `${pair.join("\t")}\n`).join(""));
  const translate = `translate --data ${pairs} ${SMALL_TRANSLATOR} --steps 1 --score 0 --backend cpu`;
  const caption = "caption --size 32 --widths 8,16 --hidden 8 --steps 1 --score 0 --backend cpu";
  const all = [
    `${lm} --steps 1 --out ${path("lm")}`,
    `${translate} --out ${path("translator")}`,
    `${caption} --out ${path("captioner")}`,
  ];
  writeFileSync(path("a.svg"), `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h4v4z"/></svg>`);
  for (const train of all) {
    expect((await shell(`train ${train}`)).code).toBe(0);
  }
}, 60_000);
afterAll(dispose);

/** The fields that README lists: those in the second column, but for what stands behind a colon. */
function documented(command: string): string[] {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const row = readme.split("\n").find((line) => line.startsWith(`| ${command} |`));
  const [, , fields = ""] = row?.split("|") ?? [];
  return [...(fields.split(/: |, and /)[0] as string).matchAll(/`(\w+)`/g)].map(([, name]) => name as string);
}

describe("--json writes an object of the fields that README lists", () => {
  test.each([
    ["`train --dry-run`", `train ${lm} --dry-run`],
    ["`train --find-rate`", `train ${lm} --find-rate --out ${path("rates")}`],
    ["`eval` of a language model", `eval ${path("lm")} --data ${text}`],
    ["`eval` of a translator", `eval ${path("translator")} --data ${pairs} --part validation --beam 1`],
    ["`eval` of a captioner", `eval ${path("captioner")} --part validation --beam 1`],
    ["`caption`", `caption ${path("captioner")} ${path("a.svg")} --beam 1`],
    ["`sample`", `sample ${path("lm")} --length 5`],
    ["`translate`", `translate ${path("translator")} --beam 1`],
    ["`export`", `export ${path("lm")} --out ${path("onnx")}`],
    ["`pack`", `pack ${path("lm")} --out ${path("lm.safetensors")}`],
    ["`report`", `report ${path("lm")} --out ${path("report.html")}`],
    ["`doctor`", "doctor"],
  ])("%s", { timeout: 60_000 }, async (command, words) => {
    const { code, out, err } = await shell(`${words} --json`, { input: "one two\n" });
    expect([code, err]).toEqual([0, ""]);
    const [found, ...more] = jsonLines(out) as [object];
    expect(more).toEqual([]);
    expect(Object.keys(found).sort()).toEqual(documented(command).sort());
  });

  test("`inspect`", async () => {
    for (const file of [path("lm"), path("onnx/step.onnx")]) {
      const [found] = jsonLines((await shell(`inspect ${file} --json`)).out) as [object];
      const fields = documented("`inspect`");
      expect(Object.keys(found)).toEqual(expect.arrayContaining(fields));
    }
  });
});
