import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { decodeCheckpoint } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonLines, RHYME, SMALL, scratch, shell } from "./support/shell.js";
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

describe.each([
  ["words", "word"],
  ["bpe --merges 20", "piece"],
  ["characters --unknown ?", "character"],
])("a model of %s", (tokens, unit) => {
  const folder = path(`model-${unit}`);

  test("is trained, and says its loss by token and by character", async () => {
    const { out, err } = await ok(
      `train lm --data ${data} --out ${folder} ${SETTINGS} --tokens ${tokens} --time 8 --sample 5 --steps 40 --learning-rate 0.02`,
    );
    expect(err).toContain(`rhyme.txt: 1,272 characters${unit === "character" ? "" : ` in `}`);
    expect(out).toMatch(new RegExp(`validation \\d\\.\\d{4} nats per ${unit} \\(.*perplexity`));
    if (unit !== "character") expect(out).toMatch(/\d\.\d{4} nats per character \(\d\.\d{3} bits\)/);
  });

  test("writes, measures by character and goes through export", async () => {
    const { out } = await ok(["sample", folder, "--prime", "Row, row", "--length", "12", "--backend", "cpu"]);
    expect(out).toMatch(/^Row, row\S*/);
    expect(out).not.toMatch(/<pad>|<s>|@@|￭| {2}/);
    const [result] = jsonLines((await ok(`eval ${folder} --data ${data} --part all --json --backend cpu`)).out) as [
      Record<"nats" | "tokens" | "characters" | "natsPerCharacter" | "bitsPerCharacter", number>,
    ];
    expect(result.natsPerCharacter).toBeCloseTo((result.nats * result.tokens) / result.characters, 10);
    expect(result.bitsPerCharacter).toBeCloseTo(result.natsPerCharacter / Math.LN2, 10);
    // All of the text but the first token, and what did not fill the lanes.
    expect(result.characters).toBeGreaterThan(1200);
    expect(result.characters).toBeLessThan(1272);
    await ok(`export ${folder} --out ${path(`onnx-${unit}`)} --backend cpu`);
    const [inspected] = jsonLines((await ok(`inspect ${path(`onnx-${unit}`)}/step.onnx --json`)).out) as [
      { metadata: { tokens: string } },
    ];
    expect(JSON.parse(inspected.metadata.tokens).kind).toBe(tokens.split(" ")[0]);
  });

  test("knows what it has not seen as unknown", async () => {
    writeFileSync(path("foreign.txt"), "Ein Käfer 鯨\n".repeat(30));
    await ok(`eval ${folder} --data ${path("foreign.txt")} --backend cpu`);
  });
});

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

describe("--from", () => {
  test("begins with a trained model and learns another text", async () => {
    await ok(`train lm --data ${data} ${SETTINGS} --out ${path("first")} --steps 60 --learning-rate 0.02`);
    const other = path("other.txt");
    writeFileSync(other, "merrily, merrily down the stream.\n".repeat(40));
    await ok(`train lm --data ${other} --from ${path("first")} ${SETTINGS} --out ${path("second")} --steps 1`);
    const [first, second] = await Promise.all(
      ["first", "second"].map(async (name) => {
        const [{ nats }] = jsonLines(
          (await ok(`eval ${path(name)}/last.safetensors --data ${data} --part all --json --backend cpu`)).out,
        ) as [{ nats: number }];
        return nats;
      }),
    );
    // A step of 0.002 changes little: a new model has ln 24 = 3.2.
    expect(second).toBeLessThan((first as number) + 0.1);
    expect(first).toBeLessThan(2.9);
  });

  test("refuses another model, other tokens and characters that it does not know", async () => {
    const from = `train lm --data ${data} --from ${path("first")} --out ${path("never")}`;
    const refused = async (words: string, message: RegExp) => {
      const { code, err } = await shell(words);
      expect(err).toMatch(message);
      expect(code).toBeGreaterThan(0);
    };
    await refused(`${from} --hidden 16`, /--hidden 16: the model in .*first has 8, and --from begins with it/);
    await refused(`${from} --tokens words`, /--tokens words: the model in .*first has characters/);
    await refused(`${from} --resume`, /cannot be used with/);
    await refused(
      `train lm --data ${path("foreign.txt")} --from ${path("first")} --out ${path("never")}`,
      /foreign\.txt: "[^"]+" \(U\+.*--unknown/,
    );
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

  test("that was learned is split; another one is measured as a whole", async () => {
    const { code, err } = await shell(`eval ${path("a")} --data ${data} --part test`);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/--part test is of utf8\.txt, which the model learned from; rhyme\.txt is another text/),
    ]);
    await ok(`train lm --data ${data} --test 0 ${small("no-test")}`);
    const empty = await shell(`eval ${path("no-test")} --data ${data}`);
    expect([empty.code, empty.err]).toEqual([
      1,
      expect.stringMatching(
        /the test part of rhyme\.txt has no characters, since the model was trained with --test 0\. Choose another --part/,
      ),
    ]);
  });
});

describe("a prime", () => {
  test("may come from a file or from standard input, however long it is", async () => {
    const long = RHYME.repeat(30);
    writeFileSync(path("prime.txt"), long);
    const sample = ["sample", path("first"), "--length", "5", "--backend", "cpu"];
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
