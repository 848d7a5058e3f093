import type { AnyTask } from "@throughtime/task";
import type { Command } from "commander";
import { openModel } from "../tasks.js";
import type { CommandContext } from "../terminal.js";
import { type UseValues, useModel, useOptions } from "../use-model.js";
import { commandOf, isTyped } from "./build.js";
import { measuringOptions, measuringValues } from "./measuring.js";

/** `throughtime eval`: how good a model is, of whatever task. */
export const evalCommand = (tasks: readonly AnyTask[], context: CommandContext): Command => {
  const [first] = tasks as readonly [AnyTask];
  const options = measuringOptions(tasks);
  const command = commandOf({
    ...{ name: "eval", summary: "measure how good a model is" },
    description: tasks.map((task) => task.evaluate.description).join(" "),
    options: { ...options, ...useOptions() },
    examples: tasks.flatMap((task) => task.evaluate.examples),
  }).argument("[model]", "a model file, or a folder with one", `out/${first.name}`);
  return command.action(async (given: string, values: UseValues) => {
    const { task, saved } = await openModel(tasks, given);
    const isGiven = isTyped(command);
    const own = measuringValues("eval", task, saved.path, options, values, isGiven);
    await useModel(task.evaluate, saved, { ...values, ...own }, [], isGiven, context);
  });
};
