import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeSafetensors } from "@throughtime/interop";
import type { Inputs } from "../problem.js";
import type { Timed } from "../report/table.js";
import { compete } from "./compete.js";
import { connectionOver } from "./connection.js";
import type { InterleaveOptions } from "./interleave.js";
import { type Benchmark, openChannelTo } from "./start-peer.js";

/** What every task tells: who does it, and where what it begins with is. */
interface PeerTask {
  readonly peer: string;
  readonly threads: number;
  readonly inputs: string;
}

export interface MeasurePeersOptions<T extends PeerTask> extends InterleaveOptions {
  readonly benchmark: Benchmark;
  readonly peers: readonly string[];
  /** What all peers do. */
  readonly task: Omit<T, "peer" | "inputs"> & { readonly threads: number };
  readonly inputs: Inputs;
}

export interface PeerTimed extends Timed {
  readonly device: string;
}

/** Measures peers of one benchmark beside each other on one task, each in a process of its own. */
export async function measurePeers<T extends PeerTask>(options: MeasurePeersOptions<T>): Promise<PeerTimed[]> {
  const { benchmark, peers, task, inputs } = options;
  const outcomes = await compete(peers, {
    ...options,
    start: async (peer) => connectionOver<T>(await openChannelTo(benchmark, peer, task.threads)),
    taskOf: (peer, folder): T => {
      const file = join(folder, "inputs.safetensors");
      if (!existsSync(file)) writeFileSync(file, encodeSafetensors(inputs));
      return { ...task, peer, inputs: file } as unknown as T;
    },
  });
  return outcomes.map(({ entry, device, result }) => ({ peer: entry, device, result }));
}
