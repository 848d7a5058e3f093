import { CheckpointError } from "@throughtime/core";
import type { AnyTask, Use } from "@throughtime/task";
import type { Command } from "commander";
import { openModel } from "../tasks.js";
import type { CommandContext } from "../terminal.js";
import { type UseValues, useModel, useOptions } from "../use-model.js";
import { commandOf, isTyped } from "./build.js";

/** A command for each of a task's uses: `throughtime sample`, `throughtime translate`. */
export const useCommands = (tasks: readonly AnyTask[], task: AnyTask, context: CommandContext): Command[] =>
  task.uses.map((use) => useCommand(tasks, task, use, context));

function useCommand(tasks: readonly AnyTask[], task: AnyTask, use: Use, context: CommandContext): Command {
  const { name, summary, description, examples, inputs = [] } = use;
  const command = commandOf({ name, summary, description, examples, options: { ...use.options, ...useOptions() } });
  const model = `out/${task.name}`;
  const place = "a model file, or a folder with one";
  // What has inputs after the model must name the model.
  if (inputs.length === 0) command.argument("[model]", place, model);
  else command.argument("<model>", place);
  for (const { name: word, description: what, required = false, many = false } of inputs) {
    const dots = many ? "..." : "";
    command.argument(required ? `<${word}${dots}>` : `[${word}${dots}]`, what);
  }
  return command.action(async (given: string, ...rest: unknown[]) => {
    const values = command.opts<UseValues>();
    const { task: found, saved } = await openModel(tasks, given, task.name);
    if (found !== task) {
      const own = found.uses.map((other) => `throughtime ${other.name} ${given}`).join(", ");
      throw new CheckpointError(`${saved.path}: it is a ${found.noun}; ${name} is for a ${task.noun}. Try: ${own}.`);
    }
    const said = rest
      .slice(0, inputs.length)
      .flat()
      .filter((input) => input !== undefined) as string[];
    await useModel(use, saved, values, said, isTyped(command), context);
  });
}
