import { cpu } from "@throughtime/backend-cpu";
import { openFile, packModel } from "@throughtime/task";
import { memoryStore } from "@throughtime/train";
import { frozenEncoder, preprocessingFor } from "@throughtime/vision";
import { beforeAll, describe, expect, test } from "vitest";
import { loadCaptioner } from "../src/index.js";
import { captionTask } from "../src/task.js";
import { encoderFile, runtime } from "./support/encoder.js";
import { flickr, place } from "./support/pictures.js";
import { begun, opened, trained, used } from "./support/training.js";

const backend = await cpu();
const onnx = encoderFile();
const around = (contents: Record<string, string | Uint8Array>) => {
  const { files, host } = place(contents);
  return { files, host: { ...host, onnx: async () => runtime } };
};
const here = around({ ...flickr("flickr", 12), "enc.onnx": onnx, "other.onnx": encoderFile(2), "note.txt": "none" });
const GIVEN = {
  ...{ data: "flickr", encoder: "enc.onnx", tap: "map", preprocess: "bytes", minFrequency: 1, dropout: 0 },
  ...{ size: undefined, widths: undefined },
} as const;
const { evaluate, uses, export: exporting } = captionTask;
const [caption] = uses as [(typeof uses)[number]];

const store = memoryStore();
let model: Uint8Array;
let first: Awaited<ReturnType<typeof trained>>;
beforeAll(async () => {
  const given = { ...GIVEN, penalty: 0, steps: 400, validateEvery: 400, learningRate: 0.02, score: 8 };
  first = await trained(given, { backend, ...here, store });
  model = first.last;
}, 120_000);

describe("a training on the features of a frozen encoder", () => {
  test("learns, and puts the encoder beside the model, which says what it is", async () => {
    expect(first.prepared.introduction.at(-1)).toBe(
      "a frozen encoder of 32 × 32 pixels, a grid of 4 × 4 × 12; soft attention, lstm of 32, embeddings of 16",
    );
    expect(first.validations).toMatchObject([
      { fields: { scores: { pictures: 8 }, sections: [{ kind: "attention" }] } },
    ]);
    expect(await store.read("encoder.onnx")).toEqual(onnx);
    const { description } = await opened(model);
    expect(description.model).toMatchObject({
      encoder: { kind: "onnx", taps: ["map"], height: 4, width: 4, gridSize: 12, pooledSize: 12 },
      preprocessing: { size: [32, 32], scale: 1 },
    });
  });

  test("is measured and used with the encoder that stands beside the model, or is named", async () => {
    const { json } = await used(evaluate, model, { data: "flickr", beam: 1 }, { backend, ...here, store });
    expect((json[0] as { exact: number }).exact).toBeGreaterThan(0.7);
    const inputs = ["flickr/Images/red-bar-5.svg", "note.txt", "flickr/Images/blue-disc-5.svg"];
    const { text, problems, files } = await used(
      caption,
      model,
      { report: "out" },
      { backend, ...here, store, inputs },
    );
    expect(text.split("\n")).toHaveLength(3);
    expect(problems).toEqual([expect.stringContaining("note.txt")]);
    expect(Object.keys(files)).toEqual(["1.svg", "3.svg", "report.html"]);
    const named = await used(caption, model, { encoder: "enc.onnx" }, { backend, ...here, inputs });
    expect(named.text).toBe(text);
    const without = (given: object) =>
      used(caption, model, given as Record<string, unknown>, { backend, ...here, inputs });
    await expect(without({})).rejects.toThrow("which is not beside it as encoder.onnx. Name it with --encoder FILE");
    await expect(without({ encoder: "other.onnx" })).rejects.toThrow("this is another encoder: its SHA-256 is");
  });

  test("that is stopped and goes on ends with the very bytes of an unbroken one", async () => {
    const given = { ...GIVEN, steps: 8 };
    const whole = await trained(given, { backend, ...here });
    const [own, stop] = [memoryStore(), new AbortController()];
    const onReport = ({ step }: { step: number }) => step === 3 && stop.abort();
    await trained(given, { backend, ...here, store: own, signal: stop.signal, onReport });
    const { last } = await trained({ data: "flickr", steps: 8 }, { backend, ...here, store: own, resume: true });
    expect(last).toEqual(whole.last);
  });

  test("is used in a program: of pixels with the encoder, or of features", async () => {
    const preprocessing = preprocessingFor(onnx, ["map"], "bytes");
    const encoder = await frozenEncoder({ model: onnx, taps: ["map"], runtime, preprocessing });
    const pixels = { data: new Uint8ClampedArray(40 * 40 * 4).fill(200), width: 40, height: 40 };
    const { bytes } = await packModel(await openFile(model), { dtype: "f32" });
    const of = async (captioner: Awaited<ReturnType<typeof loadCaptioner>>, input: never) => {
      for await (const one of captioner.caption([input])) return one;
      return undefined;
    };
    const seeing = await loadCaptioner(bytes, { backend, encoder });
    const said = await of(seeing, pixels as never);
    expect(said?.attention?.[0]).toHaveLength(16);
    const blind = await loadCaptioner(bytes, { backend });
    const { fitPixels, imageBatch, pixelsToArray } = await import("@throughtime/vision");
    const [features] = await encoder.encode(
      imageBatch([pixelsToArray(fitPixels(pixels, preprocessing), preprocessing)]),
    );
    expect((await of(blind, features as never))?.text).toBe(said?.text);
    await expect(of(blind, pixels as never)).rejects.toThrow("this captioner's encoder stands in an ONNX file");
    const other = await frozenEncoder({ model: encoderFile(2), taps: ["map"], runtime, preprocessing });
    await expect(loadCaptioner(bytes, { backend, encoder: other })).rejects.toThrow("its SHA-256 is");
    for (const one of [seeing, blind]) one.release();
    for (const one of [encoder, other]) await one.release();
  });

  test("leaves as ONNX, whose encoder reads features", async () => {
    const exported = await exporting?.write(await opened(model), { backend, runtime, writer: "test" });
    expect(exported?.largest).toBeLessThan(1e-5);
  });
});

test.each<[object, string]>([
  [
    { ...GIVEN, tap: undefined },
    "--encoder enc.onnx needs --tap NAME[,NAME], the values of it that are the picture's grid; its last ones are",
  ],
  [{ ...GIVEN, tap: "c5" }, "c5"],
  [{ ...GIVEN, preprocess: "vgg" }, '--preprocess: there is no preset "vgg"'],
  [{ ...GIVEN, encoder: "note.txt" }, "no ONNX"],
  [{ ...GIVEN, augment: "light" }, "--augment is for --encoder cnn; it does nothing for FILE.onnx"],
  [{ data: "flickr", tap: "map" }, "--tap is for --encoder FILE.onnx; it does nothing for cnn"],
])("what does not go together is said: %o", async (given, message) => {
  await expect(begun(given, { backend, ...here })).rejects.toThrow(message);
});
