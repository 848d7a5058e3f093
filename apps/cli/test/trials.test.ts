import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonLines, RHYME, SMALL, scratch, shell } from "./support/shell.js";

const { path, dispose } = scratch();
beforeAll(() => writeFileSync(path("rhyme.txt"), RHYME));
afterAll(dispose);

const train = (words: string) => shell(`train lm --data ${path("rhyme.txt")} ${SMALL} --backend cpu ${words}`);

describe("train --dry-run", () => {
  test("shows layers, memory and the time of a step, and writes nothing", async () => {
    const { code, out } = await train(`--dry-run --steps 4000 --out ${path("dry")}`);
    expect(code).toBe(0);
    expect(out).toMatch(/^embedding\.E +\[\d+, 8\] +\d+\n[\s\S]*\nall +[\d,]+ {2}[\d.]+ kB\n/);
    expect(out).toMatch(/memory of a step +[\d.]+ kB at most\n/);
    expect(out).toMatch(/a step +[\d.]+ ms, [\d,]+ characters\/s, on WebAssembly/);
    expect(out).toMatch(/the training +4,000 steps: about [\d:]+/);
    expect(existsSync(path("dry"))).toBe(false);
  });

  test("is one line of JSON for programs, whose layers are all the parameters", async () => {
    const { code, out, err } = await train(`--dry-run --json --out ${path("dry")}`);
    expect([code, err, jsonLines(out).length]).toEqual([0, "", 1]);
    const { event, layers, parameters, peakBytes, stepSeconds } = jsonLines(out)[0] as {
      readonly [name: string]: number;
    } & { readonly layers: readonly { readonly count: number }[] };
    expect(event).toBe("dry-run");
    expect(layers.reduce((sum, { count }) => sum + count, 0)).toBe(parameters);
    expect([(peakBytes as number) > 0, (stepSeconds as number) > 0]).toEqual([true, true]);
  });

  test("is not for a training that goes on", async () => {
    expect((await train(`--dry-run --resume --out ${path("dry")}`)).code).toBe(2);
  });
});

describe("train --find-rate", () => {
  test("says which rates to take, and draws the curve; a training can begin in that folder then", async () => {
    const out = path("rates");
    const found = await train(`--find-rate --out ${out}`);
    expect(found.code).toBe(0);
    expect(found.out).toMatch(
      /\nTry --learning-rate \d\.\de-\d, where the loss falls fastest; or \d\.\de[-+]\d, a tenth/,
    );
    expect(readdirSync(out).sort()).toEqual([".throughtime", "learning-rates.html"]);
    const page = readFileSync(`${out}/learning-rates.html`, "utf8");
    expect(page).toContain("<h1>Learning rates</h1>");
    expect(page).not.toContain("This training");
    expect(await train(`--steps 2 --out ${out}`)).toMatchObject({ code: 0 });
    expect(readdirSync(out)).toContain("history.jsonl");
  });

  test("is JSON for programs", async () => {
    const { out } = await train(`--find-rate --json --out ${path("rates-json")}`);
    const [curve] = jsonLines(out) as { readonly points: readonly object[]; readonly ended: string }[];
    expect(curve?.points.length).toBeGreaterThan(20);
    expect(["steps", "diverged"]).toContain(curve?.ended);
  });
});
