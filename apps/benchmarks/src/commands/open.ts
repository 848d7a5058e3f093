import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Command } from "@commander-js/extra-typings";
import { key } from "@throughtime/core";
import { type NetworkDescription, network, networkSize } from "@throughtime/seq2seq";
import { encodeCheckpoint } from "@throughtime/train";
import { parseNames } from "../config.js";
import { aligned } from "../report/table.js";
import { median, minimum } from "../run/statistics.js";
import { positive } from "./options.js";

const EXAMPLES = `
Examples:
  npm run bench -- open
  npm run bench -- open --megabytes 50 --peers cpu

Each round is a process of its own, so that nothing is warm. The model is untrained, so that its translations are as long as
they may be: 24 words of a sentence of 7, with a beam of 5. modules: importing packages and opening the backend. cpu: on all threads.`;

const BACKENDS = ["cpu", "ort"] as const;
const PARTS = ["modules", "opened", "first", "second"] as const;
type Timed = Readonly<Record<(typeof PARTS)[number], { readonly ms: number; readonly cpuMs: number }>>;

/** `bench open`: from a model file's bytes to the first translation. */
export const open = () =>
  new Command("open")
    .description("Times opening a translator's model file and the first sentence, in a fresh process.")
    .option("--megabytes <n>", "the model file's size", positive, 20)
    .option("--peers <names>", `of ${BACKENDS.join(", ")}`, (text) => parseNames(text, BACKENDS), [...BACKENDS])
    .option("--rounds <n>", "processes of each", positive, 5)
    .addHelpText("after", EXAMPLES)
    .action(async ({ megabytes, peers, rounds }) => {
      const folder = await mkdtemp(join(tmpdir(), "throughtime-open-"));
      try {
        const path = join(folder, "model.safetensors");
        const bytes = await modelFile(megabytes * 1e6);
        await writeFile(path, bytes);
        console.log(`a model file of ${(bytes.length / 1e6).toFixed(1)} MB; milliseconds, median (minimum) [cpu]`);
        const rows: string[][] = [];
        for (const peer of peers) {
          const all: Timed[] = [];
          for (let i = 0; i < rounds; i++) all.push(await timed(peer, path));
          rows.push([peer, ...PARTS.map((part) => text(all.map((one) => one[part]))), text(all.map(sumOf))]);
        }
        console.log(aligned([["", ...PARTS, "opened + first"], ...rows]));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });

const sumOf = ({ opened, first }: Timed) => ({ ms: opened.ms + first.ms, cpuMs: opened.cpuMs + first.cpuMs });

const text = (times: readonly { readonly ms: number; readonly cpuMs: number }[]) => {
  const [clock, cpu] = [times.map(({ ms }) => ms), times.map(({ cpuMs }) => cpuMs)];
  return `${median(clock).toFixed(0)} (${minimum(clock).toFixed(0)}) [${median(cpu).toFixed(0)}]`;
};

async function timed(peer: string, path: string): Promise<Timed> {
  const child = fileURLToPath(new URL("../open-child.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, peer, path]);
  return JSON.parse(stdout) as Timed;
}

/** A model file without a training's state, of about so many bytes: an untrained translator of words, with attention. */
async function modelFile(bytes: number): Promise<Uint8Array> {
  const sized = (V: number): NetworkDescription => ({
    ...{
      cell: "gru",
      encoder: "bidirectional",
      decoder: "bahdanau",
      attention: "additive",
      tied: "none",
      masks: "step",
    },
    ...{ embeddingSize: 256, hiddenSize: 256, layers: 1, readoutSize: null, dropout: 0, outputDropout: 0 },
    ...{ labelSmoothing: 0, sourceVocabularySize: V, targetVocabularySize: V },
  });
  const own = networkSize(sized(0));
  const V = Math.max(16, Math.round((bytes / 4 - own) / (networkSize(sized(1)) - own)));
  const words = (letter: string) => Array.from({ length: V - 4 }, (_, i) => `${letter}${i}`);
  const side = (letter: string) => ({
    tokens: { kind: "words", case: "mixed" },
    vocabulary: { tokens: words(letter) },
  });
  return encodeCheckpoint({
    ...{
      step: 0,
      epoch: 0,
      cursor: null,
      key: key(1),
      schedule: null,
      stopping: { best: null, bestStep: 0, since: 0 },
    },
    ...{ params: network(sized(V)).init(key(1)) as never, optimizer: {}, carry: {} },
    description: {
      ...{ task: "translation", format: 1, writer: "bench", options: { batch: 32, validation: 0, test: 0 } },
      ...{ model: sized(V), source: side("s"), target: side("t") },
      data: {
        ...{ name: "none", task: null, sha256: "", pairs: 0, stepsPerEpoch: 1, padding: 0 },
        leftOut: { blank: 0, tooLong: 0 },
      },
    },
  });
}
