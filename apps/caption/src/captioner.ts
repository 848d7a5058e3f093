// A captioner on one page. It learns from generated scenes to say what is on a picture and where it looks, says how good it is on
// scenes that it never saw, leaves as ONNX, and captions pictures of yours:
//
//   node apps/caption/dist/captioner.js out/captioner 8 photo.png drawing.svg
//
// Every part is a package of its own. Change what you like: the pictures, the encoder, the attention, the cell, the backend.

import { writeFile } from "node:fs/promises";
import { additive, attention } from "@throughtime/attention";
import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { captioner, captionModel, captionModelToOnnx, softAttention } from "@throughtime/captioning";
import { lstm } from "@throughtime/cells";
import { key, type } from "@throughtime/core";
import { drawScene, scene } from "@throughtime/image-data";
import { captionBleu, ciderD, exactMatch, type Pointing, pointingGame } from "@throughtime/metrics";
import { attentionPicture, sectionsPage } from "@throughtime/report";
import { codecLearner, idsOf, pairArrays, textCodec } from "@throughtime/text";
import { adam, clipByNorm, cosine, sourceOf, train } from "@throughtime/train";
import { fileStore } from "@throughtime/train/node";
import { arrayToPixels, cnn, fitPixels, imageBatch, pixelsToArray, preprocessing } from "@throughtime/vision";
import { decodeAll } from "@throughtime/vision/node";

const [folder = "out/captioner", epochs = "8", ...files] = process.argv.slice(2);

// ── Pictures: every pass has new scenes, so that there is nothing to learn by heart ───────────────────────────────────
const prepare = preprocessing({ size: [64, 64] });
const scenes = (part: "train" | "validation" | "test", from: number, count: number) =>
  Array.from({ length: count }, (_, i) => scene(from + i, { part, kind: "pair" }));
const arrayOf = (one: ReturnType<typeof scene>) => pixelsToArray(fitPixels(drawScene(one), prepare), prepare);

// ── Words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
const learner = codecLearner({ kind: "words", case: "lower", minFrequency: 1, maxVocabulary: 1000, merges: 0 });
for (const { caption } of scenes("train", 0, 1000)) learner.see(learner.cut(caption));
const codec = textCodec(learner.learned());
const { begin, end, pad, size: vocabularySize } = codec.vocabulary;
const batchOf = (some: readonly ReturnType<typeof scene>[]) => {
  const captions = some.map(({ caption }) => ({ source: new Int32Array(), target: idsOf(codec, caption) }));
  const { input, output, lengths } = pairArrays(captions, codec.vocabulary); // words first: [T, B]
  return { images: { pixels: imageBatch(some.map(arrayOf)) }, input, output, lengths };
};

// ── Model: soft attention of Xu et al. 2015, over the grid of a small convolutional network ───────────────────────────
const [E, H] = [128, 256];
const encoder = cnn({ size: [64, 64] }); // a grid of 8 × 8 vectors
const D = encoder.gridSize;
const model = captionModel({
  encoder,
  decoder: softAttention({
    cell: lstm({ inputSize: E + D, hiddenSize: H }), // reads a word and what it looked at
    attention: attention(additive({ querySize: H, memorySize: D, size: 128 })),
  }),
  vocabularySize,
});

