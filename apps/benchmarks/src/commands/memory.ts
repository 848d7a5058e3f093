import { Command } from "@commander-js/extra-typings";
import { CELLS, configText, parseNames } from "../config.js";
import { PEERS, type PeerName } from "../peers/names.js";
import { isTiming, type Measurement } from "../report/measurement.js";
import { aligned, threadText } from "../report/table.js";
import { measure, type Place } from "../run/measure.js";
import { startPeer } from "../run/start-peer.js";
import { configOption, positive } from "./options.js";

const EXAMPLES = `
Examples:
  THROUGHTIME_PYTHON=python3 npm run bench -- memory
  npm run bench -- memory --config B32T500H128 --peers ort,tfjs-wasm

A figure is what the resident memory of a fresh process grew by, at its highest, from when everything was imported to
the end of the last step: VmHWM less VmRSS, of Linux. Peers run one after the other, nothing beside them.`;

const DEFAULTS: readonly PeerName[] = ["ort", "hand", "pytorch"];

/** `bench memory`: how much memory a training needs. */
export const memory = () =>
  new Command("memory")
    .description("Measures the memory that training steps need, in a fresh process for each peer.")
    .option("--cell <name>", `of ${CELLS.join(", ")}`, (text) => parseNames(text, CELLS)[0] ?? "lstm", "lstm" as const)
    .addOption(configOption("B32T50H512"))
    .option("--threads <n>", "threads of each peer", positive, 1)
    .option("--peers <names>", `of ${PEERS.join(", ")}`, (text) => parseNames(text, PEERS), [...DEFAULTS])
    .option("--steps <n>", "how many, after six to begin with", positive, 20)
    .addHelpText("after", EXAMPLES)
    .action(async ({ cell, config, threads, peers, steps }) => {
      const start = (place: Place) => startPeer(place, (line) => console.error(line));
      const found: Measurement[] = [];
      for (const peer of peers) {
        const own = await measure([{ peer, cell, config, threads }], { rounds: steps, turnMs: 0, start });
        for (const result of own) found.push(result);
      }
      console.log(`${cell} ${configText(config)}, ${threadText(threads)}\n${memoryTable(found)}`);
    });

/** Peaks, and what each is of PyTorch's. */
export function memoryTable(measurements: readonly Measurement[]): string {
  const peakOf = ({ result }: Measurement) => (isTiming(result) ? result.peakBytes : null);
  const pytorch = measurements.find(({ peer }) => peer === "pytorch");
  const base = pytorch ? peakOf(pytorch) : null;
  const rows = measurements.map((measurement) => {
    const bytes = peakOf(measurement);
    if (bytes === null) {
      const why = isTiming(measurement.result) ? "this system does not tell" : measurement.result.notMeasured;
      return [measurement.peer, `not measured: ${why}`];
    }
    return [measurement.peer, (bytes / 1e6).toFixed(0), ...(base === null ? [] : [(bytes / base).toFixed(2)])];
  });
  return aligned([["peer", "peak MB", ...(base === null ? [] : ["× pytorch"])], ...rows]);
}
