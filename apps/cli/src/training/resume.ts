import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { OptionError } from "@throughtime/core";
import { LAST } from "@throughtime/train";
import { requireFree } from "@throughtime/train/node";
import { earlierTrainingError } from "./output.js";

/** What every training command is told about where it writes. */
export interface ResumeOptions {
  readonly out: string;
  readonly resume?: true;
}

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
  for (const [name, value] of Object.entries(settings(saved))) {
    const asked = options[name as keyof O];
    if (!isGiven(name as keyof O) || asked === value) continue;
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new OptionError(
      `${flag} ${asked}: the training in ${options.out} has ${value}, and --resume goes on with its settings. Leave it out, or train anew in another folder.`,
    );
  }
  return saved;
}
