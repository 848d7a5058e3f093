import { spawn, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DataError } from "@throughtime/core";
import { escapeHtml } from "@throughtime/report";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failureOf } from "../src/failures.js";
import { nodeIsNewEnough } from "../src/node-version.js";
import { writerOf } from "../src/terminal.js";
import { RHYME, SMALL, scratch, shell } from "./support/shell.js";

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const { path, dispose } = scratch();
const model = path("model");
beforeAll(async () => {
  writeFileSync(path("rhyme.txt"), RHYME);
  await shell(`train lm --data ${path("rhyme.txt")} --out ${model} ${SMALL} --backend cpu --steps 2`);
});
afterAll(dispose);

const inShell = (command: string) => {
  const { status, stderr } = spawnSync("sh", ["-c", command.replace("COMMAND", `${process.execPath} ${bin}`)]);
  return { status, err: String(stderr) };
};

describe.skipIf(!existsSync(bin) || !existsSync("/dev/full"))("the built command", { timeout: 60_000 }, () => {
  test.each([
    `eval ${model} --data ${path("rhyme.txt")} --backend cpu`,
    `sample ${model} --length 100000000 --backend cpu`,
    `train lm --json --data ${path("rhyme.txt")} --out ${path("full")} ${SMALL} --backend cpu --steps 1000000`,
    "--help",
  ])("whose output nobody can write ends with one line: %s", (words) => {
    expect(inShell(`COMMAND ${words} > /dev/full`)).toEqual({
      status: 1,
      err: "throughtime: cannot write to standard output: the disk is full.\n",
    });
  });

  test("goes on where only what people read cannot be written", () => {
    expect(inShell(`COMMAND eval ${model} --data ${path("rhyme.txt")} --backend cpu 2> /dev/full`).status).toBe(0);
  });

  test("that may open few files says how to allow more", () => {
    const { status, err } = inShell("ulimit -n 24; COMMAND doctor");
    expect(status).toBe(1);
    expect(err).toMatch(/^throughtime: too many files are open; allow more \(ulimit -n 1024\)\..*\n$/);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "stops at %s while it writes without end, on a backend in its own thread",
    async (signal) => {
      const child = spawn(process.execPath, [bin, "sample", model, "--length", "100000000", "--backend", "cpu"]);
      child.stdout.once("data", () => child.kill(signal));
      child.stdout.resume();
      expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
    },
  );

  test("stops when its reader has seen enough", async () => {
    const child = spawn(process.execPath, [bin, "sample", model, "--length", "100000000", "--backend", "cpu"]);
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
  });

  test("ends at once at Ctrl-C where there is nothing to save", async () => {
    const child = spawn(process.execPath, [bin, "train", "lm", "--data", "-", "--out", path("never")]);
    child.stderr.resume();
    // It waits for its text.
    setTimeout(() => child.kill("SIGINT"), 3000);
    expect(await new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)))).toBe("SIGINT");
  });
});

const HOSTILE = "a\u001b]0;pwned\u0007b\u009b31mc\u202ed\r\n\te";

describe("what stands in files", () => {
  test("reaches a terminal without what it would obey, and a pipe as it is", () => {
    let text = "";
    const stream = (isTTY: boolean) => ({ isTTY, write: (more: string) => (text += more) }) as never;
    writerOf(stream(true)).write(HOSTILE);
    expect(text).toBe("a\\u001b]0;pwned\\u0007b\\u009b31mc\\u202ed\n\te");
    text = "";
    writerOf(stream(false)).write(HOSTILE);
    expect(text).toBe(HOSTILE);
  });

  test("reaches a page without it too", () => {
    expect(escapeHtml(`<${HOSTILE}>`)).toBe("&lt;a\\u001b]0;pwned\\u0007b\\u009b31mc\\u202ed\n\te&gt;");
  });

  test("is cut, and in one line, where a message quotes it", () => {
    const { text } = failureOf(new DataError(`x\n  y${HOSTILE.replace("\r\n", "")}${"z".repeat(1e6)}`), false);
    expect(text).toMatch(/^throughtime: x ya\\u001b.*z…$/);
    expect(text.length).toBeLessThan(2100);
  });

  test("is cut where a command line was wrong", async () => {
    const { err } = await shell(["train", "lm", "--hidden", "9x".repeat(1e5)]);
    expect(err.length).toBeLessThan(1200);
    expect(err).toMatch(/'--hidden <n>' argument '9x9x[\s\S]* It must be an integer of at least 1\./);
  });
});

test("what the system refuses is no bug of ours", () => {
  const error = Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE", syscall: "open" });
  expect(failureOf(error, false)).toEqual({
    exitCode: 1,
    text: "throughtime: open: too many files are open; allow more (ulimit -n 1024)",
  });
});

test("an old Node is told from one that is new enough", () => {
  expect(["18.20.4", "20.18.9", "20.19.0", "22.1.0"].map(nodeIsNewEnough)).toEqual([false, false, true, true]);
});
