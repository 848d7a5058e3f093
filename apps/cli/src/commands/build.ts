import type { Example, Options } from "@throughtime/task";
import { Command } from "commander";
import { commandOptions } from "../options.js";
import { examples } from "./examples.js";

/** What a command that is made from data has. */
export interface CommandData {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly options: Options;
  readonly examples: readonly Example[];
}

/** A command with its options and examples. */
export function commandOf({ name, summary, description, options, examples: lines }: CommandData): Command {
  const command = new Command(name).summary(summary).description(description);
  for (const option of commandOptions(options)) command.addOption(option);
  return command.addHelpText("after", examples(lines));
}

/** Whether an option stands on the command line. */
export const isTyped =
  (command: Command) =>
  (name: string): boolean =>
    command.getOptionValueSource(name) === "cli";
