import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { decodeCheckpoint } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rereadable } from "../src/text-file.js";
import { scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const { path, dispose } = scratch();
afterAll(dispose);

const [sources, targets] = [0, 1].map((side) => PAIRS.map((pair) => `${pair[side]}\n`).join("")) as [string, string];
const both = PAIRS.map((pair) => `${pair.join("\t")}\n`).join("");
const TRAINING = `train translate ${SMALL_TRANSLATOR} --steps 1 --score 0`;
const weights = async (folder: string) =>
  (await decodeCheckpoint(readFileSync(`${path(folder)}/last.safetensors`))).params;

beforeAll(async () => {
  writeFileSync(path("pairs.tsv"), both);
  writeFileSync(path("source"), sources);
  writeFileSync(path("target"), targets);
  writeFileSync(path("pairs.tsv.gz"), gzipSync(both));
  expect((await shell(`${TRAINING} --data ${path("pairs.tsv")} --out ${path("file")}`)).code).toBe(0);
});

describe("pairs on standard input", () => {
  test.each(["-", "/dev/stdin"])("of %s are those of a file, and eval measures them", async (name) => {
    const out = `input${name === "-" ? "" : "-path"}`;
    const ran = await shell(`${TRAINING} --data ${name} --out ${path(out)}`, { input: both });
    expect([ran.code, ran.err]).toEqual([0, expect.stringContaining("standard input: trains on")]);
    expect(await weights(out)).toEqual(await weights("file"));
    const measured = async (data: string) => {
      const { code, out: said } = await shell(`eval ${path("file")} --data ${data} --part all --threads 1 --json`, {
        input: both,
      });
      const { data: _, ...scores } = JSON.parse(said) as Record<string, unknown>;
      return { code, scores };
    };
    expect(await measured(name)).toEqual(await measured(path("pairs.tsv")));
  });

  test("may be one side, but not two files", async () => {
    const ran = await shell(`${TRAINING} --source ${path("source")} --target - --out ${path("side")}`, {
      input: targets,
    });
    expect(ran.code).toBe(0);
    expect(await weights("side")).toEqual(await weights("file"));
    for (const files of ["--source - --target /dev/stdin", `--data - --validation-data -`]) {
      expect(await shell(`${TRAINING} ${files} --out ${path("never")}`, { input: both })).toMatchObject({
        code: 2,
        err: expect.stringContaining("Standard input can be only one of the files"),
      });
    }
  });
});

/** Runs a line of bash in which $T is the built command; standard input is a socket, as Node makes it. */
function bash(line: string, input = ""): Promise<{ code: number | null; err: string }> {
  const child = spawn("bash", ["-c", line], {
    env: { ...process.env, T: `${process.execPath} ${bin}` },
    stdio: "pipe",
  });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (more: string) => {
    err += more;
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, err })));
}

describe.skipIf(!existsSync(bin) || process.platform === "win32")(
  "pairs from what can be read only once (skipped where apps/cli is not built)",
  () => {
    test.each([
      ["process-substitution", `--source <(cat ${path("source")}) --target <(cat ${path("target")})`, ""],
      [
        "one-writer",
        `--source ${path("a")} --target ${path("b")}`,
        `mkfifo ${path("a")} ${path("b")}; cut -f1 ${path("pairs.tsv")} | tee ${path("a")} >/dev/null & cut -f2 ${path("pairs.tsv")} > ${path("b")} & `,
      ],
      [
        "fifo",
        `--data ${path("fifo.tsv")}`,
        `mkfifo ${path("fifo.tsv")}; cat ${path("pairs.tsv")} > ${path("fifo.tsv")} & `,
      ],
      ["gzipped", `--data <(cat ${path("pairs.tsv.gz")})`, ""],
      ["redirected", `--data /dev/stdin < ${path("pairs.tsv")}`, ""],
      ["socket", "--data /dev/stdin", ""],
      ["pipe", "--data -", `cat ${path("pairs.tsv")} | `],
    ])("%s", { timeout: 60_000 }, async (name, files, before) => {
      const { code, err } = await bash(`${before}$T ${TRAINING} --out ${path(`of-${name}`)} ${files}`, both);
      expect([code, err]).toEqual([0, expect.stringMatching(/: trains on 364 pairs, validates on 36,/)]);
      expect(await weights(`of-${name}`)).toEqual(await weights("file"));
    });

    test("are not waited for where the other file is not there, nor is who never writes", {
      timeout: 20_000,
    }, async () => {
      const files = `--source ${path("missing")} --target ${path("silent")}`;
      const { code, err } = await bash(`mkfifo ${path("silent")}; $T ${TRAINING} --out ${path("never")} ${files}`);
      expect([code, err]).toEqual([1, expect.stringMatching(/missing: there is no such file\.$/m)]);
    });

    test("of unequal length are an error with both counts", { timeout: 60_000 }, async () => {
      const files = `--source <(head -n 7 ${path("source")}) --target <(head -n 9 ${path("target")})`;
      const { code, err } = await bash(`$T ${TRAINING} --out ${path("never")} ${files}`);
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(/source has 7 lines and the target 9; line 8 has no partner/),
      ]);
    });
  },
);

