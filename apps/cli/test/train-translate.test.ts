import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { decodeCheckpoint } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonLines, scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

const { path, dispose } = scratch();
const train = (out: string, more = "", options = {}) =>
  shell(`train translate --data ${path("pairs.tsv")} --out ${out} ${SMALL_TRANSLATOR} ${more}`, options);
const saved = async (name: string) => decodeCheckpoint(readFileSync(path(`${name}/last.safetensors`)));

beforeAll(() => {
  writeFileSync(path("pairs.tsv"), PAIRS.map((pair) => pair.join("\t")).join("\n"));
  writeFileSync(path("source.gz"), gzipSync(PAIRS.map(([source]) => source).join("\n")));
  writeFileSync(path("target.txt"), PAIRS.map(([, target]) => target).join("\r\n"));
});
afterAll(dispose);

describe("train translate", () => {
  test("learns, and says how well by loss and by BLEU of what it translates", async () => {
    const { code, out } = await train(
      path("learns"),
      "--steps 300 --hidden 32 --learning-rate 0.02 --json --validate-every 150",
    );
    expect(code).toBe(0);
    const events = jsonLines(out);
    expect(events[0]).toMatchObject({ event: "start", data: { name: "pairs.tsv" }, length: { steps: 300 } });
    const scores = events.flatMap(({ scores: found }) => (found ? [found as { bleu: number; exact: number }] : []));
    expect(scores).toHaveLength(2);
    expect(scores[1]?.bleu).toBeGreaterThan(60);
    expect(events.at(-1)).toMatchObject({ event: "end", reason: "steps", step: 300 });
  });

  test("reads two files, one of them gzipped and one with CRLF, as it reads one with tabs", async () => {
    const files = `--source ${path("source.gz")} --target ${path("target.txt")}`;
    expect((await train(path("one"), "--steps 2")).code).toBe(0);
    const { code, err } = await shell(`train translate ${files} --out ${path("two")} ${SMALL_TRANSLATOR} --steps 2`);
    expect([code, err]).toEqual([0, expect.stringContaining("source.gz → target.txt: trains on")]);
    expect((await saved("two")).params).toEqual((await saved("one")).params);
  });

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
    "--attention general --decoder luong --cell lstm --layers 2 --dropout 0.1",
    "--attention dot --encoder forwards --cell rnn --tied output --embedding 16 --readout 16",
    "--attention concat --optimizer sgd --label-smoothing 0.1 --dropout-masks sequence --output-dropout 0.2",
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
