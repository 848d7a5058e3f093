import { Command } from "@commander-js/extra-typings";
import { CELLS, type CellName, configText, parseNames } from "../config.js";
import { isTiming, type Measurement } from "../report/measurement.js";
import { aligned, digits, threadText } from "../report/table.js";
import { type Entry, measure, type Place } from "../run/measure.js";
import { startPeer } from "../run/start-peer.js";
import { median, minimum, ratio } from "../run/statistics.js";
import { configOption, positive } from "./options.js";

const EXAMPLES = `
Examples:
  npm run bench -- cells
  npm run bench -- cells --cells lstm,lstm-dropout
  npm run bench -- cells --cells lstm,lstm-eight --config B32T50H512

All are Throughtime on ONNX Runtime, in turns with each other. Ratios are to the first cell.`;

/** `bench cells`: what a cell of a user's own costs beside the standard ones. */
export const cellsBeside = () =>
  new Command("cells")
    .description("Times our own training step with several cells in turn.")
    .option("--cells <names>", `of ${CELLS.join(", ")}`, (text) => parseNames(text, CELLS), [...CELLS] as CellName[])
    .addOption(configOption("B32T50H128"))
    .option("--threads <n>", "threads", positive, 1)
    .option("--rounds <n>", "how often each cell has its turn", positive, 12)
    .addHelpText("after", EXAMPLES)
    .action(async ({ cells, config, threads, rounds }) => {
      const start = (place: Place) => startPeer(place, (line) => console.error(line));
      const entries = cells.map((cell): Entry => ({ peer: "ort", cell, config, threads }));
      const found = await measure(entries, { rounds, turnMs: 150, start });
      console.log(`${configText(config)}, ${threadText(threads)}\n${cellsTable(found)}`);
    });

/** Cells' times, and what each is of the first one's: by rounds, and in brackets by the fastest steps. */
export function cellsTable(measurements: readonly Measurement[]): string {
  const base = measurements[0]?.result;
  const rows = measurements.map(({ cell, result }) => {
    if (!isTiming(result)) return [cell, `not measured: ${result.notMeasured}`];
    const steps = result.rounds.flat();
    const times = [cell, digits(median(steps)), digits(minimum(steps))];
    if (!base || !isTiming(base)) return times;
    const byMinimum = minimum(steps) / minimum(base.rounds.flat());
    return [...times, `${ratio(result.rounds, base.rounds).toFixed(2)} (${byMinimum.toFixed(2)})`];
  });
  return aligned([["cell", "median ms", "min ms", `× ${measurements[0]?.cell ?? ""}`], ...rows]);
}
