// Translates with nothing but ONNX Runtime and @throughtime/decode what `throughtime export` wrote: from-onnx.js out/onnx < new.de
import { readFileSync } from "node:fs";
import { beamSearch, wuPenalty } from "@throughtime/decode";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { cutter, linesOf, textOf } from "./tokens.js";

const folder = process.argv[2] ?? "out/onnx";
const { source, target } = JSON.parse(readFileSync(`${folder}/tokens.json`, "utf8"));
const cut = cutter(source);
const [PAD, UNKNOWN, BEGIN, END] = [0, 1, 2, 3];
const ids = new Map<string, number>(source.tokens.map((token: string, id: number) => [token, id]));
const encoder = await InferenceSession.create(`${folder}/encoder.onnx`);
const step = await InferenceSession.create(`${folder}/step.onnx`);

const i32 = (data: Int32Array, shape: number[]) => new Tensor("int32", data, shape);
/** What memories and states are made of: numbers, lengths, masks. */
const TYPES = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;
/** The rows of [B, …] that go on. */
function rows({ data, dims, type }: Tensor, parents: Int32Array): Tensor {
  const size = dims.slice(1).reduce((a, b) => a * b, 1);
  const out = new TYPES[type as keyof typeof TYPES](parents.length * size);
  parents.forEach((row, i) => out.set((data as Float32Array).subarray(row * size, (row + 1) * size), i * size));
  return new Tensor(type, out, [parents.length, ...dims.slice(1)]);
}
/** ln p of every word after each row. [R, V] */
function logSoftmax({ data, dims: [R = 0, V = 0] }: Tensor): Float32Array {
  const logits = data as Float32Array;
  const all = Array.from({ length: R }, (_, r) => {
    const row = logits.subarray(r * V, (r + 1) * V);
    const most = row.reduce((a, b) => Math.max(a, b));
    return most + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
  });
  return logits.map((logit, i) => logit - (all[Math.floor(i / V)] as number));
}

for await (const line of linesOf(process.stdin)) {
  const all = cut(line);
  const tokens = all.length <= 1000 ? all : [];
  if (all.length > 1000)
    console.error(`A line has ${all.length} tokens, more than 1000. Its translation is left empty.`);
  const [S, known] = [tokens.length, Int32Array.from(tokens, (token) => ids.get(token) ?? UNKNOWN)];
  const read = { source: i32(known, [S, 1]), lengths: i32(Int32Array.of(S), [1]) };
  const found = await beamSearch({
    ...{ state: S > 0 ? await encoder.run(read) : {}, sequences: Math.sign(S) },
    ...{ begin: BEGIN, end: END, never: [PAD, BEGIN], maxLength: 2 * S + 10, lengthPenalty: wuPenalty(1) },
    async step(state, { tokens: last, parents }) {
      const names = step.inputNames.filter((name) => name !== "word");
      const feeds = Object.fromEntries(names.map((name) => [name, rows(state[name] as Tensor, parents)]));
      const said = await step.run({ ...feeds, word: i32(last, [last.length]) });
      const next = names.map((name) => [name, said[name.replace("state_", "next_")] ?? feeds[name]]);
      if (said.logits?.dims[1] !== target.tokens.length) throw new Error(`${folder}/tokens.json is another model's.`);
      const attention = said.attention?.data as Float32Array;
      return { state: Object.fromEntries(next), logProbabilities: logSoftmax(said.logits as Tensor), attention };
    },
  });
  console.log(found[0]?.[0] ? textOf(source, target, tokens, found[0][0]) : "");
}
