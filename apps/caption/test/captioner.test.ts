import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const page = readFileSync(new URL("../src/captioner.ts", import.meta.url), "utf8");
const built = fileURLToPath(new URL("../dist/captioner.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "throughtime-caption-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the page is as short as it promises, and imports public packages only", () => {
  expect(page.trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  const imports = [...page.matchAll(/from "([^"]+)"/g)].map(([, name]) => name as string);
  expect(imports.filter((name) => !/^(@throughtime\/|node:)/.test(name))).toEqual([]);
});

describe.skipIf(!existsSync(built))("run (skipped where apps/caption is not built)", () => {
  const run = () => {
    const pictures = ["square.svg", "none.png", "notes.txt"].map((name) => join(folder, name));
    // Two steps of a training.
    return spawnSync(process.execPath, [built, join(folder, "out"), "0.013", ...pictures], { encoding: "utf8" });
  };
  let first: ReturnType<typeof run>;
  beforeAll(() => {
    const square = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path fill="red" d="M2 2h4v4H2z"/></svg>`;
    writeFileSync(join(folder, "square.svg"), square);
    writeFileSync(join(folder, "notes.txt"), "not a picture");
    first = run();
  }, 240_000);

  test("it learns, measures, exports, captions pictures and draws where it looked", () => {
    const { status, stderr, stdout } = first;
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/% of 200 captions are right; BLEU-4 0\.\d{3}, CIDEr-D/),
    ]);
    expect(stderr).toMatch(/none\.png.*\n.*notes\.txt is not a picture/);
    expect(stdout).toMatch(/^\S+square\.svg\t.*\n$/);
    const made = ["best.safetensors", "captions.html", "encoder.onnx", "last.safetensors", "step.onnx"];
    expect(readdirSync(join(folder, "out"))).toEqual(expect.arrayContaining(made));
    expect(readFileSync(join(folder, "out/captions.html"), "utf8")).toContain("square.svg");
  });

  test("called again it goes on where it was: at its end, with the same captions", () => {
    expect(run()).toMatchObject({ status: 0, stdout: first.stdout });
  }, 240_000);
});
