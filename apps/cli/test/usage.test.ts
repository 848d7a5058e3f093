import { describe, expect, test } from "vitest";
import { run } from "../src/command-line.js";
import { shell } from "./support/shell.js";

const COMMANDS = [
  "train lm",
  "train translate",
  "translate",
  "eval",
  "sample",
  "export",
  "pack",
  "report",
  "schema",
  "inspect",
  "doctor",
];

describe("the command line", () => {
  test("names every command in its help", async () => {
    const { code, out } = await shell("--help");
    expect(code).toBe(0);
    for (const command of [
      "train",
      "translate",
      "eval",
      "sample",
      "export",
      "pack",
      "report",
      "schema",
      "inspect",
      "doctor",
    ])
      expect(out).toMatch(new RegExp(`^  ${command}\\b`, "m"));
  });

  test.each(COMMANDS)("%s has a help with examples that its options allow", async (command) => {
    const { code, out, err } = await shell(`${command} --help`);
    expect([code, err]).toEqual([0, ""]);
    const shown = [...out.matchAll(/^ {2}\$ (?:.*\| )?throughtime (.*)$/gm)].map(([, example]) => example as string);
    expect(shown.length).toBeGreaterThan(1);
    for (const example of shown) {
      for (const [flag] of example.matchAll(/--[a-z-]+/g)) expect(out, example).toContain(flag);
    }
  });

  test.each([60, 80, 100])("help fits a terminal of %i columns", async (columns) => {
    for (const command of COMMANDS) {
      let text = "";
      const write = (more: string) => {
        text += more;
      };
      const out = { write, screen: { write, columns } };
      await run([...command.split(" "), "--help"], {
        terminal: { out, err: { write } },
        signal: new AbortController().signal,
      });
      // Examples are one line each, to be copied.
      const [help] = text.split("\nExamples:") as [string];
      for (const line of help.split("\n")) expect(line.length, `${command}: ${line}`).toBeLessThanOrEqual(columns);
    }
  });

  test.each([
    ["", "Usage: throughtime"],
    ["fly", "unknown command 'fly'"],
    ["train", "Usage: throughtime train"],
    ["train lm --nope", "unknown option '--nope'"],
    ["train lm --hidden 0", "'--hidden <n>' argument '0' is invalid. It must be an integer of at least 1."],
    ["train lm --hidden 2.5", "It must be an integer of at least 1."],
    ["train lm --hidden many", "It must be an integer of at least 1."],
    ["train lm --learning-rate 0", "It must be a number above 0."],
    ["train lm --learning-rate NaN", "It must be a number above 0."],
    ["train lm --dropout 1", "It must be a number at least 0 and at most 0.99."],
    ["train lm --cell lstn", "Allowed choices are gru, lstm, rnn."],
    ["train lm --steps 5 --epochs 2", "cannot be used with"],
    ["sample --greedy --temperature 2", "cannot be used with"],
    ["sample --top-p 0", "It must be a number above 0 and at most 1."],
    ["eval --backend cuda", "Allowed choices are auto, ort, cpu, reference."],
    ["inspect", "missing required argument 'file'"],
  ])("throughtime %s is wrong usage: 2, and a line that says why", async (words, message) => {
    const { code, out, err } = await shell(words);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(message);
    expect(err).not.toMatch(/^\s+at /m);
  });

  test("and another line says which help to read", async () => {
    expect((await shell("fly")).err).toMatch(/\nWhat it takes: throughtime --help\n$/);
    expect((await shell("train lm --nope")).err).toMatch(/\nWhat it takes: throughtime train lm --help\n$/);
  });

  test("--version is the package's", async () => {
    expect((await shell("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
