import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonLines, scratch, shell } from "./support/shell.js";
import { PAIRS, SMALL_TRANSLATOR } from "./support/translation.js";

const { path, dispose } = scratch();
const trained = path("trained");
const data = path("pairs.tsv");

beforeAll(async () => {
  writeFileSync(data, PAIRS.map((pair) => pair.join("\t")).join("\n"));
  const { code } = await shell(
    `train translate --data ${data} --out ${trained} ${SMALL_TRANSLATOR} --steps 40 --test 0.2 --score 0`,
  );
  expect(code).toBe(0);
}, 60_000);
afterAll(dispose);

describe("export of a translator", () => {
  test("writes encoder.onnx and step.onnx, which agree with it, and inspect shows them", async () => {
    const { code, out } = await shell(`export ${trained} --out ${path("onnx")} --threads 1 --json`);
    expect(code).toBe(0);
    expect(jsonLines(out)[0]).toMatchObject({
      files: [{ name: "encoder.onnx" }, { name: "step.onnx" }, { name: "tokens.json" }],
      tolerance: 1e-5,
    });
    const [encoder] = jsonLines((await shell(`inspect ${path("onnx/encoder.onnx")} --json`)).out);
    expect(encoder).toMatchObject({
      inputs: [
        { name: "source", shape: ["S", "B"] },
        { name: "lengths", shape: ["B"] },
      ],
      weights: expect.arrayContaining([
        expect.objectContaining({ name: "source.E" }),
        expect.objectContaining({ name: "encoder.forward.W" }),
      ]),
    });
    // With lengths too, the encoder is ONNX's own operator, once for each direction.
    const { operators } = encoder as { operators: Record<string, number> };
    expect(operators["If/GRU"] ?? operators["If/LSTM"]).toBe(2);
    expect(Object.keys(operators).filter((name) => name.includes("Scan"))).toEqual([]);
    const { out: shown } = await shell(`inspect ${path("onnx/step.onnx")}`);
    expect(shown).toMatch(/logits +f32\[B, \d+\]/);
    expect(shown).toMatch(/task +translation/);
  });
});

describe("eval of a translator", () => {
  test("of a task measures its own unseen pairs", async () => {
    const task = `--task emoji-names --to de --hidden 8 --embedding 8 --steps 1 --score 0 --threads 1`;
    expect((await shell(`train translate ${task} --out ${path("emoji")}`)).code).toBe(0);
    const { code, out } = await shell(`eval ${path("emoji")} --part validation --beam 1 --threads 1 --json`);
    expect(code).toBe(0);
    expect(jsonLines(out)[0]).toMatchObject({ data: "emoji names, en → de", part: "validation" });
    const resumed = await shell(`train translate --out ${path("emoji")} --resume --threads 1`);
    expect(resumed).toMatchObject({ code: 0, out: expect.stringContaining("is at its end already") });
  }, 60_000);
});