// ── Training: Ctrl-C whenever you like; called again, it goes on where it was ─────────────────────────────────────────
const backend = await ort().catch(() => cpu({ threads: 2 })); // ONNX Runtime where it is installed, else WebAssembly
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const [B, stepsPerEpoch] = [64, 150];
const steps = Math.max(1, Math.round(Number(epochs) * stepsPerEpoch));
const validation = scenes("validation", 0, 256);
const training = train({
  backend,
  params: model.init(key(1)),
  loss: model.loss, // nats per word, and the doubly stochastic penalty
  carry: model.carry,
  noise: model.noise,
  dims: model.dims, // one Program for captions of every length
  optimizer: adam({ learningRate: 2e-3 }),
  schedule: cosine({ steps }),
  clip: clipByNorm(1),
  source: sourceOf({
    stepsPerEpoch,
    batchAt: (index, epoch) => batchOf(scenes("train", (epoch * stepsPerEpoch + index) * B, B)),
    units: () => B,
  }),
  steps,
  validation: {
    source: sourceOf({ stepsPerEpoch: 4, batchAt: (i) => batchOf(validation.slice(B * i, B * (i + 1))) }),
    loss: model.evaluation,
    carry: model.carry,
  },
  checkpoint: { store: fileStore(folder), every: { seconds: 60 }, keepBest: true },
  resume: "auto",
  signal: stop.signal,
});
for await (const { step, metrics, validation: measured } of training) {
  if (step % 25 === 0) console.error(`step ${step}: ${metrics.crossEntropy?.toFixed(3)} nats per word`);
  if (measured) console.error(`step ${step}: validation ${measured.loss.toFixed(3)}`);
}
const { params } = await training.snapshot();

// ── Captions of scenes that it never saw: how many are right, and does it look at what it speaks of ───────────────────
const { caption, release } = await captioner(backend, model, params);
const search = { begin, end, never: [pad, begin], size: 3, maxLength: 20 };
const unseen = scenes("test", 0, 200);
const said: string[][] = [];
const pointings: Pointing[] = [];
for (let from = 0; from < unseen.length; from += 50) {
  const some = unseen.slice(from, from + 50);
  for (const [i, [best]] of (await caption(batchOf(some).images, search)).entries()) {
    const { words, objects } = some[i] as (typeof some)[number];
    const tokens = codec.vocabulary.decode(best?.tokens ?? []);
    said.push(tokens);
    words.forEach(({ word, object, says: kind }, t) => {
      const weights = best?.attention?.[t];
      if (object === undefined || kind === undefined || !weights || tokens[t] !== word) return;
      const { height, width } = encoder;
      pointings.push({ weights, height, width, boxes: [(objects[object] as (typeof objects)[number]).box], kind });
    });
  }
}
const right = unseen.map(({ words }) => [words.map(({ word }) => word)]);
const percent = (share = 0) => `${(100 * share).toFixed(1)} %`;
const exact = exactMatch(said.map(String), right.map(String));
console.error(
  `${percent(exact)} of ${said.length} captions are right; BLEU-4 ${captionBleu(said, right).score[3]?.toFixed(3)}, CIDEr-D ${ciderD(said, right).score.toFixed(2)}`,
);
const { accuracy } = pointingGame(pointings, { size: [64, 64], margin: 0.5 });
console.error(
  `${percent(accuracy)} of the words of size, colour and shape are said while it looks at what they speak of`,
);

// ── ONNX: runs wherever ONNX Runtime does ─────────────────────────────────────────────────────────────────────────────
const onnx = captionModelToOnnx(model, params, { pixels: type(["B", 3, 64, 64]) });
for (const name of ["encoder", "step"] as const) await writeFile(`${folder}/${name}.onnx`, onnx[name]);

// ── Your pictures, and a page that shows where it looked ──────────────────────────────────────────────────────────────
const pictures = [];
for await (const { source, array, error } of decodeAll(files, prepare)) {
  if (error) console.error(error.message);
  else {
    const [[best] = []] = await caption({ pixels: imageBatch([array]) }, search);
    const words = codec.vocabulary.decode(best?.tokens ?? []);
    console.log(`${source.name}\t${words.join(" ")}`);
    const looked = {
      words,
      attention: best?.attention ?? [],
      grid: encoder,
      name: source.name,
      caption: words.join(" "),
    };
    pictures.push(attentionPicture({ pixels: arrayToPixels(array, prepare), ...looked }));
  }
}
const page = sectionsPage([{ kind: "attention", title: "Where it looks", pictures }], { title: "Captions" });
if (pictures.length > 0) await writeFile(`${folder}/captions.html`, page);
release();
await backend.close();
