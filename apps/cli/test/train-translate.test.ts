import { readFileSync, writeFileSync } from "node:fs";
import { decodeCheckpoint } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

const { path, dispose } = scratch();
const train = (out: string, more = "", options = {}) =>
  shell(`train translate --data ${path("pairs.tsv")} --out ${out} ${SMALL_TRANSLATOR} ${more}`, options);
const saved = async (name: string) => decodeCheckpoint(readFileSync(path(`${name}/last.safetensors`)));

beforeAll(() => {
  writeFileSync(path("pairs.tsv"), PAIRS.map((pair) => pair.join("\t")).join("\n"));
});
afterAll(dispose);

describe("train translate", () => {
  test("stopped by Ctrl-C saves, and resumed ends with the very weights of an unbroken run", async () => {
    const more = "--steps 12 --dropout 0.2 --json";
    await train(path("whole"), more);
    const stopped = await train(path("broken"), more, {
      onOut: (text: string, interrupt: AbortController) => text.includes('"step":5') && interrupt.abort(),
    });
    expect(stopped.code).toBe(130);
    expect((await saved("broken")).step).toBeLessThan(12);
    expect((await train(path("broken"), `${more} --resume`)).code).toBe(0);
    expect((await saved("broken")).params).toEqual((await saved("whole")).params);
  });

  test.each([
    "--attention none --encoder backwards --cell lstm",
    "--attention scaled-dot --tokens bpe --merges 20 --case lower --batch-tokens 60",
  ])("trains with %s", async (options) => {
    const { code, out, err } = await train(path(options.replaceAll(/\W+/g, "-")), `--steps 2 ${options}`);
    expect([code, err]).toEqual([0, expect.stringContaining("step 2: validation")]);
    expect(err).toMatch(/\d+\.\d % of a batch is padding\n/);
    expect(err).toMatch(/\n {4}BLEU \d.*\n {4}BLEU is nrefs:1\|case:(mixed|lc)\|eff:no\|tok:13a\|smooth:exp; /);
    expect(out).toMatch(
      /^Trained 2 steps in 0:\d\d, compiled once: .*; best\.safetensors is the model with the lowest/,
    );
  });
});
