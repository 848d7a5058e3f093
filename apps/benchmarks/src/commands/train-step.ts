import { Command, Option } from "@commander-js/extra-typings";
import { CELLS, type CellName, type Config, configText, parseConfig, parseNames } from "../config.js";
import { DEFAULT_PEERS, PEERS, runs } from "../peers/names.js";
import { writeFigures } from "../report/figures.js";
import { jsonOf, type Measurement } from "../report/measurement.js";
import { taskTable, threadText } from "../report/table.js";
import { measure } from "../run/measure.js";
import { startPeer } from "../run/start-peer.js";
import { positive } from "./options.js";

const DEFAULT_CONFIG = "B32T50H128";

const EXAMPLES = `
Examples:
  npm run bench -- train-step
  npm run bench -- train-step --cells lstm,gru,custom --configs B1T50H128,B32T50H512 --json out/figures.json
  npm run bench -- train-step --peers ort,tfjs-wasm,jax-js --configs B32T50H128
  THROUGHTIME_PYTHON=python3 npm run bench -- train-step --peers ort,pytorch,pytorch-compile --cells custom

Every peer does the same work from the same weights, in a process of its own, in turns with the others. Ratios are
medians of the rounds' ratios, and in brackets those of the fastest steps. The loss is that after five updates; ≠ marks
one that is not the others'. Peak MB is what resident memory grew by, at its highest, after the imports. compile ms goes
from the first line of model code through the first step, less an ordinary step.`;

/** `bench train-step`: one full training step of the character LM, by each peer. */
export const trainStep = () =>
  new Command("train-step")
    .description("Times one training step of a character LM (V = 65, SGD) by several peers in turn.")
    .option("--cells <names>", `of ${CELLS.join(", ")}`, (text) => parseNames(text, CELLS), ["lstm"] as CellName[])
    .addOption(
      new Option("--configs <list>", "sizes: batch B, steps T, hidden units H")
        .argParser(configs)
        .default([parseConfig(DEFAULT_CONFIG)], DEFAULT_CONFIG),
    )
    .option("--threads <n>", "threads of each peer", positive, 1)
    .option("--peers <names>", `of ${PEERS.join(", ")}`, (text) => parseNames(text, PEERS), [...DEFAULT_PEERS])
    .option("--hoist", "let peers whose cell is written out multiply all inputs by W before the loop, by hand")
    .option("--rounds <n>", "how often each peer has its turn", positive, 12)
    .option("--turn <ms>", "about how long a turn takes", positive, 150)
    .option("--json <file>", "write the figures there")
    .addHelpText("after", EXAMPLES)
    .action(async ({ cells, configs, threads, peers, hoist, rounds, turn, json }) => {
      const tell = (line: string) => console.error(line);
      const all: Measurement[] = [];
      for (const cell of cells) {
        for (const config of configs) {
          tell(`${cell} ${configText(config)}, ${threadText(threads)}: ${peers.join(", ")} …`);
          const entries = peers.filter((peer) => runs(peer, cell)).map((peer) => ({ peer, cell, config, threads }));
          const found = await measure(entries, {
            ...{ rounds, turnMs: turn, inputProduct: hoist ? "before" : "step" },
            start: (entry) => startPeer(entry, tell),
          });
          for (const result of found) all.push(result);
          console.log(`${taskTable(found)}\n`);
        }
      }
      const devices = new Map(all.filter(({ device }) => device).map(({ peer, device }) => [peer, device]));
      for (const [peer, device] of devices) console.log(`${peer}: ${device}`);
      if (json !== undefined) writeFigures(json, all.map(jsonOf));
    });

const configs = (text: string): Config[] => text.split(",").map((one) => parseConfig(one.trim()));
