import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSafetensors } from "@throughtime/interop";
import { type CellName, type Config, LEARNING_RATE, V } from "../config.js";
import type { PeerName } from "../peers/names.js";
import { makeInputs } from "../problem.js";
import type { Task } from "../protocol.js";
import type { Measurement } from "../report/measurement.js";
import type { Connection } from "./connection.js";
import { type Contestant, type InterleaveOptions, interleave } from "./interleave.js";

/** What peers are measured on. */
export interface Comparison {
  readonly peers: readonly PeerName[];
  readonly cell: CellName;
  readonly config: Config;
  readonly threads: number;
}

export interface MeasureOptions extends InterleaveOptions {
  /** Makes a peer answer. What it throws is why there is no figure. */
  readonly start: (peer: PeerName) => Promise<Connection>;
}

/** Measures peers beside each other on one task: all alive at once, working one at a time. */
export async function measure(comparison: Comparison, options: MeasureOptions): Promise<Measurement[]> {
  const { peers, cell, config, threads } = comparison;
  const folder = mkdtempSync(join(tmpdir(), "throughtime-bench-"));
  const opened: Connection[] = [];
  try {
    const inputs = join(folder, "inputs.safetensors");
    writeFileSync(inputs, encodeSafetensors(makeInputs(cell, config)));
    const common = { cell, ...config, V, threads, learningRate: LEARNING_RATE, inputs };
    const contestants: (Contestant & { readonly peer: PeerName })[] = [];
    const absent = new Map<PeerName, string>();
    for (const peer of peers) {
      try {
        const connection = await options.start(peer);
        opened.push(connection);
        contestants.push({ peer, connection, task: { peer, ...common } satisfies Task });
      } catch (error) {
        absent.set(peer, (error as Error).message);
      }
    }
    const timings = await interleave(contestants, options);
    return peers.map((peer) => {
      const index = contestants.findIndex((contestant) => contestant.peer === peer);
      const timing = timings[index];
      const device = contestants[index]?.connection.device ?? "";
      const why = timing instanceof Error ? timing.message : (absent.get(peer) as string);
      const result = timing && !(timing instanceof Error) ? timing : { notMeasured: why };
      return { peer, cell, config, threads, device, result };
    });
  } finally {
    await Promise.all(opened.map((connection) => connection.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}
