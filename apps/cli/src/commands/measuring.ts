import { OptionError } from "@throughtime/core";
import { type AnyTask, flagOf, type Option, type Options, requireValues, valuesOf } from "@throughtime/task";

/** The options by which the tasks measure models, as one command has them: each task's own under its name, and what several have once. */
export function measuringOptions(tasks: readonly AnyTask[]): Options {
  const names = [...new Set(tasks.flatMap(({ evaluate }) => Object.keys(evaluate.options)))];
  const all = names.map((name): [string, Option] => {
    const having = tasks.filter(({ evaluate }) => Object.hasOwn(evaluate.options, name));
    return [name, having.length === tasks.length ? shared(name, having) : ofSome(name, having)];
  });
  // Those of all tasks first.
  const isOfSome = ([, { group = "" }]: [string, Option]) => Number(group.startsWith(OF));
  return Object.fromEntries(all.sort((a, b) => isOfSome(a) - isOfSome(b)));
}

const OF = "Of a ";

const ofSome = (name: string, having: readonly AnyTask[]): Option => ({
  ...shared(name, having),
  group: `${OF}${having.map(({ noun }) => noun).join(" or a ")}:`,
});

/** One option for all tasks that have it: they take the same values, but may be about something else. */
function shared(name: string, tasks: readonly AnyTask[]): Option {
  const [first, ...others] = tasks.map(({ evaluate }) => evaluate.options[name] as Option) as [Option, ...Option[]];
  if (others.every(({ description }) => description === first.description)) return first;
  const said = tasks.map(({ noun }, i) => `${noun}: ${[first, ...others][i]?.description}`);
  return { ...first, description: said.join("; ") };
}

/** Of the values of a command, those by which a task measures. Throws OptionError for one that was given and is another task's. */
export function measuringValues(
  place: string,
  { noun, evaluate }: AnyTask,
  path: string,
  all: Options,
  values: Readonly<Record<string, unknown>>,
  isGiven: (name: string) => boolean,
): Readonly<Record<string, unknown>> {
  const given = Object.keys(all).filter(isGiven);
  const unread = given.find((name) => !Object.hasOwn(evaluate.options, name));
  if (unread !== undefined) {
    throw new OptionError(`${flagOf(unread)} does nothing here: ${path} is a ${noun}. Leave it out.`);
  }
  const own = Object.fromEntries(given.map((name) => [name, values[name]]));
  requireValues(place, evaluate.options, own);
  return valuesOf(evaluate.options, own);
}
