import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { decodeCheckpoint } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonLines, RHYME, SMALL, scratch, shell } from "./support/shell.js";

const { path, dispose } = scratch();
const data = path("rhyme.txt");
const trained = path("trained");
const train = (out: string, more = "") => shell(`train lm --data ${data} --out ${out} ${SMALL} ${more}`);

beforeAll(async () => {
  writeFileSync(data, RHYME);
  const { code, err } = await train(trained, "--steps 30 --learning-rate 0.02");
  expect(err).toContain("rhyme.txt: 1,272 characters");
  expect(code).toBe(0);
});
afterAll(dispose);

/** What every training leaves. */
const FILES = [
  ".throughtime",
  "best.safetensors",
  "history.csv",
  "history.jsonl",
  "last.safetensors",
  "recipe.json",
  "report.html",
];

describe("train lm", () => {
  test("learns, says how well, and leaves its best and last checkpoints", async () => {
    expect(readdirSync(trained).sort()).toEqual(FILES);
    const checkpoint = await decodeCheckpoint(readFileSync(`${trained}/last.safetensors`));
    expect(checkpoint.step).toBe(30);
    // ln 30 letters is 3.4.
    expect(checkpoint.stopping.best).toBeLessThan(3);
  });

  test("with --json writes one JSON a line: a start, every step, an end", async () => {
    const { out, err } = await train(path("json"), "--steps 4 --json");
    const events = jsonLines(out);
    expect(events.map(({ event }) => event)).toEqual(["start", "step", "step", "step", "step", "end"]);
    expect(events[0]).toMatchObject({
      from: 0,
      model: { cell: "gru", hiddenSize: 8 },
      length: { steps: 4 },
      options: { seed: 1 },
    });
    expect(events[4]).toMatchObject({ step: 4, ended: "steps", validation: { best: true } });
    expect(events[5]).toMatchObject({
      reason: "steps",
      step: 4,
      checkpoint: `${path("json")}/last.safetensors`,
      compilations: 1,
    });
    expect(err).toBe("");
  });

  test("without a terminal writes no control characters", async () => {
    const { out, err } = await train(path("plain"), "--steps 3 --sample 20");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    expect(err).toContain("step 3: validation");
    expect(out).toMatch(
      /^Trained 3 steps in 0:0\d, compiled once: validation \d\.\d{4} nats per character .*Saved in .*plain; best\.safetensors is the model with the lowest validation loss\.\n$/,
    );
  });

  test("stopped by Ctrl-C saves, says where, and resumed ends with the very weights of an unbroken run", async () => {
    const options = `--data ${data} ${SMALL} --dropout 0.2 --steps 12`;
    await shell(`train lm ${options} --out ${path("whole")}`);
    const stopped = await shell(`train lm ${options} --json --out ${path("broken")}`, {
      onOut: (text, interrupt) => text.includes('"step":5') && interrupt.abort(),
    });
    expect(stopped.code).toBe(130);
    const end = jsonLines(stopped.out).at(-1) as { reason: string; step: number };
    expect(end.reason).toBe("signal");
    expect(end.step).toBeGreaterThanOrEqual(5);
    expect(end.step).toBeLessThan(12);
    const resumed = await shell(`train lm ${options} --json --out ${path("broken")} --resume`);
    expect(resumed.code).toBe(0);
    expect(jsonLines(resumed.out)[1]).toMatchObject({ step: end.step + 1 });
    expect(readFileSync(path("broken/last.safetensors"))).toEqual(readFileSync(path("whole/last.safetensors")));
  });

  test("stopped by Ctrl-C tells people how to go on", async () => {
    const { code, err } = await shell(`train lm --data ${data} --out ${path("told")} ${SMALL}`, { interrupted: true });
    expect(code).toBe(130);
    expect(err).toMatch(
      /Stopped after step 1\. Saved in .*last\.safetensors\. Go on with: throughtime train lm --data .* --resume/,
    );
  });

  test("resumed after its end does nothing more", async () => {
    const { code, out } = await train(trained, "--resume");
    expect([code, out]).toEqual([0, `The training in ${trained} is at its end already, after 30 steps.\n`]);
  });
});

describe("eval", () => {
  test("takes the test part of the text that was learned, and all of another", async () => {
    writeFileSync(path("other.txt"), RHYME.slice(0, 300));
    const of = async (file: string) => jsonLines((await shell(`eval ${trained} --data ${file} --json`)).out)[0];
    expect(await of(data)).toMatchObject({ part: "test", characters: 63 });
    expect(await of(path("other.txt"))).toMatchObject({ part: "all" });
    const { out } = await shell(`eval ${trained} --data ${data}`);
    expect(out).toMatch(
      /step \d+, on the test part of rhyme\.txt: \d\.\d{4} nats per character \(.* bits, perplexity .*\) over 63 characters\n$/,
    );
  });
});

describe("sample", () => {
  test("writes as many characters as were asked for, after the prime", async () => {
    const { out } = await shell(["sample", trained, "--prime", "Row, ", "--length", "40"]);
    expect(out).toMatch(/^Row, [\s\S]{40}\n?$/);
  });

  test("with --json writes prime, text and seed", async () => {
    const { out } = await shell(["sample", trained, "--prime", "Mer", "--length", "9", "--json", "--seed", "2"]);
    const [result] = jsonLines(out) as [{ text: string }];
    expect(result).toMatchObject({ prime: "Mer", seed: 2, step: expect.any(Number) });
    expect(result.text.length).toBe(9);
  });
});

describe("inspect", () => {
  test("shows a checkpoint's progress, settings and tensors", async () => {
    const { out } = await shell(`inspect ${trained}/last.safetensors`);
    expect(out).toContain("a checkpoint");
    expect(out).toMatch(/after +step 30, in epoch 1/);
    expect(out).toMatch(/model\.hiddenSize +8/);
    expect(out).toMatch(/params\.cell\.0\.W +f32\[8, 24\] +192/);
    const [json] = jsonLines((await shell(`inspect ${trained}/last.safetensors --json`)).out);
    expect(json).toMatchObject({ kind: "checkpoint", step: 30, description: { task: "language-model" } });
  });

  test("shows what was exported", async () => {
    const { code, out } = await shell(`export ${trained} --out ${path("onnx")} --json`);
    expect(code).toBe(0);
    expect(jsonLines(out)[0]).toMatchObject({
      files: [{ name: "sequence.onnx" }, { name: "step.onnx" }],
      tolerance: 1e-5,
    });
    const inspected = async (name: string) => jsonLines((await shell(`inspect ${path(`onnx/${name}`)} --json`)).out)[0];
    expect(await inspected("sequence.onnx")).toMatchObject({
      kind: "onnx",
      opset: 21,
      inputs: [
        { name: "tokens", dtype: "i32", shape: ["T", "B"] },
        { name: "state_0_h", dtype: "f32", shape: ["B", 8] },
      ],
      outputs: [
        { name: "logits", dtype: "f32" },
        { name: "next_0_h", dtype: "f32" },
      ],
      operators: { "If/GRU": 1 },
      weights: expect.arrayContaining([expect.objectContaining({ name: "cell.0.W", kind: "initializer" })]),
      metadata: { task: "language-model" },
    });
    expect(await inspected("step.onnx")).toMatchObject({ inputs: [{ shape: ["B"] }, { shape: ["B", 8] }] });
    expect((await shell(`inspect ${path("onnx/step.onnx")}`)).out).toMatch(/Inputs\n {2}tokens +i32\[B\]/);
  });
});
