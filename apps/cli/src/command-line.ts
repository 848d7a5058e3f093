import { OptionError } from "@throughtime/core";
import type { AnyTask } from "@throughtime/task";
import { Command, CommanderError } from "commander";
import { doctorCommand } from "./commands/doctor.js";
import { evalCommand } from "./commands/eval.js";
import { exportCommand } from "./commands/export.js";
import { inspectCommand } from "./commands/inspect.js";
import { packCommand } from "./commands/pack.js";
import { reportCommand } from "./commands/report.js";
import { schemaCommand } from "./commands/schema.js";
import { trainCommand } from "./commands/train.js";
import { useCommands } from "./commands/use.js";
import { EXIT, failureOf } from "./failures.js";
import { tasksOf } from "./tasks.js";
import { type CommandContext, type Context, print, visible } from "./terminal.js";
import { VERSION } from "./version.js";

/**
 * Runs a command line, without the program's name: `run(["train", "lm"], context)`. Gives the exit code: 0, 1 for a
 * command that failed, 2 for one that was called wrongly. Never throws.
 */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { err } = context.terminal;
  let code: number = EXIT.ok;
  const packages = taskPackages(args);
  const commands: CommandContext = {
    ...context,
    program: ["throughtime", ...packages.flatMap((name) => ["--task-package", name])],
    end: (chosen) => {
      code = chosen;
    },
  };
  try {
    const program = programOf(await tasksOf(packages), commands);
    configure(program, context);
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { text, exitCode } = failureOf(error, args.includes("--debug"));
    print(err, text);
    return exitCode;
  }
}

/** All commands: those of each task, and those that every task has. */
function programOf(tasks: readonly AnyTask[], context: CommandContext): Command {
  const program = new Command("throughtime")
    .description("Recurrent sequence models: train, use, export to ONNX.")
    .version(VERSION)
    .option("--task-package <name>", "adds the tasks of a package or a module; may be given several times", PACKAGE)
    .option("--debug", "show the stack of an error");
  const commands = [
    trainCommand(tasks, context),
    evalCommand(tasks, context),
    ...tasks.flatMap((task) => useCommands(tasks, task, context)),
    exportCommand(tasks, context),
    packCommand(tasks, context),
    reportCommand(context),
    schemaCommand(tasks, context),
    inspectCommand(context),
    doctorCommand(context),
  ] as readonly Command[];
  const names = commands.map((command) => command.name());
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new OptionError(`--task-package: there is a command "${twice}" already. A task's uses have other names.`);
  }
  for (const command of commands) program.addCommand(command);
  return program;
}

const PACKAGE = (name: string, before: readonly string[] = []): readonly string[] => [...before, name];

/** What --task-package names: known before there are commands to parse. */
function taskPackages(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).flatMap((word, i) => {
    if (word === "--task-package") return args[i + 1] === undefined ? [] : [args[i + 1] as string];
    return word.startsWith("--task-package=") ? [word.slice("--task-package=".length)] : [];
  });
}

/** Every command writes where the context says, and throws where it would end the process. */
function configure(command: { commands: readonly unknown[] }, context: Context): void {
  const { out, err } = context.terminal;
  const own = command as unknown as Command;
  own.showHelpAfterError(`What it takes: ${pathOf(own)} --help`);
  own.configureHelp({ minWidthToWrap: 20 });
  own.exitOverride().configureOutput({
    getOutHelpWidth: () => out.screen?.columns ?? 80,
    getErrHelpWidth: () => err.screen?.columns ?? 80,
    writeOut: (text) => void out.write(text),
    writeErr: (text) => void err.write(text),
    // It quotes what was typed, however long that was.
    outputError: (text, write) => write(`${visible(shortened(text.replace(/^error: /, "throughtime: ").trimEnd()))}\n`),
  });
  for (const child of own.commands) configure(child, context);
}

/** "throughtime train lm" */
function pathOf(command: Command): string {
  const names = [command.name()];
  for (let above = command.parent; above; above = above.parent) names.unshift(above.name());
  return names.join(" ");
}

/** A message with its middle cut out where it is long: what was wrong stands first, and how to do it right last. */
const shortened = (text: string): string =>
  text.length <= 1000 ? text : `${text.slice(0, 400)} … ${text.slice(-400)}`;
