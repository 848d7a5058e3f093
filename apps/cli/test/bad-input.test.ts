import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { ndarray } from "@throughtime/core";
import { encodeSafetensors } from "@throughtime/interop";
import { decodeCheckpoint, encodeCheckpoint } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonLines, RHYME, SMALL, scratch, shell } from "./support/shell.js";

const { path, dispose } = scratch();
const data = path("rhyme.txt");
const trained = path("trained");
const checkpoint = `${trained}/last.safetensors`;

beforeAll(async () => {
  writeFileSync(data, RHYME);
  expect((await shell(`train lm --data ${data} --out ${trained} ${SMALL} --steps 2`)).code).toBe(0);
});
afterAll(dispose);

/** One line, no stack. */
const refused = async (words: string | readonly string[], code: number, message: string | RegExp) => {
  const ran = await shell(words);
  expect(ran.err).toMatch(message);
  expect(ran.err.trimEnd().split("\n").length).toBe(1);
  expect(ran.code).toBe(code);
  expect(ran.out).toBe("");
};

describe("a text that cannot be learned", () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ["is empty", "", /is empty/],
    ["is one character", "a", /the part of the text to train on has 0 tokens/],
    ["is shorter than a window of every lane", "abc".repeat(9), /2 lanes \(--batch\) of 16 \(--time\) need 33/],
    ["is not UTF-8", Uint8Array.of(0x61, 0xff, 0x62), /is not UTF-8: byte 1 \(0xff\)/],
    ["is UTF-16", Uint8Array.of(0xff, 0xfe, 0x61, 0), /the mark of UTF-16/],
  ])("because it %s is refused, and no folder is made", async (_, contents, message) => {
    const file = path("bad.txt");
    writeFileSync(file, contents);
    await refused(`train lm --data ${file} --out ${path("never")} ${SMALL}`, 1, message);
    expect(readdirSync(path("."))).not.toContain("never");
  });

  test("because it is not there, or a folder, is refused", async () => {
    await refused(`train lm --data ${path("none.txt")} --out ${path("never")}`, 1, /none\.txt: there is no such file/);
    await refused(`train lm --data ${trained} --out ${path("never")}`, 1, /it is a folder/);
  });
});

describe("an output folder", () => {
  test("that holds something else is left alone", async () => {
    mkdirSync(path("mine"));
    writeFileSync(path("mine/thesis.txt"), "years of work");
    await refused(
      `train lm --data ${data} --out ${path("mine")} ${SMALL}`,
      2,
      /holds files that no training put there \(thesis\.txt\)/,
    );
    await refused(`export ${trained} --out ${path("mine")}`, 2, /holds files/);
    expect(readdirSync(path("mine"))).toEqual(["thesis.txt"]);
  });

  test("that is a file is left alone", async () => {
    await refused(`train lm --data ${data} --out ${data} ${SMALL}`, 2, /is not a folder/);
    expect(readFileSync(data, "utf8")).toBe(RHYME);
  });

  test("that holds a training is not overwritten without being asked", async () => {
    const before = readFileSync(checkpoint);
    await refused(
      `train lm --data ${data} --out ${trained} ${SMALL} --steps 9`,
      2,
      /holds a training already.*--resume/,
    );
    expect(readFileSync(checkpoint)).toEqual(before);
  });
});

describe("--resume", () => {
  test("without a training to go on with says so", async () => {
    await refused(
      `train lm --data ${data} --out ${path("empty")} --resume`,
      2,
      /empty holds no training .* Leave it out to begin one/,
    );
  });

  test("with other settings than the training's names the one that differs", async () => {
    const resume = `train lm --data ${data} --out ${trained} --resume`;
    await refused(`${resume} --hidden 16`, 2, /--hidden 16: the training in .* has 8/);
    await refused(`${resume} --cell lstm`, 2, /--cell lstm: .* has gru/);
    await refused(`${resume} --learning-rate 0.5`, 2, /--learning-rate 0.5: .* has 0.002/);
    await refused(`${resume} --tokens words`, 2, /--tokens words: .* has characters/);
    await refused(`${resume} --unknown ?`, 2, /--unknown \?: the training in .* has none/);
    await refused(`${resume} --validate-every 7`, 2, /--validate-every 7: the training in .* has none/);
    await refused(`${resume} --min-frequency 7`, 2, /--min-frequency 7: .* has none/);
    await refused(`${resume} --steps 1`, 2, /--steps 1: the training in .* has made 2 already\. Give more/);
    await refused(`${resume} --epochs 0.01`, 2, /--epochs 0\.01 is 1 steps: the training in .* has made 2 already/);
    expect((await shell(`${resume} --hidden 8 --batch 2`)).code).toBe(0);
  });

  test("with another text names both", async () => {
    writeFileSync(path("other.txt"), `${RHYME}!`);
    await refused(
      `train lm --data ${path("other.txt")} --out ${trained} --resume`,
      1,
      /this training learns rhyme\.txt .* but other\.txt is another text/,
    );
  });
});

