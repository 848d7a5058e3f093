import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { resumeCommand } from "../src/training/resume-command.js";
import { RHYME, SMALL, scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

const { path, dispose } = scratch();
afterAll(dispose);

mkdirSync(path("a b"));
writeFileSync(path("a b/it's.txt"), RHYME);
writeFileSync(path("a b/pairs.tsv"), PAIRS.map((pair) => `${pair.join("\t")}\n`).join(""));

/** The words of a line, as a shell takes them. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s'\\]|\\.|'[^']*')+/g)].map(([word]) => word.replaceAll(/'([^']*)'|\\(.)/g, "$1$2"));

describe("the command that a stopped training prints", () => {
  test.each([
    ["lm", [...SMALL.split(" "), "--data", path("a b/it's.txt"), "--save-every", "7"]],
    ["translate", [...SMALL_TRANSLATOR.split(" "), "--data", path("a b/pairs.tsv"), "--score", "5"]],
  ])("goes on with it: %s", async (task, options) => {
    const out = path(`a b/${task}`);
    const begun = ["train", task, ...options, "--epochs", "0.5", "--out", out];
    const stopped = await shell(begun, { interrupted: true });
    expect(stopped.code, stopped.err).toBe(130);
    const [, line = ""] = /Go on with: (.*)\n$/.exec(stopped.err) ?? [];
    const [program, ...words] = wordsOf(line);
    const free = words.filter((word, i) => !["--out", "--resume"].includes(word) && words[i - 1] !== "--out");
    const [own] = [options.filter((word) => free.includes(word))];
    expect([program, words.slice(0, 2), words.slice(-3)]).toEqual([
      "throughtime",
      ["train", task],
      ["--out", out, "--resume"],
    ]);
    expect(free.slice(2).sort()).toEqual([...own].sort());
    const went = await shell(words);
    expect(went.code, went.err).toBe(0);
    expect(went.out).toMatch(/^Trained \d+ steps/);
  });

  test("has the packages of its tasks, and neither its length nor what a resumed training cannot be given", () => {
    const [task] = [{ name: "x", train: { options: { from: { type: "string", free: true, conflicts: ["resume"] } } } }];
    const values = { from: "a", epochs: 3, out: "out/x", backend: "cpu", seed: 1 };
    const program = ["throughtime", "--task-package", "./x.js"];
    expect(resumeCommand(program, task as never, values as never, () => true)).toBe(
      "throughtime --task-package ./x.js train x --backend cpu --out out/x --resume",
    );
  });
});
