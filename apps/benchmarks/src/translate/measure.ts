import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeSafetensors } from "@throughtime/interop";
import type { Inputs } from "../problem.js";
import type { Timed } from "../report/table.js";
import { compete } from "../run/compete.js";
import { connectionOver } from "../run/connection.js";
import type { InterleaveOptions } from "../run/interleave.js";
import { openChannelTo } from "../run/start-peer.js";
import type { TranslateTask } from "./task.js";

export interface MeasureTranslationOptions extends InterleaveOptions {
  readonly peers: readonly string[];
  /** What all peers do. */
  readonly task: Omit<TranslateTask, "peer" | "inputs">;
  readonly inputs: Inputs;
}

export interface TranslationTimed extends Timed {
  readonly device: string;
}

/** Measures peers beside each other, each in a process of its own. */
export async function measureTranslation(options: MeasureTranslationOptions): Promise<TranslationTimed[]> {
  const { peers, task, inputs } = options;
  const outcomes = await compete(peers, {
    ...options,
    start: async (peer) => connectionOver<TranslateTask>(await openChannelTo("translate", peer, task.threads)),
    taskOf: (peer, folder): TranslateTask => {
      const file = join(folder, "inputs.safetensors");
      if (!existsSync(file)) writeFileSync(file, encodeSafetensors(inputs));
      return { ...task, peer, inputs: file };
    },
  });
  return outcomes.map(({ entry, device, result }) => ({ peer: entry, device, result }));
}
