import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built, run } from "./support/run.js";

const source = (name: string) => readFileSync(new URL(`../src/${name}.ts`, import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "throughtime-translate-"));
const path = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WORDS = ["eins", "zwei", "drei", "vier"];
const NUMBERS = ["one", "two", "three", "four"];
const digits = Array.from({ length: 200 }, (_, i) => [i % 4, (i >> 2) % 4, (i >> 4) % 4]);
const lines = (words: readonly string[], end: string) =>
  digits.map((list) => `${list.map((d) => words[d]).join(" ")}${end}`);
const NEW = "Eins zwei, drei.\n\nvier vier eins.\n";

describe("the pages", () => {
  test("are as short as they promise, and import public packages only", () => {
    expect(source("translator").trimEnd().split("\n").length).toBeLessThanOrEqual(150);
    expect(source("from-onnx").trimEnd().split("\n").length).toBeLessThanOrEqual(60);
    const imports = (text: string) => [...text.matchAll(/from "([^"]+)"/g)].map(([, name]) => name as string);
    expect(imports(source("translator")).filter((name) => !/^(@throughtime|node:)/.test(name))).toEqual([]);
    expect(
      imports(source("from-onnx"))
        .filter((name) => !name.startsWith("node:"))
        .sort(),
    ).toEqual(["./tokens.js", "@throughtime/decode", "onnxruntime-node"]);
    expect(imports(source("tokens"))).toEqual([]);
  });
});

describe.skipIf(!existsSync(built("translator")))("run (skipped where apps/translate is not built)", () => {
  let first: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    writeFileSync(path("de"), lines(WORDS, " .").join("\n"));
    writeFileSync(path("en"), lines(NUMBERS, ".").join("\n"));
    first = await run("translator", [path("de"), path("en"), path("out"), "8"], NEW);
  }, 120_000);

  test("the translator learns, measures, exports, and translates line by line", () => {
    const { code, out, err } = first;
    expect([code, err]).toEqual([0, expect.stringMatching(/BLEU \d+\.\d\d on 10 unseen lines \(nrefs:1\|case:lc/)]);
    expect(readdirSync(path("out"))).toEqual(
      expect.arrayContaining(["best.safetensors", "encoder.onnx", "last.safetensors", "step.onnx", "tokens.json"]),
    );
    const said = out.split("\n");
    expect(said).toHaveLength(4);
    expect(said[1]).toBe("");
  });

  test("called again it goes on where it was: at its end, with the same translations", async () => {
    expect((await run("translator", [path("de"), path("en"), path("out"), "8"], NEW)).out).toBe(first.out);
  }, 60_000);

  test("from ONNX, with nothing but the search, come the same translations", async () => {
    const { code, out } = await run("from-onnx", [path("out")], NEW);
    expect([code, out]).toEqual([0, first.out]);
  }, 60_000);
});
