import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const { path, dispose } = scratch();
afterAll(dispose);

/** The built command, translating: what it has written, and how it ends. */
function translating() {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [
    ...[bin, "translate", path("trained"), "--threads", "1"],
  ]);
  // It may be gone before it has read all.
  child.stdin.on("error", () => undefined);
  const text = { out: "", err: "" };
  child.stderr.setEncoding("utf8").on("data", (more: string) => {
    text.err += more;
  });
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    text.out += more;
    child.emit("written");
  });
  const ended = new Promise<typeof text & { code: number | null }>((resolve) =>
    child.on("close", (code) => resolve({ code, ...text })),
  );
  /** Until there are `count` lines in all. */
  const lines = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => text.out.split("\n").length > count && resolve();
      child.on("written", look);
      look();
    });
  return { child, ended, lines };
}

describe.skipIf(!existsSync(bin))("translate as a process (skipped where apps/cli is not built)", () => {
  const [first, second, third] = ["one two three", "two one", "three füve six"];
  let right: string[];
  beforeAll(async () => {
    writeFileSync(path("pairs.tsv"), PAIRS.map((pair) => pair.join("\t")).join("\n"));
    const training = `train translate --data ${path("pairs.tsv")} --out ${path("trained")} ${SMALL_TRANSLATOR} --score 0`;
    expect((await shell(`${training} --steps 60 --learning-rate 0.02`)).code).toBe(0);
    const input = [first, second, third].join("\n");
    right = (await shell(`translate ${path("trained")} --threads 1`, { input })).out.split("\n").slice(0, 3);
    expect(new Set(right).size).toBe(3);
  });

  test("Ctrl-C while it waits in the middle of a line ends it with 130; all whole lines were written", async () => {
    const { child, ended, lines } = translating();
    child.stdin.write(`${first}\n${second}\nthree fü`);
    await lines(2);
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 130, out: `${right[0]}\n${right[1]}\n`, err: "" });
  });

  test("Ctrl-C in the middle of long work ends it with 130, between two lines", async () => {
    const { child, ended, lines } = translating();
    child.stdin.write(`${first}\n`.repeat(50_000));
    await lines(1);
    child.kill("SIGINT");
    const { code, out, err } = await ended;
    expect([code, err]).toEqual([130, ""]);
    const written = out.trimEnd().split("\n");
    expect(written.length).toBeLessThan(50_000);
    expect(out).toBe(`${right[0]}\n`.repeat(written.length));
  });

  test("an empty line is answered before another byte comes", async () => {
    const { child, ended, lines } = translating();
    child.stdin.write("\n");
    await lines(1);
    child.stdin.end(`${first}\n`);
    expect(await ended).toEqual({ code: 0, out: `\n${right[0]}\n`, err: "" });
  });

  test("a stream that ends in the middle of a line, cut in the middle of a character, loses nothing", async () => {
    const { child, ended, lines } = translating();
    const rest = Buffer.from(third as string);
    const cut = rest.indexOf(0xc3) + 1;
    child.stdin.write(`${first}\r\n${second}\r`);
    await lines(1);
    child.stdin.write(Buffer.concat([Buffer.from("\n"), rest.subarray(0, cut)]));
    await lines(2);
    child.stdin.end(rest.subarray(cut));
    expect(await ended).toEqual({ code: 0, out: right.map((line) => `${line}\n`).join(""), err: "" });
  });

  test("a stream that ends in the middle of a character says so after the lines before it", async () => {
    const { child, ended } = translating();
    child.stdin.end(Buffer.concat([Buffer.from(`${first}\nthree `), Buffer.of(0xc3)]));
    const { code, out, err } = await ended;
    expect([code, out, err]).toEqual([1, `${right[0]}\n`, expect.stringContaining("line 2 of standard input is not")]);
  });
});
