import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { decodeCheckpoint } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RHYME, SMALL, scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

const { path, dispose } = scratch();
const data = path("rhyme.txt");
const SETTINGS = `${SMALL} --backend cpu`;
beforeAll(() => {
  writeFileSync(data, RHYME);
  writeFileSync(path("pairs.tsv"), PAIRS.map((pair) => `${pair.join("\t")}\n`).join(""));
});
afterAll(dispose);

const ok = async (words: string | readonly string[], input?: string) => {
  const ran = await shell(words, input === undefined ? {} : { input });
  expect(ran.err).not.toContain("throughtime:");
  expect(ran.code).toBe(0);
  return ran;
};
const paramsOf = async (folder: string) =>
  (await decodeCheckpoint(readFileSync(path(`${folder}/last.safetensors`)))).params;

describe("--resume", () => {
  test.each([
    ["lm", `--data ${data} ${SETTINGS} --schedule constant`],
    [
      "translate",
      `--data ${path("pairs.tsv")} ${SMALL_TRANSLATOR} --score 0 --backend cpu --schedule constant --validate-every 1000`,
    ],
  ])(
    "goes on beyond the end: a training of %s as if it had been that long from the beginning",
    async (kind, options) => {
      const [short, long] = [`short-${kind}`, `long-${kind}`];
      await ok(`train ${kind} ${options} --out ${path(long)} --steps 6`);
      await ok(`train ${kind} ${options} --out ${path(short)} --steps 3`);
      const { err } = await ok(`train ${kind} ${options} --out ${path(short)} --resume --steps 6`);
      expect(err).toContain("goes on after step 3");
      expect(await paramsOf(short)).toEqual(await paramsOf(long));
      const { description } = await decodeCheckpoint(readFileSync(path(`${short}/last.safetensors`)));
      expect(description).toMatchObject({ length: { steps: 6, epochs: null } });
    },
  );

  test("takes epochs for a training that was said in steps, and patience begins anew", async () => {
    const options = `train lm --data ${data} ${SETTINGS} --out ${path("patient")}`;
    await ok(`${options} --steps 40 --validate-every 1 --patience 2 --learning-rate 3`);
    const before = await decodeCheckpoint(readFileSync(path("patient/last.safetensors")));
    expect(before.stopping.since).toBe(2);
    await ok(`${options} --resume --epochs 2`);
    const after = await decodeCheckpoint(readFileSync(path("patient/last.safetensors")));
    expect(after.step).toBeGreaterThan(before.step);
    expect(after.description).toMatchObject({ length: { epochs: 2 } });
  });
});

describe("a text", () => {
  const small = (out: string) => `--out ${path(out)} ${SETTINGS} --steps 2`;

  test("may be gzipped, come from standard input, and be in another encoding: the model is the same", async () => {
    const text = `Käfer läuft über die Straße.\n${RHYME}`;
    writeFileSync(path("utf8.txt"), text);
    writeFileSync(path("zipped.txt"), gzipSync(text));
    writeFileSync(path("latin1.txt"), Buffer.from(text, "latin1"));
    await ok(`train lm --data ${path("utf8.txt")} ${small("a")}`);
    await ok(`train lm --data ${path("zipped.txt")} ${small("b")}`);
    await ok(`train lm --data - ${small("c")}`, text);
    await ok(`train lm --data ${path("latin1.txt")} --encoding latin1 ${small("d")}`);
    for (const other of ["b", "c", "d"]) expect(await paramsOf(other)).toEqual(await paramsOf("a"));
    const { err } = await shell(`train lm --data ${path("latin1.txt")} ${small("e")}`);
    expect(err).toMatch(
      /latin1\.txt is not UTF-8: byte 2 .*It may be Latin-1 or Windows-1252\. Read it with --encoding windows-1252, or convert it\.\n$/,
    );
    expect((await shell(`train lm --data ${data} --encoding klingon ${small("e")}`)).err).toMatch(
      /^throughtime: --encoding: "klingon" is not known/,
    );
    writeFileSync(path("named.gz"), text);
    expect((await shell(`train lm --data ${path("named.gz")} ${small("e")}`)).err).toContain(
      "it is not gzipped, although its name says so",
    );
  });
});

describe("a prime", () => {
  test("may come from a file or from standard input, however long it is", async () => {
    await ok(`train lm --data ${data} ${SETTINGS} --out ${path("primed")} --steps 2`);
    const long = RHYME.repeat(30);
    writeFileSync(path("prime.txt"), long);
    const sample = ["sample", path("primed"), "--length", "5", "--backend", "cpu"];
    const { out } = await ok([...sample, "--prime", long]);
    expect(out.startsWith(long)).toBe(true);
    expect((await ok([...sample, "--prime-file", path("prime.txt")])).out).toBe(out);
    expect((await ok([...sample, "--prime-file", "-"], long)).out).toBe(out);
    const failing = async (words: readonly string[]) => (await shell([...sample, ...words])).err;
    expect(await failing(["--prime-file", path("none")])).toContain("there is no such file");
    expect(await failing(["--prime", ""])).toContain(
      "--prime has nothing to read: the model must read at least one character.",
    );
    expect(await failing(["--prime", "a", "--prime-file", "b"])).toContain("cannot be used with");
    expect(await failing(["--prime", `${long}é`])).toContain(`--prime: "é" (U+00E9) at character ${long.length}`);
  });
});
