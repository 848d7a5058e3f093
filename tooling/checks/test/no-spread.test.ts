import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
const RULE = "no-spread-of-arrays.grit";
const folder = mkdtempSync(join(tmpdir(), "throughtime-lint-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
copyFileSync(fileURLToPath(new URL(`../${RULE}`, import.meta.url)), join(folder, RULE));
writeFileSync(join(folder, "biome.json"), JSON.stringify({ root: true, plugins: [`./${RULE}`] }));

/** How many spreads the rule finds. */
function found(source: string): number {
  writeFileSync(join(folder, "example.ts"), source);
  const { stdout, stderr } = spawnSync(process.execPath, [biome, "lint", "--colors=off", "example.ts"], {
    cwd: folder,
    encoding: "utf8",
  });
  return `${stdout}${stderr}`.match(/An array of any length is spread into arguments/g)?.length ?? 0;
}

test("an array that is spread into arguments is found, one in an array or an object is not", () => {
  expect(found("export const f = (a: number[], b: number[]) => { a.push(...b); return Math.max(0, ...b); };\n")).toBe(
    2,
  );
  expect(found("export const f = (b: number[]) => String.fromCharCode(...b) + [0].concat(...[b]).length;\n")).toBe(2);
  expect(
    found("export const f = (b: number[]) => ({ ...b, c: [...b], d: Math.max(b.length, [...b].length) });\n"),
  ).toBe(0);
});
