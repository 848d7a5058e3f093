import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseNames } from "../config.js";
import { type LmResult, lmTable } from "../lm/lm-table.js";
import type { LmTask } from "../lm/protocol.js";
import { earlierEpochs, type LmRun, openRun, runEpoch, writeBook } from "../lm/run.js";
import { openChannelTo } from "../run/start-peer.js";
import { positive } from "./options.js";
import { showEpoch } from "./show-epoch.js";

const PEERS = ["ort", "pytorch"] as const;

const EXAMPLES = `
Examples:
  THROUGHTIME_PYTHON=python3 npm run bench -- lm
  npm run bench -- lm --peers ort --cell lstm --validation-loss 1.82
  npm run bench -- lm --resume

Peers take turns by epochs, each in a process of its own, on the same tokens with the same hyperparameters: AdamW, cosine,
gradients clipped to norm 1; each begins from its own initial weights. Seconds are of training alone. It takes minutes;
every finished epoch is kept in --out, and --resume goes on after it.`;

/** `bench lm`: training on a book to a given validation loss. */
export const lm = () =>
  new Command("lm")
    .description("Trains a character model on Moby Dick beside PyTorch, to a given validation loss.")
    .option("--peers <names>", `of ${PEERS.join(", ")}`, (text) => parseNames(text, PEERS), [...PEERS])
    .addOption(
      new Option("--cell <name>", "the recurrent cell").choices(["gru", "lstm"] as const).default("gru" as const),
    )
    .option("--hidden <n>", "H, and the embedding's size", positive, 256)
    .option("--batch <n>", "B, lanes of text", positive, 32)
    .option("--time <n>", "T, characters of a lane in one step", positive, 64)
    .option("--epochs <n>", "passes over the book", positive, 4)
    .option("--learning-rate <x>", "of AdamW", rate, 2e-3)
    .option("--validation-loss <nats>", "say when a peer got there (default: 1.68 for gru, 1.82 for lstm)", rate)
    .option("--threads <n>", "threads of each peer", positive, 2)
    .option("--seed <n>", "of the initial weights", positive, 1)
    .option("--out <folder>", "where trainings are kept", "out/bench-lm")
    .option("--resume", "go on with the trainings in --out")
    .addHelpText("after", EXAMPLES)
    .action(async (options) => {
      const { cell, peers, threads, out, epochs } = options;
      const goal = options.validationLoss ?? { gru: 1.68, lstm: 1.82 }[cell];
      const folder = resolve(out, `${cell}-${options.hidden}-seed${options.seed}-${threads}`);
      if (existsSync(folder) && !options.resume) {
        throw new Error(`${folder} holds trainings. Go on with them by --resume, or name another folder with --out.`);
      }
      const book = writeBook(folder);
      const taskOf = (peer: string): LmTask => ({
        ...{ cell, H: options.hidden, B: options.batch, T: options.time, epochs, seed: options.seed },
        ...{ learningRate: options.learningRate, schedule: "cosine", clipNorm: 1, ...book },
        folder: join(folder, peer),
      });
      const results = new Map<string, LmResult>();
      const runs: LmRun[] = [];
      for (const peer of peers) {
        try {
          const channel = await openChannelTo("lm", peer, threads);
          const run = await openRun(peer, channel, taskOf(peer), earlierEpochs(taskOf(peer)));
          runs.push(run);
          results.set(peer, { peer, device: channel.device, epochs: run.epochs });
        } catch (error) {
          results.set(peer, { peer, notMeasured: (error as Error).message });
        }
      }
      try {
        for (let epoch = 1; epoch <= epochs; epoch++) {
          for (const run of runs.filter((one) => one.epochs.length < epoch)) {
            await showEpoch(run, epoch, "character", (tell) => runEpoch(run, taskOf(run.peer), tell));
          }
        }
      } finally {
        await Promise.all(runs.map(({ channel }) => channel.close()));
      }
      console.log(lmTable([...results.values()], goal));
    });

function rate(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}
