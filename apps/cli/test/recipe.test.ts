import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { decodeCheckpoint } from "@throughtime/train";
import { Ajv } from "ajv";
import { afterAll, describe, expect, test } from "vitest";
import { RHYME, SMALL, scratch, shell } from "./support/shell.js";
import { PAIRS } from "./support/translation.js";

const { path, dispose } = scratch();
afterAll(dispose);

const text = path("rhyme.txt");
writeFileSync(text, RHYME);

const write = (name: string, recipe: unknown): string => {
  writeFileSync(path(name), typeof recipe === "string" ? recipe : JSON.stringify(recipe));
  return path(name);
};

describe("a recipe", () => {
  test("says what --print-recipe's command would train, and trains nothing", async () => {
    const { code, out } = await shell(
      `train lm --data ${text} --hidden 9 --cell lstm --print-recipe --out ${path("none")}`,
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ train: "lm", data: text, hidden: 9, cell: "lstm", layers: 1, seed: 1 });
    expect(JSON.parse(out)).not.toHaveProperty("out");
  });

  test("that a training wrote repeats it to the last bit", async () => {
    const first = await shell(
      `train lm --data ${text} ${SMALL} --steps 5 --dropout 0.2 --seed 4 --out ${path("first")}`,
    );
    expect(first.code, first.err).toBe(0);
    const again = await shell(`train lm --recipe ${path("first/recipe.json")} --out ${path("again")}`);
    expect(again.code, again.err).toBe(0);
    const read = async (folder: string) => decodeCheckpoint(readFileSync(path(`${folder}/last.safetensors`)));
    expect((await read("again")).params).toEqual((await read("first")).params);
    expect(JSON.parse(readFileSync(path("again/recipe.json"), "utf8"))).toEqual(
      JSON.parse(readFileSync(path("first/recipe.json"), "utf8")),
    );
  });

  test("of a translator's training repeats it to the last bit, with pairs of its own to validate on", async () => {
    const lines = PAIRS.map((pair) => `${pair.join("\t")}\n`);
    writeFileSync(path("pairs.tsv"), lines.slice(40).join(""));
    writeFileSync(path("validation.tsv"), lines.slice(0, 40).join(""));
    const data = `--data ${path("pairs.tsv")} --validation-data ${path("validation.tsv")}`;
    const options =
      "--hidden 8 --embedding 4 --batch 32 --steps 4 --validate-every 2 --dropout 0.2 --score 3 --threads 1";
    const first = await shell(`train translate ${data} ${options} --out ${path("translator")}`);
    expect(first.code, first.err).toBe(0);
    const recipe = path("translator/recipe.json");
    const again = await shell(`train translate --recipe ${recipe} --out ${path("translator-again")}`);
    expect(again.code, again.err).toBe(0);
    const resumed = await shell(`train translate --recipe ${recipe} --out ${path("translator")} --resume`);
    expect(resumed.code, resumed.err).toBe(0);
    for (const file of ["best.safetensors", "last.safetensors", "recipe.json"]) {
      expect(readFileSync(path(`translator-again/${file}`))).toEqual(readFileSync(path(`translator/${file}`)));
    }
  });

  test("of a training that goes on says what it learns, also where the command did not", async () => {
    const emoji = "--task emoji-names --to de --hidden 4 --embedding 4 --steps 1 --score 0 --threads 1";
    const first = await shell(`train translate ${emoji} --out ${path("emoji")}`);
    expect(first.code, first.err).toBe(0);
    const more = await shell(`train translate --out ${path("emoji")} --resume --steps 2 --score 0 --threads 1`);
    expect(more.code, more.err).toBe(0);
    const recipe = JSON.parse(readFileSync(path("emoji/recipe.json"), "utf8"));
    expect(recipe).toMatchObject({ task: "emoji-names", from: "en", to: "de", hidden: 4, steps: 2 });
  }, 60_000);

  test("gives way to the command line", async () => {
    const recipe = write("own.json", { train: "lm", data: text, hidden: 7, epochs: 3 });
    const { out } = await shell(`train lm --recipe ${recipe} --hidden 5 --steps 2 --print-recipe`);
    const printed = JSON.parse(out) as Record<string, unknown>;
    expect(printed).toMatchObject({ hidden: 5, steps: 2, data: text });
    expect(printed).not.toHaveProperty("epochs");
  });

  test("of a preset repeats what was chosen beside it", async () => {
    const preset = "train translate --task emoji-names --to de --tokens words --hidden 256 --embedding 128";
    const { out } = await shell(`${preset} --score 0 --steps 0 --backend cpu --print-recipe`);
    expect(JSON.parse(out)).toMatchObject({ tokens: "words", hidden: 256, steps: 0 });
    const recipe = write("preset.json", out);
    expect((await shell(`train translate --recipe ${recipe} --print-recipe`)).out).toBe(out);
    const { code, err } = await shell(
      `train translate --recipe ${recipe} --hidden 4 --dry-run --out ${path("preset")}`,
    );
    expect(code, err).toBe(0);
    expect(existsSync(path("preset"))).toBe(false);

    const dates = await shell("train translate --task dates --hidden 256 --print-recipe");
    expect(JSON.parse(dates.out)).toMatchObject({ hidden: 256, embedding: 64 });
    expect((await shell(`train translate --recipe ${write("dates.json", dates.out)} --print-recipe`)).out).toBe(
      dates.out,
    );
  });

  test("of a training that went on says all that it began with, and its new length", async () => {
    const recipe = (folder: string) => JSON.parse(readFileSync(path(`${folder}/recipe.json`), "utf8")) as object;
    const begun = await shell(`train lm --data ${text} --from ${path("first")} ${SMALL} --steps 2 --out ${path("on")}`);
    expect(begun.code, begun.err).toBe(0);
    const before = recipe("on");
    expect(before).toMatchObject({ from: path("first"), sample: 0, steps: 2, hidden: 8 });
    const resume = `train lm --data ${text} --out ${path("on")} --resume`;
    expect((await shell(resume)).code).toBe(0);
    expect(recipe("on")).toEqual(before);
    const { out } = await shell(`${resume} --epochs 3 --print-recipe`);
    const { steps: _, ...others } = before as Record<string, unknown>;
    expect(JSON.parse(out)).toEqual({ ...others, epochs: 3 });
    // Its own recipe says the same as the training, --from too; another does not.
    const own = await shell(`train lm --recipe ${path("on/recipe.json")} --out ${path("on")} --resume`);
    expect(own.code, own.err).toBe(0);
    const wider = write("wider.json", { train: "lm", data: text, hidden: 256 });
    const other = await shell(`train lm --recipe ${wider} --out ${path("on")} --resume`);
    expect(other.code).toBe(2);
    expect(other.err).toContain("--hidden 256: the training in");
  });

  test("comes from standard input, if nothing else does", async () => {
    const input = JSON.stringify({ train: "lm", data: text, hidden: 7 });
    const { code, out } = await shell("train lm --recipe - --print-recipe", { input });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ data: text, hidden: 7 });
    const both = await shell("train lm --recipe - --data - --print-recipe", { input });
    expect(both.code).toBe(2);
    expect(both.err).toContain("Standard input can be only one of the files.");
  });

  test("is printed, and layers are shown, where a training is already", async () => {
    for (const instead of ["--print-recipe", "--dry-run"]) {
      const { code, err } = await shell(`train lm --data ${text} ${SMALL} --out ${path("first")} ${instead}`);
      expect(code, err).toBe(0);
    }
  });

  test.each([
    ["unknown key", { train: "lm", hiden: 5 }, /there is no option "hiden". Did you mean "hidden"\?/],
    ["a text for a number", { train: "lm", hidden: "many" }, /hidden is "many"; expected a whole number from 1/],
    ["a number out of range", { train: "lm", dropout: 2 }, /dropout is 2; expected a number from 0 up to 0\.99/],
    ["a word of another list", { train: "lm", cell: "lstn" }, /cell is "lstn"; expected one of gru, lstm, rnn/],
    [
      "two that exclude each other",
      { train: "lm", steps: 2, epochs: 3 },
      /(epochs and steps|steps and epochs) cannot be given together/,
    ],
    ["another task", { train: "translate" }, /it is of the task "translate", and this command trains lm/],
    ["no task", { hidden: 5 }, /it does not say which task it trains. Add "train": "lm"/],
    ["a list", [1, 2], /expected a JSON object of options/],
    ["no JSON", "{ train: lm }", /it is not JSON/],
    [
      "a number that f32 does not hold",
      { train: "lm", learningRate: 1e39 },
      /learningRate is 1e\+39; expected a number above 0 that f32 holds/,
    ],
  ])("with %s is an error that says so", async (_, recipe, message) => {
    const { code, out, err } = await shell(`train lm --recipe ${write("wrong.json", recipe)} --out ${path("wrong")}`);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
  });

  test("that is not there is an error", async () => {
    const { code, err } = await shell(`train lm --recipe ${path("nowhere.json")}`);
    expect(code).toBe(1);
    expect(err).toContain("there is no such file");
  });

  test("is what its schema says", async () => {
    const schema = JSON.parse((await shell("schema")).out) as object;
    const validate = new Ajv({ formats: { float: true, path: true, folder: true } }).compile(schema);
    expect(validate(JSON.parse(readFileSync(path("first/recipe.json"), "utf8")))).toBe(true);
    expect(validate({ train: "lm", data: text, hidden: 7, epochs: 3 })).toBe(true);
    for (const wrong of [{ train: "lm", hiden: 5 }, { train: "lm", hidden: "7" }, { hidden: 7 }, { train: "none" }]) {
      expect(validate(wrong)).toBe(false);
    }
  });

  test("has a schema, which is in the package", async () => {
    const { code, out } = await shell("schema");
    expect(code).toBe(0);
    // To write it anew: node apps/cli/dist/bin.js schema > apps/cli/recipe.schema.json
    expect(JSON.parse(out)).toEqual(
      JSON.parse(readFileSync(new URL("../recipe.schema.json", import.meta.url), "utf8")),
    );
  });
});
