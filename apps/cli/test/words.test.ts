import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RHYME, scratch, shell } from "./support/shell.js";
import { PAIRS } from "./support/translation.js";

const { path, dispose } = scratch();
beforeAll(() => {
  writeFileSync(path("rhyme.txt"), RHYME);
  writeFileSync(path("pairs.tsv"), PAIRS.map((pair) => `${pair.join("\t")}\n`).join(""));
});
afterAll(dispose);

/** Every refusal names the option and the true cause, in one line, and nothing is written. */
describe("what is asked for wrongly", () => {
  test.each<[string, number, RegExp]>([
    ["lm --validation 0.9 --test 0.9", 2, /--validation 0\.9 and --test 0\.9 leave nothing to train on/],
    ["lm --validation 0.5 --test 0.5", 2, /leave nothing to train on/],
    ["lm --validation 0 --patience 3", 2, /--patience 3: there is no validation, since --validation is 0/],
    ["lm --validation 0 --validate-every 3", 2, /--validate-every 3: there is no validation/],
    [
      "lm --batch 1000",
      1,
      /the part of the text to train on has 1,144 tokens; 1000 lanes \(--batch\) of 64 \(--time\) need 64,001/,
    ],
    ["lm --batch 2 --time 16 --epochs 1e300", 2, /--epochs 1e\+300: that are more steps than can be counted/],
    ["lm --batch 2 --time 16 --hidden 1000000000", 2, /a model of .* parameters needs .* Choose a smaller --hidden/],
    ["lm --batch 2 --time 16 --layers 1000000000", 2, /Choose a smaller --hidden, --embedding or --layers/],
    ["lm --threads 1000000", 2, /'--threads <n>' argument '1000000' is invalid\. It must be an integer from 1 to 1024/],
    [
      "lm --learning-rate 1e300",
      2,
      /'--learning-rate <x>' argument '1e300' is invalid\. It must be a number that f32 holds/,
    ],
    ["lm --weight-decay 1e39", 2, /'--weight-decay <x>' argument '1e39' is invalid/],
    ["lm --clip 1e-300", 2, /'--clip <norm>' argument '1e-300' is invalid/],
    ["lm --unknown ab", 2, /'--unknown <character>' argument 'ab' is invalid\. It must be one character/],
    ["lm --tokens words --unknown ?", 2, /--unknown is for --tokens characters/],
    ["lm --merges 50", 2, /--merges is for --tokens bpe; it does nothing for characters\. Leave it out/],
    ["lm --case lower", 2, /--case is for --tokens words or bpe; it does nothing for characters/],
    ["translate --merges 50 --target-tokens tagged", 2, /--merges is for --tokens bpe; .* for words and tagged/],
    ["translate --dropout-masks sequence", 2, /--dropout-masks does nothing without dropout/],
    ["translate --decoder luong --attention none", 2, /--decoder .* does nothing with --attention none/],
    ["lm --min-frequency 2000", 2, /--min-frequency or --max-vocabulary leaves out 24 of the 24 characters.*--unknown/],
    ["translate --tied output", 2, /--tied: the output is tied to embeddings of size 256, .* Give --readout 256\./],
    [
      "translate --tied all --source-tokens characters --readout 256",
      2,
      /--tied all: one table for source and target; they have/,
    ],
    ["translate --readout 1000000000", 2, /Choose a smaller --hidden, --embedding, --layers or --readout/],
    ["translate --attention dot", 2, /--attention dot .* Choose --attention general, or --encoder forwards/],
    ["translate --max-length 1", 1, /no pair to train on.*--max-length/],
    ["translate --validation 0 --patience 3", 2, /--patience 3: there is no validation/],
    ["translate --validation 0.6 --test 0.6", 2, /leave nothing to train on/],
  ])("train %s", async (words, code, message) => {
    const data = path(words.startsWith("lm") ? "rhyme.txt" : "pairs.tsv");
    const ran = await shell(`train ${words} --data ${data} --out ${path("never")} --backend cpu`);
    expect(ran.err).toMatch(message);
    expect(ran.err).not.toMatch(/^\s+at |should not have happened/m);
    expect([ran.code, ran.out]).toEqual([code, ""]);
  });

  test.each(["--data", "--out", "--from"])("an empty name for %s", async (flag) => {
    const { code, err } = await shell(["train", "lm", flag, ""]);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining("argument '' is invalid. It must name a file or a folder."),
    ]);
  });
});

test("a file or folder that is not there, or cannot be looked at, is not told to be something else", async () => {
  mkdirSync(path("bare"));
  symlinkSync("circle", path("circle"));
  const said = async (words: string) => (await shell(words)).err;
  expect(await said(`inspect ${path("none")}`)).toMatch(/none: there is no such file or folder\.\n$/);
  expect(await said(`inspect ${path("bare")}`)).toMatch(
    /bare holds no checkpoint \(best\.safetensors or last\.safetensors\)\.\n$/,
  );
  expect(await said(`sample ${path("bare")}`)).toMatch(/Train a model first: throughtime train lm --out .*bare\.\n$/);
  expect(await said(`eval ${path("circle")}`)).toMatch(/cannot read .*circle: its links go in a circle\.\n$/);
});

test("what is wrong in a checkpoint is said with the file's name, of a folder too", async () => {
  mkdirSync(path("worn"));
  writeFileSync(path("worn/last.safetensors"), "worn");
  for (const words of ["sample", "translate", "eval", "export", "inspect", "inspect --verify", "train lm --from"]) {
    const { code, err } = await shell(`${words} ${path("worn")}`);
    expect([words, code, err]).toEqual([
      words,
      1,
      expect.stringMatching(/^throughtime: \S*worn.last\.safetensors: .*the file has 4 bytes.*\n$/),
    ]);
  }
});

test("a loss that explodes is told of in the words of the command line", async () => {
  const small = "--hidden 8 --batch 2 --time 16 --sample 0 --backend cpu";
  const { code, err } = await shell(
    `train lm --data ${path("rhyme.txt")} --out ${path("wild")} ${small} --steps 9 --clip 0 --learning-rate 1e38`,
  );
  expect(code).toBe(1);
  expect(err).toMatch(
    /throughtime: train: at step \d+ .*\. Lower the learning rate \(--learning-rate, it was .*\) or clip the gradient \(--clip 1\)\. The checkpoint of step \d+ in .*wild is as it was\.\n$/,
  );
  expect(err).not.toMatch(/clipByNorm|nanCheck/);
});
