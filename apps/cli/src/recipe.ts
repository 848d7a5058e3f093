import { OptionError, printable, quote } from "@throughtime/core";
import { type AnyTask, bytesOf, type Files, type Option, type Options, requireValues } from "@throughtime/task";
import { closest } from "fastest-levenshtein";
import { OUTPUT, WHERE_TO_RUN } from "./common-options.js";
import { isBuiltIn } from "./tasks.js";

/** A recipe: which task is trained, and its options, as JSON. */
export type Recipe = Readonly<Record<string, unknown>>;

/** Beside every model: what repeats its training. */
export const RECIPE = "recipe.json";

/** Of the options that every training has, those that a recipe may say: where it goes and where it runs. */
const SHARED: Options = { out: OUTPUT.out, saveEvery: OUTPUT.saveEvery, ...WHERE_TO_RUN };

/** No recipe of ours is nearly so long. */
const MOST_BYTES = 1_000_000;

/** All options that a recipe of a task may have. */
export const recipeOptions = (task: AnyTask): Options => ({ ...task.train.options, ...SHARED });

/** The JSON Schema of a task's recipes. */
export function recipeSchema(task: AnyTask): object {
  return {
    type: "object",
    title: `A recipe of throughtime train ${task.name}`,
    description: task.train.description,
    properties: {
      $schema: { type: "string" },
      train: { const: task.name, description: "the task" },
      ...Object.fromEntries(Object.entries(recipeOptions(task)).map(([name, option]) => [name, schemaOf(option)])),
    },
    required: ["train"],
    additionalProperties: false,
  };
}

/** The JSON Schema of the recipes of all tasks. */
export const recipesSchema = (tasks: readonly AnyTask[]): object => ({
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "A recipe of throughtime train",
  oneOf: tasks.map(recipeSchema),
});

/** An option without what only a command line reads. */
export function schemaOf({ group, placeholder, free, conflicts, ...schema }: Option): object {
  return schema;
}

/**
 * The options of a recipe's file; "-" is standard input. Throws DataError where it cannot be read or is too large, OptionError where it is no JSON, of another task, or has a key
 * or a value that the task does not know.
 */
export async function readRecipe(path: string, task: AnyTask, files: Files): Promise<Recipe> {
  const bytes = await bytesOf(files, path, { most: MOST_BYTES, once: true });
  const wrong = (why: string, cause?: unknown) => new OptionError(`--recipe ${path}: ${why}`, {}, { cause });
  let recipe: Recipe;
  try {
    recipe = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Recipe;
  } catch (cause) {
    throw wrong(`it is not JSON: ${printable((cause as Error).message)}.`, cause);
  }
  if (typeof recipe !== "object" || recipe === null || Array.isArray(recipe)) {
    throw wrong(`expected a JSON object of options, as --print-recipe writes one; received ${quote(recipe)}.`);
  }
  if (recipe.train !== task.name) {
    throw wrong(
      recipe.train === undefined
        ? `it does not say which task it trains. Add "train": "${task.name}".`
        : `it is of the task ${quote(recipe.train)}, and this command trains ${task.name}.`,
    );
  }
  const { $schema, train, ...given } = recipe;
  const known = recipeOptions(task);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    const near = closest(unknown.slice(0, 100), Object.keys(known));
    throw wrong(
      `there is no option ${quote(unknown)}. Did you mean "${near}"? throughtime train ${task.name} --help lists them, in the form of a command line.`,
    );
  }
  requireValues(`--recipe ${path}`, known, given);
  return given;
}

/** The recipe that repeats a training, as a file has it: all its options as they were, but for where it went. */
export function recipeText(task: AnyTask, values: Recipe): string {
  const said = Object.keys(recipeOptions(task)).filter((name) => name !== "out" && values[name] !== undefined);
  const recipe = {
    ...(isBuiltIn(task) && { $schema: "https://unpkg.com/@throughtime/cli/recipe.schema.json" }),
    train: task.name,
    ...Object.fromEntries(said.map((name) => [name, values[name]])),
  };
  return JSON.stringify(recipe, null, 2);
}