test("what can be read only once is kept up to a limit", async () => {
  const endless = (async function* () {
    for (;;) yield Buffer.from("one\teins\n".repeat(1000));
  })();
  const read = rereadable("-", endless, 50_000);
  const all = async () => {
    for await (const chunk of read()) expect(chunk.length).toBe(0);
  };
  await expect(all()).rejects.toThrow(
    /^standard input: it can be read only once, and has more than 50,000 bytes, which is too much to keep/,
  );
});

describe("what a line is, and what is left out, in a command", () => {
  const trained = async (name: string, contents: string) => {
    writeFileSync(path(name), contents);
    const ran = await shell(`${TRAINING} --data ${path(name)} --out ${path(`of-${name}`)}`);
    expect(ran.code).toBe(0);
    return { ...ran, weights: await weights(`of-${name}`) };
  };

  test.each([
    ["crlf", "\r\n"],
    ["cr", "\r"],
  ])("%s", async (name, end) => {
    const { err, weights: found } = await trained(`${name}.tsv`, both.replaceAll("\n", end));
    expect(err).toContain("trains on 364 pairs, validates on 36,");
    expect(found).toEqual(await weights("file"));
  });

  test("blank lines, and pairs with a blank side, are left out and counted, and nothing else changes", async () => {
    const blank = `\n\u00a0 \n\t\nnobody\t \u3000\n \u0007\tniemand\n`;
    const { err, weights: found } = await trained("blank.tsv", `${blank}${both}\n`);
    expect(err).toContain("trains on 364 pairs, validates on 36,");
    // By their hash some may be among those to measure on.
    const counts = [...err.matchAll(/(\d+) (?:validation )?pairs? left out: a side is blank/g)].map(([, n]) =>
      Number(n),
    );
    expect(counts.reduce((a, b) => a + b, 0)).toBe(6);
    expect(found).toEqual(await weights("file"));
    const { out } = await shell(`eval ${path("file")} --data ${path("blank.tsv")} --part all --threads 1`);
    expect(out).toMatch(/exact \d+\.\d % of 400; .*\n.*\n6 pairs left out: a side is blank\n/);
  });

  test("an encoding is named, and suggested where it is needed", async () => {
    writeFileSync(path("latin1.tsv"), Buffer.from(both, "latin1"));
    const refused = await shell(`${TRAINING} --data ${path("latin1.tsv")} --out ${path("never")}`);
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /line \d+ of .*latin1\.tsv is not UTF-8: byte \d+ .* Read it with --encoding windows-1252/,
      ),
    });
    const read = await shell(`${TRAINING} --data ${path("latin1.tsv")} --encoding latin1 --out ${path("latin1")}`);
    expect(read.code).toBe(0);
    expect(await weights("latin1")).toEqual(await weights("file"));
    const input = (async function* () {
      yield Buffer.from("one fünf\n", "latin1");
    })();
    expect((await shell(`translate ${path("file")} --threads 1 --encoding windows-1252`, { input })).code).toBe(0);
  });
});
