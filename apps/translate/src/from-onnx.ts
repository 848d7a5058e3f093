// Translates with nothing but ONNX Runtime and @throughtime/decode what `throughtime export` wrote: from-onnx.js out/onnx < new.de
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { beamSearch, wuPenalty } from "@throughtime/decode";
import { InferenceSession, Tensor } from "onnxruntime-node";

const folder = process.argv[2] ?? "out/onnx";
const { source, target } = JSON.parse(readFileSync(`${folder}/tokens.json`, "utf8"));
const [PAD, UNKNOWN, BEGIN, END] = [0, 1, 2, 3];
const ids = new Map<string, number>(source.tokens.map((token: string, id: number) => [token, id]));
const encoder = await InferenceSession.create(`${folder}/encoder.onnx`);
const step = await InferenceSession.create(`${folder}/step.onnx`);

/** As it was cut for training: punctuation is a word by itself, marked "￭" where no space stands before it. */
function cut(text: string): string[] {
  if (source.kind === "characters") return [...text];
  const own = (source.case === "lower" ? text.toLowerCase() : text).normalize("NFC");
  return own.split(/\s+/).flatMap((chunk) => {
    const words = chunk.match(/[\p{L}\p{M}\p{N}]+(?:['’\-.,][\p{L}\p{M}\p{N}]+)*|\P{Cc}/gsu) ?? [];
    return words.map((word, i) => (i === 0 ? word : `￭${word}`));
  });
}
const join = (tokens: readonly string[]): string =>
  target.kind === "characters" ? tokens.join("") : tokens.join(" ").replaceAll(" ￭", "").replaceAll("￭", "");
const i32 = (data: Int32Array, shape: number[]) => new Tensor("int32", data, shape);
/** The rows of [B, …] that go on. */
function rows({ data, dims }: Tensor, parents: Int32Array): Tensor {
  const size = dims.slice(1).reduce((a, b) => a * b, 1);
  const out = new Float32Array(parents.length * size);
  parents.forEach((row, i) => out.set((data as Float32Array).subarray(row * size, (row + 1) * size), i * size));
  return new Tensor("float32", out, [parents.length, ...dims.slice(1)]);
}
/** ln p of every word after each row. [R, V] */
function logSoftmax({ data, dims }: Tensor): Float32Array {
  const [out, V] = [Float32Array.from(data as Float32Array), dims[1] as number];
  for (let at = 0; at < out.length; at += V) {
    const row = out.subarray(at, at + V);
    const most = row.reduce((a, b) => Math.max(a, b));
    const all = most + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
    row.set(row.map((logit) => logit - all));
  }
  return out;
}

for await (const line of createInterface({ input: process.stdin })) {
  const words = Int32Array.from(cut(line), (word) => ids.get(word) ?? UNKNOWN);
  const read = { source: i32(words, [words.length, 1]), lengths: i32(Int32Array.of(words.length), [1]) };
  const found = await beamSearch({
    ...{ state: words.length > 0 ? await encoder.run(read) : {}, sequences: Math.sign(words.length) },
    ...{ begin: BEGIN, end: END, never: [PAD, BEGIN], maxLength: 2 * words.length + 10, lengthPenalty: wuPenalty(1) },
    async step(state, { tokens, parents }) {
      const names = step.inputNames.filter((name) => name !== "word");
      const feeds = Object.fromEntries(names.map((name) => [name, rows(state[name] as Tensor, parents)]));
      const said = await step.run({ ...feeds, word: i32(tokens, [tokens.length]) });
      const next = names.map((name) => [name, said[name.replace("state_", "next_")] ?? feeds[name]]);
      return { state: Object.fromEntries(next), logProbabilities: logSoftmax(said.logits as Tensor) };
    },
  });
  console.log(join(found[0]?.[0]?.tokens.map((id) => target.tokens[id]) ?? []));
}
