import { Command, Option } from "@commander-js/extra-typings";
import { parseNames } from "../config.js";
import { PEERS, type PeerName } from "../peers/names.js";
import { figuresOf, writeFigures } from "../report/figures.js";
import { strangers } from "../report/measurement.js";
import { threadText, timingTable } from "../report/table.js";
import { measureWork, type Place } from "../run/measure.js";
import { startPeer } from "../run/start-peer.js";
import { minimum } from "../run/statistics.js";
import { positive } from "./options.js";

/** A kind of step that is no training, at one size. */
export interface WorkKind {
  readonly name: string;
  readonly description: string;
  readonly examples: string;
  readonly size: { readonly letter: string; readonly what: string; readonly standard: number };
  /** Who is measured where nobody names peers. */
  readonly peers?: readonly PeerName[];
  /** What a peer is told, and begins with. */
  readonly workOf: (size: number) => ReturnType<Parameters<typeof measureWork>[2]>;
  /** A line to follow the table, of the fastest steps in milliseconds. */
  readonly remark?: (size: number, fastest: readonly { readonly peer: string; readonly ms: number }[]) => string;
}

const STANDARD: readonly PeerName[] = ["cpu", "ort", "jax-js", "tfjs-wasm", "pytorch"];

/** The command that measures a kind of work by several peers in turn. */
export const workCommand = ({ name, description, examples, size, workOf, remark, peers = STANDARD }: WorkKind) =>
  new Command(name)
    .description(description)
    .addOption(new Option("--size <n>", size.what).argParser(positive).default(size.standard))
    .option("--threads <n>", "threads of each peer", positive, 1)
    .option("--peers <names>", `of ${PEERS.join(", ")}`, (text) => parseNames(text, PEERS), [...peers])
    .option("--rounds <n>", "how often each peer has its turn", positive, 12)
    .option("--turn <ms>", "about how long a turn takes", positive, 150)
    .option("--json <file>", "write the figures there")
    .addHelpText("after", examples)
    .action(async (options) => {
      const { threads, peers, rounds } = options;
      const tell = (line: string) => console.error(line);
      const places = peers.map((peer): Place => ({ peer, threads }));
      const start = (place: Place) => startPeer(place, tell);
      const found = await measureWork(places, { rounds, turnMs: options.turn, start }, () => workOf(options.size));
      console.log(`${name}, ${size.letter} = ${options.size}, ${threadText(threads)}`);
      console.log(timingTable(found, ["pytorch", "ort"], strangers(found)));
      const fastest = found.flatMap(({ peer, result }) =>
        "rounds" in result ? [{ peer, ms: minimum(result.rounds.flat()) }] : [],
      );
      if (remark) console.log(remark(options.size, fastest));
      for (const { peer, device } of found) if (device) console.log(`${peer}: ${device}`);
      if (options.json !== undefined)
        writeFigures(options.json, figuresOf(found, { [size.letter]: options.size, threads }));
    });
