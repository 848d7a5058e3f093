import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonLines, scratch, shell } from "./support/shell.js";

const { path, dispose } = scratch();
const model = path("model");
const SMALL = "--size 32 --widths 8,16 --hidden 16 --embedding 8 --attention-size 8 --batch 8 --backend cpu";
const svg = (colour: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3" fill="${colour}"/></svg>`;
let trained: Awaited<ReturnType<typeof shell>>;

beforeAll(async () => {
  mkdirSync(path("photos/images"), { recursive: true });
  const lines = ["image,caption"];
  for (const colour of ["red", "blue"]) {
    for (let i = 0; i < 6; i++) {
      writeFileSync(path(`photos/images/${colour}${i}.svg`), svg(colour));
      lines.push(`${colour}${i}.svg,a ${colour} disc`);
    }
  }
  writeFileSync(path("photos/images/red5.svg"), "no picture");
  writeFileSync(path("photos/captions.txt"), lines.join("\n"));
  trained = await shell(
    `train caption --data ${path("photos")} --out ${model} ${SMALL} --min-frequency 1 --dropout 0 --learning-rate 0.02 --validation 0.2 --test 0.2 --steps 60`,
  );
}, 120_000);
afterAll(dispose);

describe("a captioner", () => {
  test("is trained on a folder of pictures; one that cannot be read is named, and the run goes on", () => {
    expect(trained.code).toBe(0);
    expect(trained.err).toMatch(/1 picture skipped, which cannot be read:\n {2}.*red5\.svg is not a picture/);
    expect(readFileSync(`${model}/report.html`, "utf8")).toContain("Where the model looks");
  });

  test("captions files in their order, and draws them; one that is none ends nothing, and fails at the end", async () => {
    const images = ["red0", "none", "blue1"].map((name) => path(`photos/images/${name}.svg`));
    const { code, out, err } = await shell(
      `caption ${model} ${images.join(" ")} --report ${path("looks")} --backend cpu`,
    );
    expect([code, err]).toEqual([1, expect.stringMatching(/^throughtime: .*none\.svg.*\n$/)]);
    expect(out.split("\n")).toEqual([
      expect.stringMatching(/red0\.svg\ta red disc$/),
      expect.stringMatching(/blue1\.svg\ta blue disc$/),
      "",
    ]);
    expect(readdirSync(path("looks"))).toEqual(expect.arrayContaining(["1.svg", "3.svg", "report.html"]));
    const more = await shell(`caption ${model} ${images[0]} --beam 3 --n-best 2 --backend cpu`);
    expect(more.out).toMatch(/^.*red0\.svg \|\|\| a red disc \|\|\| -?\d\.\d{4}\n.*red0\.svg \|\|\| /);
    expect((await shell(`caption ${model}`)).err).toContain("missing required argument 'image'");
  });

  test("packed, it says the same, and eval finds the same", async () => {
    const packed = path("model.safetensors");
    const half = await shell(
      `pack ${model} --dtype f16 --data ${path("photos")} --part train --out ${packed} --json --backend cpu`,
    );
    expect(jsonLines(half.out)).toMatchObject([{ quality: expect.anything() }]);
    const image = path("photos/images/blue2.svg");
    const [own, other] = await Promise.all(
      [model, packed].map(async (one) => jsonLines((await shell(`caption ${one} ${image} --json --backend cpu`)).out)),
    );
    const texts = ([line]: readonly unknown[]) =>
      (line as { captions: { text: string }[] }).captions.map(({ text }) => text);
    expect(texts(other as unknown[])).toEqual(texts(own as unknown[]));
    const { out } = await shell(`eval ${packed} --data ${path("photos")} --part train --json --backend cpu`);
    expect(jsonLines(out)).toMatchObject([{ part: "train", exact: 1, skipped: 1 }]);
  });

  test("of other pictures goes on nowhere, and with an encoder of its own takes none", async () => {
    const resumed = await shell(`train caption --out ${model} --resume --steps 70`);
    expect([resumed.code, resumed.err]).toEqual([2, expect.stringContaining("Give them again with --data")]);
    const { code, err } = await shell(`caption ${model} x.svg --encoder x.onnx`);
    expect([code, err]).toEqual([2, expect.stringContaining("stands in its own file. Leave it out.")]);
    expect(existsSync(`${model}/encoder.onnx`)).toBe(false);
  });
});
