import type { AnyTask } from "@throughtime/task";
import { Command } from "commander";
import { OUTPUT, WHERE_TO_RUN } from "../common-options.js";
import type { CommandContext } from "../terminal.js";
import { type TrainValues, trainTask } from "../training/train-task.js";
import { commandOf, isTyped } from "./build.js";

/** `throughtime train`, with a command for each task. */
export const trainCommand = (tasks: readonly AnyTask[], context: CommandContext) => {
  const train = new Command("train").summary("train a model").description("Trains a model. Each task has a command.");
  for (const task of tasks) train.addCommand(taskCommand(tasks, task, context));
  return train;
};

function taskCommand(tasks: readonly AnyTask[], task: AnyTask, context: CommandContext): Command {
  const { summary, description, options, examples } = task.train;
  const out = { ...OUTPUT.out, default: `out/${task.name}` };
  const command = commandOf({
    ...{ name: task.name, summary, description, examples },
    options: { ...options, ...OUTPUT, out, ...WHERE_TO_RUN },
  });
  return command.action(async (values: TrainValues) => {
    await trainTask(tasks, task, values, isTyped(command), context);
  });
}
