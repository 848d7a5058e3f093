// What a runtime is asked to do, by packages as npm installs them: `<runtime> program.mjs <model file>`, in the folder that they are installed
// in. Prints a line of JSON for each claim: `{ claim, ok, said }`.

import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { key } from "@throughtime/core";
import { generate, sampler } from "@throughtime/decode";
import { charModel, loadLanguageModel, tokenReader } from "@throughtime/language-model";
import { conformance } from "@throughtime/testkit";
import { alphabet, lanes } from "@throughtime/text";
import { adam, decodeCheckpoint, LAST, train } from "@throughtime/train";
import { fileStore } from "@throughtime/train/node";

const text = "Row, row, row your boat, gently down the stream. ".repeat(20);
const letters = alphabet(text);
const model = charModel({ cell: "lstm", hiddenSize: 32, vocabularySize: letters.size });
const source = lanes(letters.encode(text), { batch: 4, time: 16 });
const start = { params: model.init(key(1)), carry: model.initialState(4), dims: model.dims, loss: model.loss };

/** @typedef {import("@throughtime/core").Backend} Backend */
/** @typedef {ReturnType<typeof model.init>} Params */
/** @typedef {{ ok: boolean, said: string }} Outcome */

/**
 * Trains, and gives the first step, the last loss and the parameters.
 * @param {Backend} backend
 * @param {object} [options] of train, in place of those below
 */
async function trained(backend, options = {}) {
  const training = train({ backend, ...start, source, optimizer: adam({ learningRate: 0.01 }), steps: 60, ...options });
  let last = Number.NaN;
  let resumed = 0;
  for await (const { step, loss } of training) {
    resumed ||= step;
    last = loss;
  }
  return { loss: last, first: resumed, params: (await training.snapshot()).params };
}

/**
 * Every bit of a tree of numbers.
 * @param {Params} params
 */
const bitsOf = (params) => JSON.stringify(params, (_, value) => (value instanceof Float32Array ? [...value] : value));

/**
 * What a trained model writes.
 * @param {Backend} backend
 * @param {Params} params
 */
async function written(backend, params) {
  const reader = await tokenReader(backend, model, params);
  const options = { prime: letters.encode("Row"), length: 40, sampler: sampler({ temperature: 0.5 }), key: key(2) };
  let said = "Row";
  for await (const token of generate({ ...reader, ...options })) said += letters.decode([token]);
  return said;
}

/**
 * Runs the suite that every backend passes.
 * @param {() => Promise<Backend>} backend
 * @returns {Promise<Outcome>}
 */
async function conforms(backend) {
  /** @type {{ name: string, body: (context: { skip: () => void }) => Promise<unknown> }[]} */
  const tests = [];
  conformance({
    describe: (_, body) => body(),
    test: (name, body) => tests.push({ name, body }),
    backend,
    sizes: "small",
  });
  /** @type {string[]} */
  const failed = [];
  for (const { name, body } of tests)
    await body({ skip() {} }).catch((error) => failed.push(`${name}: ${error?.message ?? error}`));
  return { ok: failed.length === 0, said: [`${tests.length} tests, ${failed.length} failed`, ...failed].join("\n") };
}

/**
 * Says whether a claim holds; what is thrown is why it does not.
 * @param {string} name
 * @param {() => Promise<Outcome>} body
 */
async function claim(name, body) {
  const said = await body().catch((error) => ({ ok: false, said: String(error?.stack ?? error) }));
  console.log(JSON.stringify({ claim: name, ...said }));
}

const one = await cpu({ threads: 1 });
const alone = await trained(one);

await claim("cpu, one thread: trains", async () => ({ ok: alone.loss < 1, said: `loss ${alone.loss}` }));
await claim("cpu, one thread: writes", async () => {
  const said = await written(one, alone.params);
  return { ok: said.startsWith("Row, row"), said };
});
await claim("cpu, two threads: the same weights, bit for bit", async () => {
  const two = await cpu({ threads: 2 });
  const both = await trained(two);
  const said = two.device;
  return { ok: said.includes("2 threads") && bitsOf(both.params) === bitsOf(alone.params), said };
});
await claim("checkpoint: a training that stops and is resumed ends with the same weights", async () => {
  const store = fileStore(mkdtempSync(join(tmpdir(), "throughtime-store-")));
  const options = { checkpoint: { store, every: { steps: 10 } }, resume: "auto" };
  await trained(one, { ...options, steps: 30 });
  const { first, params } = await trained(one, options);
  const { step } = await decodeCheckpoint(await store.read(LAST));
  const same = bitsOf(params) === bitsOf(alone.params);
  return {
    ok: first === 31 && step === 60 && same,
    said: `went on at step ${first}, saved at ${step}, same weights: ${same}`,
  };
});
await claim("model file: one of the command line is opened and writes", async () => {
  const loaded = await loadLanguageModel(readFileSync(process.argv[2] ?? ""), { backend: one });
  let said = "";
  for await (const piece of loaded.write({ prime: "Row", length: 20 })) said += piece;
  return { ok: said.length === 20 && loaded.description.step === 20, said };
});
await claim("ort: trains and writes", async () => {
  const backend = await ort({ threads: 1 });
  const { loss, params } = await trained(backend);
  const said = await written(backend, params);
  return { ok: loss < 1 && said.startsWith("Row, row"), said: `${backend.device}: loss ${loss}` };
});
for (const [name, backend] of Object.entries({
  "cpu, one thread": () => cpu({ threads: 1 }),
  "cpu, two threads": () => cpu({ threads: 2 }),
  ort: () => ort({ threads: 1 }),
}))
  await claim(`${name}: passes the conformance suite`, () => conforms(backend));
// Nothing is closed: the process shall end by itself.
