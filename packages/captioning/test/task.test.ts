import { createRequire } from "node:module";
import { cpu } from "@throughtime/backend-cpu";
import { drawScene, scene } from "@throughtime/image-data";
import { inspectModel, type OnnxRuntime } from "@throughtime/onnx";
import { decodeCheckpoint, memoryStore } from "@throughtime/train";
import { beforeAll, describe, expect, test } from "vitest";
import { loadCaptioner } from "../src/index.js";
import { captionTask } from "../src/task.js";
import { begun, opened, trained, used } from "./support/training.js";

const backend = await cpu();
const { evaluate } = captionTask;
// The package that has ONNX Runtime among its own.
const runtime: OnnxRuntime = createRequire(new URL("../../backend-ort/package.json", import.meta.url))(
  "onnxruntime-node",
);

let model: Uint8Array;
let first: Awaited<ReturnType<typeof trained>>;

beforeAll(async () => {
  first = await trained({ steps: 150, validateEvery: 75, learningRate: 0.005, score: 30, embedding: 24 }, { backend });
  model = first.last;
}, 120_000);

describe("a training on scenes", () => {
  test("learns, and says how well by loss and by what it says of pictures", () => {
    expect(first.prepared.introduction).toEqual([
      "scenes, pair: trains on 10,000 captions of 10,000 pictures, validates on 500 pictures, keeps 1,000 for eval; a vocabulary of 24",
      "every pass has new scenes",
      "cnn of 32 × 32 pixels, a grid of 4 × 4 × 24; soft attention, lstm of 32, embeddings of 24",
    ]);
    const losses = first.reports.flatMap(({ validation }) => (validation ? [validation.loss] : []));
    expect(losses).toHaveLength(2);
    expect(losses[1]).toBeLessThan(losses[0] as number);
    expect(losses[1]).toBeLessThan(1.1);
    expect(first.validations[1]).toMatchObject({
      fields: {
        scores: { pictures: 30, bleu4: expect.any(Number), ciderD: expect.any(Number), exact: expect.any(Number) },
        examples: Array(4).fill({
          input: expect.stringMatching(/^validation scene \d$/),
          output: expect.any(String),
          expected: expect.stringMatching(/^a \w+ \w+/),
        }),
      },
      notes: [
        expect.stringMatching(/^exact \d+\.\d % of 30, BLEU-4 0\.\d{3}, /),
        ...Array(4).fill(expect.stringMatching(/^validation scene/)),
      ],
    });
  });

  test("that is stopped and goes on ends with the very bytes of an unbroken one", async () => {
    const given = { steps: 6, dropout: 0.2, augment: "light" } as const;
    const whole = await trained(given, { backend });
    const [store, stop] = [memoryStore(), new AbortController()];
    await trained(given, { backend, store, signal: stop.signal, onReport: ({ step }) => step === 3 && stop.abort() });
    expect((await decodeCheckpoint(await store.read("last.safetensors"))).step).toBeLessThan(6);
    const { last } = await trained({ steps: 6 }, { backend, store, resume: true });
    expect(last).toEqual(whole.last);
  });

  test("writes what it is trained with, and what the model is built from", async () => {
    const { description } = await decodeCheckpoint(model);
    expect(description).toMatchObject({
      ...{ task: "captioning", loader: "loadCaptioner of @throughtime/captioning" },
      model: {
        encoder: { kind: "cnn", widths: [8, 16, 24] },
        preprocessing: { size: [32, 32], scale: 1 / 255 },
        ...{ attention: "soft", cell: "lstm", hiddenSize: 32, embeddingSize: 24, vocabularySize: 24 },
      },
      data: { name: "scenes, pair", settings: { name: "scenes", kind: "pair" }, pictures: 10_000 },
      captions: { tokens: { kind: "words" }, vocabulary: { tokens: expect.arrayContaining(["circle", "left"]) } },
    });
  });
});

describe("a model", () => {
  test("leaves as ONNX, which agrees with it", async () => {
    const saved = await opened(model);
    const exported = await captionTask.export?.write(saved, { backend, runtime, writer: "throughtime test" });
    expect(Object.keys(exported?.files ?? {})).toEqual(["encoder.onnx", "step.onnx", "tokens.json"]);
    expect(exported?.largest).toBeLessThan(1e-5);
    const tokens = JSON.parse(new TextDecoder().decode(exported?.files["tokens.json"]));
    expect(tokens).toMatchObject({
      preprocessing: { size: [32, 32] },
      captions: { kind: "words", tokens: expect.any(Array) },
    });
    const step = inspectModel({
      size: exported?.files["step.onnx"]?.length ?? 0,
      read: (at, length) => exported?.files["step.onnx"]?.subarray(at, at + length) as Uint8Array,
    });
    expect(step.outputs.map(({ name }) => name)).toEqual(expect.arrayContaining(["logits", "attention"]));
  });

  test("is measured on scenes that it never saw, and by where it looks", async () => {
    const how = { beam: 1, examples: 2, part: "validation", report: "out" } as const;
    const { json, text, files } = await used(evaluate, model, how, { backend });
    expect(Object.keys(files)).toEqual(["1.svg", "2.svg", "report.html"]);
    const page = new TextDecoder().decode(files["report.html"]);
    expect(page).toContain("2 of 500 pictures are shown.");
    expect(page).toContain("right: <q"); // what would have been right stands with it
    expect(json[0]).toMatchObject({
      ...{ data: "scenes, pair", part: "validation", pictures: 500, skipped: 0, beam: 1 },
      pointing: { strict: { kinds: { size: {}, colour: {}, shape: {} } }, grown: { accuracy: expect.any(Number) } },
    });
    const { nats, pointing } = json[0] as { nats: number; pointing: { strict: { count: number } } };
    expect(nats).toBeCloseTo(first.reports.at(-1)?.validation?.loss as number, 4);
    expect(pointing.strict.count).toBeGreaterThan(500);
    expect(text).toMatch(/on the validation part of scenes, pair, beam 1:\nexact \d/);
  });

  test("captions pixels in a program, with the attention of each word", async () => {
    const captioner = await loadCaptioner(model, { backend });
    const pictures = [0, 1, 2].map((i) => drawScene(scene(i, { part: "test", size: 48 })));
    const captions = [];
    for await (const caption of captioner.caption(pictures, { beam: 2, nBest: 2, batch: 2 })) captions.push(caption);
    expect(captions).toHaveLength(3);
    const [{ text, tokens, attention, alternatives } = {} as never] = captions;
    expect(text).toMatch(/^a \w+/);
    expect(tokens.join(" ")).toBe(text);
    expect(attention).toHaveLength(tokens.length + 1);
    expect(attention?.[0]?.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(alternatives).toHaveLength(1);
    expect(captioner.description).toMatchObject({ step: 150, grid: { height: 4, width: 4 } });
    captioner.release();
    expect(() => captioner.caption(pictures)).toThrow("this captioner was released");
  });
});

test.each<[object, string]>([
  [{ merges: 100 }, "--merges is for --tokens bpe; it does nothing for words"],
  [{ image: "input" }, "--image is for --attention none; it does nothing for soft"],
  [{ attention: "none", penalty: 1 }, "--penalty is for --attention soft; it does nothing for none"],
  [{ widths: "32,x" }, "--widths 32,x: expected whole numbers from 1"],
])("options that do nothing, or cannot be: %o", async (given, message) => {
  await expect(begun(given, { backend })).rejects.toThrow(message);
});
