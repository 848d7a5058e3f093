import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { parseNames } from "../config.js";
import { figuresOf, writeFigures } from "../report/figures.js";
import { strangers } from "../report/measurement.js";
import { threadText, timingTable } from "../report/table.js";
import { measurePeers } from "../run/measure-peers.js";
import { makeTranslateInputs, type TranslateTask } from "../translate/task.js";
import { positive } from "./options.js";

const PEERS = ["ort", "pytorch", "pytorch-hoisted"] as const;

const EXAMPLES = `
Examples:
  THROUGHTIME_PYTHON=python3 npm run bench -- translate-step
  npm run bench -- translate-step --peers ort --batch 64 --json out/step.json

A bidirectional GRU, additive attention, a GRU: Bahdanau et al. 2015 at the sizes of tutorials, on random words whose number
varies from sentence to sentence by a third. "pytorch" multiplies with the vocabulary in the decoder's loop, as tutorials
do; "pytorch-hoisted" once for all words. Every peer draws its own dropout masks: with --dropout 0 all losses must agree.`;

/** `bench translate-step`: one training step of a translator, by each peer. */
export const translateStep = () =>
  new Command("translate-step")
    .description(
      "Times one training step of a translator with attention (Adam, clipping, dropout) by several peers in turn.",
    )
    .option("--peers <names>", `of ${PEERS.join(", ")}`, (text) => parseNames(text, PEERS), [...PEERS])
    .option("--batch <n>", "B, sentence pairs", positive, 128)
    .option("--source-length <n>", "S, words of the longest source", positive, 15)
    .option("--target-length <n>", "T, words of the longest target and its end", positive, 15)
    .option("--source-words <n>", "words of the source's vocabulary", positive, 7850)
    .option("--target-words <n>", "words of the target's vocabulary", positive, 5980)
    .option("--embedding <n>", "E, the size of an embedded word", positive, 256)
    .option("--hidden <n>", "H, the size of every state", positive, 512)
    .option("--dropout <p>", "of embedded words", share, 0.5)
    .option("--threads <n>", "threads of each peer", positive, 2)
    .option("--rounds <n>", "how often each peer has its turn", positive, 8)
    .option("--turn <ms>", "about how long a turn takes", positive, 150)
    .option("--json <file>", "write the figures there")
    .addHelpText("after", EXAMPLES)
    .action(async (options) => {
      const { batch: B, sourceLength: S, targetLength: T, embedding: E, hidden: H, threads, dropout } = options;
      const config = { B, S, T, E, H, Vs: options.sourceWords, Vt: options.targetWords };
      const found = await measurePeers<TranslateTask>({
        benchmark: "translate",
        ...{ peers: options.peers, rounds: options.rounds, turnMs: options.turn },
        task: { work: "train", threads, dropout, learningRate: 1e-3, clipNorm: 1, beam: 0 },
        inputs: makeTranslateInputs(config),
      });
      const figures = figuresOf(found, { ...config, threads, dropout });
      const odd = dropout === 0 ? strangers(found) : [];
      console.log(`translator B${B} S${S} T${T} E${E} H${H}, ${threadText(threads)}`);
      console.log(timingTable(found, PEERS.slice(1), odd));
      for (const { peer, device } of found) if (device) console.log(`${peer}: ${device}`);
      if (options.json !== undefined) writeFigures(options.json, figures);
    });

/** From 0 up to 1. Throws InvalidArgumentError. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value < 1) return value;
  throw new InvalidArgumentError("It must be a number of at least 0 and below 1.");
}
