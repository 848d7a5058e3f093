import { type AnyTask, flagOf } from "@throughtime/task";
import { Command } from "commander";
import { OUTPUT, WHERE_TO_RUN } from "../common-options.js";
import type { CommandContext } from "../terminal.js";
import { type TrainValues, trainTask } from "../training/train-task.js";
import { commandOf, isTyped } from "./build.js";

/** `throughtime train`, with a command for each task. */
export const trainCommand = (tasks: readonly AnyTask[], context: CommandContext) => {
  const train = new Command("train").description("train a model");
  for (const task of tasks) train.addCommand(taskCommand(tasks, task, context));
  return train;
};

function taskCommand(tasks: readonly AnyTask[], task: AnyTask, context: CommandContext): Command {
  const { summary, description, options, examples } = task.train;
  const shared = { ...OUTPUT, ...WHERE_TO_RUN };
  const twice = Object.keys(options).find((name) => name in shared);
  if (twice !== undefined)
    throw new Error(`the task "${task.name}" has the option ${flagOf(twice)}, which every training has.`);
  const out = { ...OUTPUT.out, default: `out/${task.name}` };
  const command = commandOf({
    ...{ name: task.name, summary, description, examples },
    options: { ...options, ...OUTPUT, out, ...WHERE_TO_RUN },
  });
  return command.action(async (values: TrainValues) => {
    await trainTask(tasks, task, values, isTyped(command), context);
  });
}
