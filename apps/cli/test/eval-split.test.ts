import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jsonLines, RHYME, scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

const { path, dispose } = scratch();
const write = (name: string, pairs: readonly (readonly string[])[]) =>
  writeFileSync(path(name), pairs.map((pair) => `${pair.join("\t")}\n`).join(""));
beforeAll(async () => {
  write("pairs.tsv", PAIRS);
  const small = `${SMALL_TRANSLATOR} --validation 0.45 --test 0.45 --backend cpu --steps 1 --score 0`;
  expect((await shell(`train translate --data ${path("pairs.tsv")} --out ${path("model")} ${small}`)).code).toBe(0);
});
afterAll(dispose);

test("a split that was learned says nothing of other pairs: they are measured as a whole, in their order", async () => {
  write("others.tsv", PAIRS.slice(0, 9));
  const words = `eval ${path("model")} --data ${path("others.tsv")} --backend cpu --beam 1`;
  const [whole] = jsonLines((await shell(`${words} --examples 9 --json`)).out) as [
    { part: string; sentences: number; examples: { source: string }[] },
  ];
  expect(whole).toMatchObject({ part: "all", sentences: 9 });
  expect(whole.examples.map(({ source }) => source)).toEqual(PAIRS.slice(0, 9).map(([source]) => source));
  // Whatever part its hash would fall into.
  for (const pair of PAIRS.slice(0, 6)) {
    write("one.tsv", [pair]);
    const ran = await shell(`eval ${path("model")} --data ${path("one.tsv")} --backend cpu --beam 1 --json`);
    expect(jsonLines(ran.out)).toMatchObject([{ part: "all", sentences: 1 }]);
  }
  const { code, err } = await shell(`${words} --part test`);
  expect([code, err]).toEqual([
    2,
    expect.stringContaining("--part test is of pairs.tsv, which the model learned from"),
  ]);
});

test("of the pairs that were learned, the part that was kept apart is measured", async () => {
  const words = `eval ${path("model")} --data ${path("pairs.tsv")} --backend cpu --beam 1 --json`;
  const [rest] = jsonLines((await shell(words)).out) as [{ sentences: number }];
  const [validation] = jsonLines((await shell(`${words} --part validation`)).out) as [{ sentences: number }];
  expect(rest).toMatchObject({ part: "test" });
  expect(rest.sentences + validation.sentences).toBeGreaterThan(300);
  expect(rest.sentences).toBeLessThan(250);
});

test("an option of the other kind of model is an error", async () => {
  writeFileSync(path("rhyme.txt"), RHYME);
  const small = "--hidden 8 --batch 2 --time 16 --sample 0 --backend cpu --steps 1";
  expect((await shell(`train lm --data ${path("rhyme.txt")} --out ${path("lm")} ${small}`)).code).toBe(0);
  const refused = async (words: string) => {
    const { code, out, err } = await shell(`eval ${words} --backend cpu`);
    expect([code, out]).toEqual([2, ""]);
    return err;
  };
  for (const option of ["--beam 5", "--examples 2", "--bleu-tokenizer zh", "--source x --target y"]) {
    expect(await refused(`${path("lm")} --data ${path("rhyme.txt")} ${option}`)).toMatch(
      new RegExp(`${option.split(" ")[0]} does nothing here: .* is a language model\\. Leave it out\\.\n$`),
    );
  }
  expect(await refused(`${path("model")} --data ${path("pairs.tsv")} --batch 8`)).toMatch(
    /--batch does nothing here: .* is a translator\. Leave it out\.\n$/,
  );
});