describe("a checkpoint", () => {
  const variants: readonly [string, (good: Buffer) => Uint8Array | Promise<Uint8Array>, RegExp][] = [
    ["empty", () => new Uint8Array(0), /it is empty/],
    ["cut off", (good) => good.subarray(0, good.length - 9), /truncated/],
    [
      "changed in one bit",
      (good) => good.map((byte, i) => (i === good.length - 5 ? byte ^ 4 : byte)),
      /damaged: its SHA-256/,
    ],
    [
      "not a checkpoint at all",
      () => Buffer.from("once upon a time there was a text"),
      /truncated|not a checkpoint|no SHA-256/,
    ],
    ["foreign weights", () => encodeSafetensors({ w: ndarray([1]) }), /it is a safetensors file of weights alone/],
    [
      "of another task",
      async (good) => encodeCheckpoint({ ...(await decodeCheckpoint(good)), description: { task: "summarizing" } }),
      /it is a model of the task "summarizing", which is not one of language-model, translation, captioning\. Name the package/,
    ],
  ];

  test.each(variants)("%s is refused by every command that reads one", async (name, damage, message) => {
    const file = path(`${name.replaceAll(" ", "-")}.safetensors`);
    writeFileSync(file, await damage(readFileSync(checkpoint)));
    for (const command of ["eval", "sample", "export"]) {
      const out = command === "export" ? ` --out ${path("never-onnx")}` : "";
      await refused(`${command} ${file}${out}`, 1, message);
    }
    expect(readdirSync(path("."))).not.toContain("never-onnx");
  });

  test("that is not there says what to do", async () => {
    await refused(`sample ${path("nowhere")}`, 1, /no such file or folder.*throughtime train lm/);
    mkdirSync(path("bare"));
    await refused(`sample ${path("bare")}`, 1, /holds no checkpoint/);
  });
});

test("a prime or a text with characters that the model does not know names one and its place", async () => {
  await refused(["sample", trained, "--prime", "Röw"], 1, /"ö" \(U\+00F6\) at character 1 \(line 1, column 2\)/);
  writeFileSync(path("foreign.txt"), `${RHYME}ß`);
  await refused(`eval ${trained} --data ${path("foreign.txt")}`, 1, /"ß" \(U\+00DF\) at character 1272/);
});

test("a learning rate that explodes is reported with the step, and the last good checkpoint is kept", async () => {
  const out = path("exploded");
  const ran = await shell(
    `train lm --data ${data} --out ${out} ${SMALL} --learning-rate 1e38 --clip 0 --steps 20 --json`,
  );
  expect(ran.code).toBe(1);
  expect(ran.err).toMatch(/^throughtime: train: at step \d+ .*(NaN|Infinity).*Lower the learning rate/);
  expect(jsonLines(ran.out).some(({ event }) => event === "end")).toBe(false);
  const kept = await decodeCheckpoint(readFileSync(`${out}/last.safetensors`));
  expect(kept.step).toBeLessThan(20);
});

test("options of ort have no meaning for the other backends, and that is said", async () => {
  const sample = (options: string) => `sample ${trained} --backend ${options}`;
  await refused(sample("reference --threads 2"), 2, /--threads has no meaning for the reference backend/);
  await refused(sample("cpu --device webgpu"), 2, /--device has no meaning for the cpu backend/);
});

test("a device that is not here is refused with what is", async () => {
  await refused(`sample ${trained} --device dml`, 1, /"dml" is not available here.*Available: .*cpu/);
});
