import { OptionError } from "@throughtime/core";
import { type AnyTask, flagOf, type Option, type Options } from "@throughtime/task";
import { OUTPUT, PACK, WHERE_TO_RUN } from "./common-options.js";
import { schemaOf } from "./recipe.js";
import { useOptions } from "./use-model.js";

/** Throws OptionError where a task has a name, or an option, that another or every command has already. */
export function requireDistinct(tasks: readonly AnyTask[]): void {
  for (const [i, task] of tasks.entries()) {
    const { name, kind, train, evaluate, uses } = task;
    const others = tasks.slice(0, i);
    if (others.some((other) => other.name === name || other.kind === kind)) {
      throw new OptionError(
        `--task-package: there is a task "${name}" already. Two tasks have different names and kinds.`,
      );
    }
    requireOwn(task, "a training", train.options, { ...OUTPUT, ...WHERE_TO_RUN });
    requireOwn(task, "pack", evaluate.options, PACK);
    for (const { options } of [evaluate, ...uses]) requireOwn(task, "a command", options, useOptions());
    for (const [option, schema] of Object.entries(evaluate.options as Options)) {
      // The command is read before it is known whose model it is about.
      const other = others.find(
        ({ evaluate: { options } }) => option in options && !areSame(options[option] as Option, schema),
      );
      if (other) throw taken(task, `${flagOf(option)} of eval, which is another one of the task "${other.name}"`);
    }
  }
}

function requireOwn(task: AnyTask, what: string, options: Options, shared: Options): void {
  const twice = Object.keys(options).find((name) => Object.hasOwn(shared, name) || PROGRAM.includes(name));
  if (twice !== undefined) throw taken(task, `${flagOf(twice)}, which every task has as an option of ${what}`);
}

/** What the program itself takes, before or after a command. */
const PROGRAM: readonly string[] = ["help", "version", "debug", "taskPackage"];

const taken = ({ name }: AnyTask, option: string): OptionError =>
  new OptionError(`--task-package: the task "${name}" has ${option}. Give it another name.`);

/** Whether two options take the same values; what a help says of them may differ. */
const areSame = (a: Option, b: Option): boolean => valuesOf(a) === valuesOf(b);

function valuesOf(option: Option): string {
  const schema = Object.entries(schemaOf(option)).filter(([key]) => key !== "description");
  return JSON.stringify(schema.sort(([x], [y]) => (x < y ? -1 : 1)));
}
