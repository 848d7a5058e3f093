import { OptionError } from "@throughtime/core";
import type { TextPair } from "@throughtime/text";
import type { Pairs, Part } from "../pairs.js";
import { dates } from "./dates.js";
import { EMOJI_LANGUAGES, emojiNames } from "./emoji-names.js";
import { reverse } from "./reverse.js";

/** Tasks that need no file. */
export const TASKS = ["reverse", "dates", "emoji-names"] as const;

/** A task as a checkpoint keeps it: enough to make its pairs again. */
export type TaskSettings =
  | { readonly name: "reverse" | "dates"; readonly seed: number }
  | { readonly name: "emoji-names"; readonly from: string; readonly to: string };

/** A pair and what it is for. */
export interface TaskPair extends TextPair {
  readonly part: Part;
}

/** The pairs of a task: a pure function of its settings. Throws OptionError for a language that there is not. */
export function taskPairs(task: TaskSettings): readonly TaskPair[] {
  if (task.name === "emoji-names") return emojiNames(task);
  return task.name === "dates" ? dates(task.seed) : reverse(task.seed);
}

export interface TaskOptions {
  readonly task?: (typeof TASKS)[number];
  readonly from?: string;
  readonly to?: string;
  readonly seed: number;
}

/** The task that the options name, if they name one. Throws OptionError where they do not go together. */
export function taskOf({ task, from, to, seed }: TaskOptions): TaskSettings | undefined {
  if (task !== "emoji-names" && (from !== undefined || to !== undefined)) {
    throw new OptionError("--from and --to are the languages of --task emoji-names; nothing else has them.");
  }
  if (task === undefined) return undefined;
  if (task !== "emoji-names") return { name: task, seed };
  if (to === undefined) throw new OptionError(`--task emoji-names needs --to, one of ${EMOJI_LANGUAGES.join(", ")}.`);
  return { name: task, from: from ?? "en", to };
}

/** The pairs of a task, made once. */
export function taskData(task: TaskSettings): Pairs {
  const pairs = taskPairs(task);
  return { name: taskText(task), read: () => pairs };
}

export const taskText = (task: TaskSettings): string =>
  task.name === "emoji-names" ? `emoji names, ${task.from} → ${task.to}` : task.name;
