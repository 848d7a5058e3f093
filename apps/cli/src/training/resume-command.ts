import { type AnyTask, flagOf } from "@throughtime/task";
import { recipeOptions } from "../recipe.js";
import type { TrainValues } from "./train-task.js";
import type { IsGiven } from "./with-recipe.js";

/** The command that goes on with a training, for a shell: with what was chosen and its file does not keep. */
export function resumeCommand(
  program: readonly string[],
  task: AnyTask,
  values: TrainValues,
  isGiven: IsGiven,
): string {
  const options = Object.entries(recipeOptions(task)).filter(([name, { free, conflicts = [] }]) => {
    const isKept = !free || LENGTH.includes(name) || name === "out";
    return !isKept && !conflicts.includes("resume") && isGiven(name) && values[name] !== undefined;
  });
  const words = options.flatMap(([name, { type }]) =>
    type === "boolean" ? [flagOf(name)] : [flagOf(name), String(values[name])],
  );
  return [...program, "train", task.name, ...words, "--out", values.out, "--resume"].map(quoted).join(" ");
}

/** The file keeps it; it is said anew only to train longer. */
const LENGTH: readonly string[] = ["epochs", "steps"];

/** A word as a shell takes it. */
const quoted = (word: string): string => (/^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
