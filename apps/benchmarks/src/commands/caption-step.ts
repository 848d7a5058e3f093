import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { type CaptionTask, makeCaptionInputs } from "../captioning/task.js";
import { parseNames } from "../config.js";
import { figuresOf, writeFigures } from "../report/figures.js";
import { strangers } from "../report/measurement.js";
import { threadText, timingTable } from "../report/table.js";
import { measurePeers } from "../run/measure-peers.js";
import { positive } from "./options.js";

const PEERS = ["ort", "cpu", "pytorch", "pytorch-compile"] as const;

const EXAMPLES = `
Examples:
  THROUGHTIME_PYTHON=python3 npm run bench -- caption-step
  npm run bench -- caption-step --peers ort,cpu --threads 2 --places 64 --json out/step.json

Soft attention over the places of a picture, an LSTM, deep output and the doubly stochastic penalty: Xu et al. 2015, on random features
and words. "pytorch" makes the keys of the places once and multiplies with the vocabulary once for all words; "pytorch-compile" is
the same under torch.compile, which needs a C++ compiler, and minutes to start. All losses must agree.`;

/** `bench caption-step`: one training step of a captioner with soft attention, by each peer. */
export const captionStep = () =>
  new Command("caption-step")
    .description(
      "Times one training step of a captioner with soft attention (Adam, clipping) by several peers in turn.",
    )
    .option("--peers <names>", `of ${PEERS.join(", ")}`, (text) => parseNames(text, PEERS), ["ort", "pytorch"])
    .option("--batch <n>", "B, pictures with a caption each", positive, 32)
    .option("--words <n>", "T, words of a caption and its end", positive, 20)
    .option("--places <n>", "L, places of a picture, a square number", positive, 169)
    .option("--features <n>", "D, the size of the vector of a place", positive, 512)
    .option("--embedding <n>", "E, the size of an embedded word", positive, 512)
    .option("--hidden <n>", "H, the size of the state and of attention's layer", positive, 512)
    .option("--vocabulary <n>", "V, words of the vocabulary", positive, 5000)
    .option("--threads <list>", "threads of each peer; a table for each number", numbers, [1, 2])
    .option("--rounds <n>", "how often each peer has its turn", positive, 8)
    .option("--turn <ms>", "about how long a turn takes", positive, 150)
    .option("--json <file>", "write the figures there")
    .addHelpText("after", EXAMPLES)
    .action(async ({ peers, rounds, turn, json, ...options }) => {
      const { batch: B, words: T, places: L, features: D, embedding: E, hidden: H, vocabulary: V } = options;
      const config = { B, T, L, D, E, H, A: H, V };
      const figures: unknown[] = [];
      for (const threads of options.threads) {
        const found = await measurePeers<CaptionTask>({
          ...{ benchmark: "caption", peers, rounds, turnMs: turn },
          task: { threads, learningRate: 4e-4, clipNorm: 5 },
          inputs: makeCaptionInputs(config),
        });
        for (const figure of figuresOf(found, { ...config, threads })) figures.push(figure);
        console.log(`captioner B${B} T${T} L${L} D${D} E${E} H${H} V${V}, ${threadText(threads)}`);
        console.log(timingTable(found, ["pytorch", "pytorch-compile"], strangers(found)));
        for (const { peer, device } of found) if (device) console.log(`${peer}: ${device}`);
      }
      if (json !== undefined) writeFigures(json, figures);
    });

/** Positive integers with commas between them. Throws InvalidArgumentError. */
function numbers(text: string): number[] {
  const found = text.split(",").map(Number);
  if (found.every((n) => Number.isInteger(n) && n > 0)) return found;
  throw new InvalidArgumentError("They must be positive integers, with commas between them.");
}
