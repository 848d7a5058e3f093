// A translator on one page. It learns from two files, line n of one the translation of line n of the other, says how good it
// is on lines that it never saw, leaves as ONNX, and translates what stands on standard input:
//
//   node apps/translate/dist/translator.js train.de train.en out/de-en < new.de
//
// Every part is a package of its own. Change what you like: the cell, the attention, the tokens, the backend.

import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { additive, attention } from "@throughtime/attention";
import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { bidirectional, gru } from "@throughtime/cells";
import { key } from "@throughtime/core";
import { bleu, chooseBleuTokenizer } from "@throughtime/metrics";
import { bahdanau, seq2seq, seq2seqToOnnx, textTranslator } from "@throughtime/seq2seq";
import {
  countTokens,
  frequentTokens,
  idsOf,
  pairBatches,
  pairLines,
  readLines,
  type TextPair,
  textCodec,
  tokensOf,
  tokenVocabulary,
  words,
} from "@throughtime/text";
import { adam, clipByNorm, train } from "@throughtime/train";
import { fileStore } from "@throughtime/train/node";

const [sourceFile, targetFile, folder = "out/translator", epochs = "10"] = process.argv.slice(2);
if (sourceFile === undefined || targetFile === undefined)
  throw new Error("Call it with SOURCE TARGET [FOLDER] [EPOCHS].");

// ── Text: words, lower-cased; those that are there once only are unknown ──────────────────────────────────────────────
const lines = (file: string) => readLines(createReadStream(file), { name: file });
const pairs: TextPair[] = [];
for await (const pair of pairLines(lines(sourceFile), lines(targetFile))) pairs.push(pair);
const unseen = pairs.splice(-Math.min(1000, Math.ceil(pairs.length / 20)));

const cut = words({ case: "lower" });
const codecFor = (texts: readonly string[]) => {
  const counts = new Map<string, number>();
  for (const text of texts) countTokens(counts, cut.encode(text));
  const vocabulary = tokenVocabulary(frequentTokens(counts, { minFrequency: 2 })).toJSON();
  return textCodec({ tokens: { kind: "words", case: "lower" }, vocabulary });
};
const source = codecFor(pairs.map((pair) => pair.source));
const target = codecFor(pairs.map((pair) => pair.target));
const batches = (from: readonly TextPair[], more: { readonly epochs?: number } = {}) => {
  const ids = from.map((pair) => ({ source: idsOf(source, pair.source), target: idsOf(target, pair.target) }));
  return pairBatches({ open: () => ids, ids: target.vocabulary, batch: 64, maxLength: 80, ...more });
};

// ── Model: Bahdanau, Cho & Bengio 2015 ────────────────────────────────────────────────────────────────────────────────
const [E, H] = [128, 256];
const reader = gru({ inputSize: E, hiddenSize: H });
const model = seq2seq({
  sourceVocabularySize: source.vocabulary.size,
  targetVocabularySize: target.vocabulary.size,
  encoder: bidirectional({ forward: reader, backward: reader }),
  decoder: bahdanau({
    cell: gru({ inputSize: E + 2 * H, hiddenSize: H }), // reads a word and what it looked at
    attention: attention(additive({ querySize: H, memorySize: 2 * H })),
  }),
  dropout: { embeddings: 0.3, output: 0.3 },
});

// ── Training: Ctrl-C whenever you like; called again, it goes on where it was ─────────────────────────────────────────
const backend = await ort().catch(() => cpu({ threads: 2 })); // ONNX Runtime where it is installed, else WebAssembly
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const training = train({
  backend,
  params: model.init(key(1)),
  loss: model.loss,
  noise: model.noise,
  dims: model.dims, // one Program for sentences of every length
  optimizer: adam({ learningRate: 1e-3 }),
  clip: clipByNorm(1),
  source: batches(pairs),
  epochs: Number(epochs),
  validation: { source: batches(unseen, { epochs: 1 }), loss: model.evaluation },
  checkpoint: { store: fileStore(folder), every: { seconds: 60 }, keepBest: true },
  resume: "auto",
  signal: stop.signal,
});
for await (const { step, loss, validation } of training) {
  if (step % 50 === 0) console.error(`step ${step}: ${loss.toFixed(3)} nats per word`);
  if (validation) console.error(`step ${step}: validation ${validation.loss.toFixed(3)}`);
}
const { params } = await training.snapshot();

// ── Translation: beam search, unknown words taken from where it looked ────────────────────────────────────────────────
const translator = await textTranslator(backend, { model, source, target }, params);
const hypotheses: string[] = [];
const sources = unseen.map((pair) => pair.source);
for await (const { text } of translator.translate(sources)) hypotheses.push(text);
const references = unseen.map((pair) => cut.normalize(pair.target)); // as the translations are
const tokenize = chooseBleuTokenizer(references); // characters, where no space stands between words
const { score, signature } = bleu(hypotheses, references, { case: "lower", tokenize });
console.error(`BLEU ${score.toFixed(2)} on ${unseen.length} unseen lines (${signature})`);

// ── ONNX: runs wherever ONNX Runtime does; from-onnx.ts shows how ─────────────────────────────────────────────────────
const { encoder, step } = seq2seqToOnnx(model, params);
await writeFile(`${folder}/encoder.onnx`, encoder);
await writeFile(`${folder}/step.onnx`, step);
await writeFile(`${folder}/tokens.json`, JSON.stringify({ source: tokensOf(source), target: tokensOf(target) }));

if (!process.stdin.isTTY) {
  for await (const { text } of translator.translate(readLines(process.stdin))) console.log(text);
}
translator.release();
await backend.close();
