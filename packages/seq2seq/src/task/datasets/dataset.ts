import { OptionError } from "@throughtime/core";
import type { Files } from "@throughtime/task";
import type { TextPair } from "@throughtime/text";
import type { DatasetSettings } from "../../translation/description.js";
import type { Pairs, Part } from "../pairs.js";
import { dates } from "./dates.js";
import { EMOJI_LANGUAGES, emojiNames } from "./emoji-names.js";
import { reverse } from "./reverse.js";

/** Pairs that need no file. */
export const DATASETS = ["reverse", "dates", "emoji-names"] as const satisfies readonly DatasetSettings["name"][];

/** A pair and what it is for. */
export interface DatasetPair extends TextPair {
  readonly part: Part;
}

interface DatasetOptions {
  readonly task?: DatasetSettings["name"] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly seed: number;
}

/** The data set that the options name, if they name one. Throws OptionError where they do not go together. */
export function datasetOf({ task, from, to, seed }: DatasetOptions): DatasetSettings | undefined {
  if (task !== "emoji-names" && (from !== undefined || to !== undefined)) {
    throw new OptionError("--from and --to are the languages of --task emoji-names; nothing else has them.");
  }
  if (task === undefined) return undefined;
  if (task !== "emoji-names") return { name: task, seed };
  if (to === undefined) throw new OptionError(`--task emoji-names needs --to, one of ${EMOJI_LANGUAGES.join(", ")}.`);
  return { name: task, from: from ?? "en", to };
}

/** The options that name a data set: a training that goes on need not be told them. */
export const datasetOptions = (settings: DatasetSettings): Readonly<Record<string, string>> =>
  settings.name === "emoji-names"
    ? { task: settings.name, from: settings.from, to: settings.to }
    : { task: settings.name };

/** The pairs of a data set, made once: a function of its settings. Throws OptionError for a language that there is not. */
export async function datasetPairs(settings: DatasetSettings, files: Files): Promise<Pairs> {
  const pairs = await made(settings, files);
  return { name: datasetText(settings), read: () => pairs };
}

async function made(settings: DatasetSettings, files: Files): Promise<readonly DatasetPair[]> {
  if (settings.name === "emoji-names") return emojiNames(settings, files);
  return settings.name === "dates" ? dates(settings.seed) : reverse(settings.seed);
}

export const datasetText = (settings: DatasetSettings): string =>
  settings.name === "emoji-names" ? `emoji names, ${settings.from} → ${settings.to}` : settings.name;
