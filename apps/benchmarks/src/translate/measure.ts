import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSafetensors } from "@throughtime/interop";
import type { Inputs } from "../problem.js";
import type { Timed } from "../report/table.js";
import type { Connection } from "../run/connection.js";
import { type Contestant, type InterleaveOptions, interleave } from "../run/interleave.js";
import type { TranslateTask } from "./task.js";

export interface MeasureTranslationOptions extends InterleaveOptions {
  readonly peers: readonly string[];
  /** What all peers do. */
  readonly task: Omit<TranslateTask, "peer" | "inputs">;
  readonly inputs: Inputs;
  /** Makes a peer answer. What it throws is why there is no figure. */
  readonly start: (peer: string) => Promise<Connection<TranslateTask>>;
}

export interface TranslationTimed extends Timed {
  readonly device: string;
}

/** Measures peers beside each other: a connection for each, all alive at once, working one at a time. */
export async function measureTranslation(options: MeasureTranslationOptions): Promise<TranslationTimed[]> {
  const { peers, task, inputs, start } = options;
  const folder = mkdtempSync(join(tmpdir(), "throughtime-bench-"));
  const opened = new Map<string, Connection<TranslateTask>>();
  const absent = new Map<string, Error>();
  try {
    const file = join(folder, "inputs.safetensors");
    writeFileSync(file, encodeSafetensors(inputs));
    for (const peer of peers) {
      try {
        opened.set(peer, await start(peer));
      } catch (error) {
        absent.set(peer, error as Error);
      }
    }
    const contestants = [...opened].map(([peer, connection]): Contestant<TranslateTask> => {
      return { connection, task: { ...task, peer, inputs: file } };
    });
    const timings = await interleave(contestants, options);
    const results = new Map([...opened.keys()].map((peer, i) => [peer, timings[i]]));
    return peers.map((peer) => {
      const timing = results.get(peer) ?? (absent.get(peer) as Error);
      const result = timing instanceof Error ? { notMeasured: timing.message } : timing;
      return { peer, device: opened.get(peer)?.device ?? "", result };
    });
  } finally {
    await Promise.all([...opened.values()].map((connection) => connection.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}
