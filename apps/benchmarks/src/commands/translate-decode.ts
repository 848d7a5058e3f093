import { Command } from "@commander-js/extra-typings";
import { parseNames } from "../config.js";
import { figuresOf, writeFigures } from "../report/figures.js";
import { isTiming, strangers } from "../report/measurement.js";
import { aligned, threadText, timingTable } from "../report/table.js";
import { measurePeers } from "../run/measure-peers.js";
import { median } from "../run/statistics.js";
import { makeTranslateInputs, type TranslateTask } from "../translate/task.js";
import { positive } from "./options.js";

const PEERS = ["ort", "pytorch", "pytorch-batched"] as const;

const EXAMPLES = `
Examples:
  THROUGHTIME_PYTHON=python3 npm run bench -- translate-decode
  npm run bench -- translate-decode --peers ort --sentences 256 --beam 10

The network of translate-step with its first parameters, so that no hypothesis ends before it has as many words as its
source: all peers search for the same, and as long. "pytorch" searches for one sentence after the other, "pytorch-batched" for
all at once. The loss is the mean ln p of the best hypotheses; ≠ marks one that is not the others'.`;

/** `bench translate-decode`: a beam search, by each peer. */
export const translateDecode = () =>
  new Command("translate-decode")
    .description("Times beam search with a translator by several peers in turn.")
    .option("--peers <names>", `of ${PEERS.join(", ")}`, (text) => parseNames(text, PEERS), [...PEERS])
    .option("--sentences <n>", "searched for in one call", positive, 64)
    .option("--beam <n>", "how many hypotheses are followed", positive, 5)
    .option("--source-length <n>", "S, words of the longest source", positive, 15)
    .option("--source-words <n>", "words of the source's vocabulary", positive, 7850)
    .option("--target-words <n>", "words of the target's vocabulary", positive, 5980)
    .option("--embedding <n>", "E, the size of an embedded word", positive, 256)
    .option("--hidden <n>", "H, the size of every state", positive, 512)
    .option("--threads <n>", "threads of each peer", positive, 2)
    .option("--rounds <n>", "how often each peer has its turn", positive, 5)
    .option("--json <file>", "write the figures there")
    .addHelpText("after", EXAMPLES)
    .action(async (options) => {
      const { sentences: B, sourceLength: S, embedding: E, hidden: H, threads, beam } = options;
      const config = { B, S, T: S, E, H, Vs: options.sourceWords, Vt: options.targetWords };
      const found = await measurePeers<TranslateTask>({
        benchmark: "translate",
        ...{ peers: options.peers, rounds: options.rounds, turnMs: 1 },
        task: { work: "decode", threads, dropout: 0, learningRate: 0, clipNorm: 0, beam },
        inputs: makeTranslateInputs(config),
      });
      console.log(`translator ${B} sentences, beam ${beam}, S${S} E${E} H${H}, ${threadText(threads)}`);
      console.log(timingTable(found, PEERS.slice(1), strangers(found)));
      const rates = found.map(({ peer, result }) => [
        peer,
        isTiming(result) ? rate(B, result.rounds).toFixed(0) : "not measured",
      ]);
      console.log(aligned([["peer", "sentences a minute"], ...rates]));
      for (const { peer, device } of found) if (device) console.log(`${peer}: ${device}`);
      if (options.json !== undefined) writeFigures(options.json, figuresOf(found, { ...config, beam, threads }));
    });

const rate = (sentences: number, rounds: readonly (readonly number[])[]): number =>
  (60_000 * sentences) / median(rounds.flat());
