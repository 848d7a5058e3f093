import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { OptionError } from "@throughtime/core";
import {
  type Checkpoint,
  type CheckpointStore,
  decodeCheckpoint,
  encodeCheckpoint,
  type Json,
  LAST,
} from "@throughtime/train";
import { requireFree } from "@throughtime/train/node";
import { count } from "../format.js";
import { earlierTrainingError } from "./output.js";
import { stepsOf } from "./settings.js";

/** What every training command is told about where it writes, and how long it trains. */
export interface ResumeOptions {
  readonly out: string;
  readonly resume?: true;
  readonly steps?: number;
  readonly epochs?: number;
}

/** Options that say where to read and write and what to show, so that they may be others when a training goes on; or how long it is. */
const FREE = new Set([
  ...["out", "resume", "saveEvery", "sample", "score", "json", "backend", "device", "threads", "steps", "epochs"],
  ...["data", "source", "target", "task", "from", "to", "validationSource", "validationTarget", "validationData"],
  "encoding",
]);

/** `--learning-rate` for "learningRate". */
export const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * The training in --out to go on with, as `load` reads it; undefined where a new one begins. `settings` are those that it
 * has, by option. Throws OptionError where --out and --resume, or --resume and other options, do not agree, and where another
 * process trains in --out.
 */
export async function earlierTraining<O extends ResumeOptions, S>(
  options: O,
  isGiven: (name: keyof O) => boolean,
  load: (path: string) => Promise<S>,
  settings: (saved: S) => Readonly<Record<string, unknown>>,
): Promise<S | undefined> {
  await requireFree(options.out);
  if (!options.resume) {
    const entries = await readdir(options.out).catch((): string[] => []);
    if (!entries.includes(LAST)) return undefined;
    throw earlierTrainingError(options.out);
  }
  const saved = await load(join(options.out, LAST));
  requireSame(
    options,
    isGiven,
    settings(saved),
    `the training in ${options.out}`,
    "--resume goes on with its settings",
  );
  return saved;
}

/**
 * Throws OptionError for an option that was given and is not as something that was trained before has it. `rule`: why it
 * must be.
 */
export function requireSame<O extends object>(
  options: O,
  isGiven: (name: keyof O) => boolean,
  settings: Readonly<Record<string, unknown>>,
  what: string,
  rule: string,
): void {
  for (const [name, asked] of Object.entries(options)) {
    if (FREE.has(name) || !isGiven(name as keyof O) || (name in settings && settings[name] === asked)) continue;
    const has = settings[name] ?? undefined;
    const why =
      has !== undefined
        ? `${what} has ${has}`
        : name in settings
          ? `${what} has none`
          : `${what} keeps what it began with`;
    throw new OptionError(
      `${flagOf(name)} ${asked}: ${why}, and ${rule}. Leave it out, or train anew in another folder.`,
    );
  }
}

interface Length {
  readonly steps: number;
  readonly epochs: number | null;
}

/**
 * How long a training is that goes on: as it was, or as --steps or --epochs say now. Throws OptionError where it has made more
 * steps already.
 */
export function lengthNow(
  before: Length,
  { steps, epochs, out }: ResumeOptions,
  { made, stepsPerEpoch }: { readonly made: number; readonly stepsPerEpoch: number },
): Length {
  if (steps === undefined && epochs === undefined) return before;
  if (steps === undefined && epochs === before.epochs) return before;
  const now = stepsOf(steps === undefined ? { epochs: epochs as number } : { steps }, stepsPerEpoch).steps;
  if (now < made) {
    const asked = steps === undefined ? `--epochs ${epochs} is ${count(now)} steps` : `--steps ${steps}`;
    throw new OptionError(
      `${asked}: the training in ${out} has made ${count(made)} already. Give more, or leave it out.`,
    );
  }
  return { steps: now, epochs: steps === undefined ? (epochs as number) : null };
}

/** Gives the last checkpoint another description, of a longer training; patience begins anew. Steps and tensors stay. */
export async function redescribe(store: CheckpointStore, description: Json): Promise<void> {
  const saved = await decodeCheckpoint(await store.read(LAST));
  if (JSON.stringify(saved.description) === JSON.stringify(description)) return;
  const changed: Checkpoint = { ...saved, description, stopping: { ...saved.stopping, since: 0 } };
  await store.write(LAST, await encodeCheckpoint(changed));
}
