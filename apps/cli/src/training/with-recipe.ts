import { join } from "node:path";
import {
  type AnyTask,
  type Files,
  headerOf,
  type Length,
  type Option,
  type Options,
  type Saved,
  withPreset,
} from "@throughtime/task";
import { OUTPUT } from "../common-options.js";
import { nodeFiles } from "../files.js";
import { RECIPE, type Recipe, readRecipe, recipeOptions } from "../recipe.js";
import type { TrainValues } from "./train-task.js";

/** Whether an option was chosen. */
export type IsGiven = (name: string) => boolean;

/** What a command line and a recipe say together. */
interface Said {
  readonly values: TrainValues;
  /** Whether one of them names an option. */
  readonly isSaid: IsGiven;
  /** Whether one of them chooses a value for it. A recipe that a training wrote names all options, most of which nobody chose. */
  readonly isGiven: IsGiven;
}

/** The options of the command line, then those of the recipe if one is named, then those of the task's preset. Throws what readRecipe throws. */
export async function withRecipe(task: AnyTask, typed: TrainValues, isTyped: IsGiven, files: Files): Promise<Said> {
  const { recipe: path } = typed;
  const recipe = path === undefined ? {} : await readRecipe(path, task, files);
  const own = Object.fromEntries(Object.entries(recipe).filter(([name]) => !givesWay(task, name, isTyped)));
  const merged = { ...typed, ...own };
  requireOneInput(task, path, merged, files);
  const preset = task.train.preset?.(merged as never) ?? {};
  const isSaid = (name: string) => isTyped(name) || Object.hasOwn(own, name);
  const isChosen = (name: string) => own[name] !== typed[name] && own[name] !== preset[name];
  return {
    values: withPreset(task, merged, isSaid) as TrainValues,
    isSaid,
    isGiven: (name) => isTyped(name) || (Object.hasOwn(own, name) && isChosen(name)),
  };
}

/** Whether the command line has another value for an option of a recipe, or an option that cannot be given together with it. */
function givesWay(task: AnyTask, name: string, isTyped: IsGiven): boolean {
  const options: Options = { ...task.train.options, ...OUTPUT };
  const exclude = (one: string, other: string) => options[one]?.conflicts?.includes(other) ?? false;
  return (
    isTyped(name) ||
    Object.keys(options).some((other) => isTyped(other) && (exclude(name, other) || exclude(other, name)))
  );
}

/** Throws OptionError where standard input is both the recipe and a file that an option names. */
function requireOneInput(task: AnyTask, recipe: string | undefined, values: TrainValues, files: Files): void {
  const paths = Object.entries<Option>(task.train.options).flatMap(([name, option]) =>
    option.type === "string" && option.format === "path" ? [values[name] as string | undefined] : [],
  );
  if (recipe !== undefined) files.requireOneInput([recipe, ...paths]);
}

/**
 * Of the recipe in a training's folder, what its model file does not keep and nobody says anew: where its data are, what it begins with,
 * where it runs. Nothing where there is no recipe, or one that cannot be read.
 */
export async function recipeIn(folder: string, task: AnyTask, isSaid: IsGiven): Promise<Recipe> {
  const found = await readRecipe(join(folder, RECIPE), task, nodeFiles()).catch((): Recipe => ({}));
  const options = recipeOptions(task);
  return Object.fromEntries(Object.entries(found).filter(([name]) => options[name]?.free && !isSaid(name)));
}

/** How long a training that goes on is: as its file says, or as it is said now. */
export function lengthNow({ checkpoint }: Saved, { steps, epochs }: TrainValues): Length {
  const { length } = headerOf(checkpoint.description) as { readonly length: Length };
  if (steps !== undefined) return { steps, epochs: null };
  return epochs === undefined ? length : { ...length, epochs };
}

/** A length as the option that says it. */
export const lengthOption = ({ steps, epochs }: Length): Recipe =>
  epochs === null ? { epochs: undefined, steps } : { epochs, steps: undefined };
