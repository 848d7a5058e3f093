import { Command } from "@commander-js/extra-typings";
import { CELLS, type CellName, configText, parseNames } from "../config.js";
import { isTiming, type Measurement } from "../report/measurement.js";
import { aligned, digits, threadText } from "../report/table.js";
import { type Entry, measure, type Place } from "../run/measure.js";
import { startPeer } from "../run/start-peer.js";
import { median, minimum, ratio } from "../run/statistics.js";
import { positive } from "./options.js";

const EXAMPLES = `
Examples:
  npm run bench -- compile
  npm run bench -- compile --peers cpu --cells lstm,gru,custom,lstm-eight --times 50,500

Each row is a process of its own, so that nothing is warm. trace includes the gradient; first step is what else passes
until the first loss is there.`;

const BACKENDS = ["ort", "cpu"] as const;
type Backend = (typeof BACKENDS)[number];

/** `bench compile`: what it costs until the first step, and how a step grows with T. */
export const compileTime = () =>
  new Command("compile")
    .description("Times trace, gradient, passes and the backend's compilation, and a step, by length.")
    .option("--cells <names>", `of ${CELLS.join(", ")}`, (text) => parseNames(text, CELLS), ["lstm"] as CellName[])
    .option("--peers <names>", `of ${BACKENDS.join(", ")}`, (text) => parseNames(text, BACKENDS), ["ort"] as Backend[])
    .option("--times <list>", "lengths T", (text) => text.split(",").map(positive), [50, 500])
    .option("--batch <n>", "B", positive, 32)
    .option("--hidden <n>", "H", positive, 128)
    .option("--threads <n>", "threads", positive, 1)
    .option("--rounds <n>", "how often each length has its turn", positive, 10)
    .addHelpText("after", EXAMPLES)
    .action(async ({ cells, peers, times, batch, hidden, threads, rounds }) => {
      const start = (place: Place) => startPeer(place, (line) => console.error(line));
      for (const peer of peers) {
        for (const cell of cells) {
          const entries = times.map((T): Entry => ({ peer, cell, config: { B: batch, T, H: hidden }, threads }));
          const found = await measure(entries, { rounds, turnMs: 300, start });
          console.log(`${peer}: ${cell} B${batch}H${hidden}, ${threadText(threads)}\n${compileTable(found)}\n`);
        }
      }
    });

/** Rows by length, with what each is of the first. Milliseconds. */
export function compileTable(measurements: readonly Measurement[]): string {
  const rows = measurements.map(({ config, result }) => {
    if (!isTiming(result)) throw new Error(`compile: ${configText(config)}: ${result.notMeasured}`);
    const { trace = 0, passes = 0, session = 0 } = result.parts;
    const before = trace + passes + session;
    const steps = result.rounds.flat();
    const { rounds } = result;
    return { T: config.T, trace, passes, session, before, rest: result.compileMs - before, steps, rounds };
  });
  const [first] = rows;
  if (!first) return "";
  const header = [
    "T",
    "trace",
    "passes",
    "backend",
    "sum",
    "×",
    "first step",
    "median ms",
    "min ms",
    "× median",
    "× min",
  ];
  const lines = rows.map(({ T, trace, passes, session, before, rest, steps, rounds }) => [
    String(T),
    ...[trace, passes, session, before].map((ms) => ms.toFixed(0)),
    (before / first.before).toFixed(2),
    rest.toFixed(0),
    digits(median(steps)),
    digits(minimum(steps)),
    ratio(rounds, first.rounds).toFixed(2),
    (minimum(steps) / minimum(first.steps)).toFixed(2),
  ]);
  return aligned([header, ...lines]);
}
