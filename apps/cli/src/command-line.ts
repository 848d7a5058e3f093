import { Command, CommanderError } from "@commander-js/extra-typings";
import { doctorCommand } from "./commands/doctor.js";
import { evalCommand } from "./commands/eval.js";
import { exportCommand } from "./commands/export.js";
import { inspectCommand } from "./commands/inspect.js";
import { reportCommand } from "./commands/report.js";
import { sampleCommand } from "./commands/sample.js";
import { trainLmCommand } from "./commands/train-lm.js";
import { trainTranslateCommand } from "./commands/train-translate.js";
import { translateCommand } from "./commands/translate.js";
import { EXIT, failureOf } from "./failures.js";
import { type CommandContext, type Context, print, visible } from "./terminal.js";
import { VERSION } from "./version.js";

/**
 * Runs a command line, without the program's name: `run(["train", "lm"], context)`. Gives the exit code: 0, 1 for a
 * command that failed, 2 for one that was called wrongly. Never throws.
 */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { err } = context.terminal;
  let code: number = EXIT.ok;
  const commands: CommandContext = {
    ...context,
    end: (chosen) => {
      code = chosen;
    },
  };
  const program = new Command("throughtime")
    .description("Recurrent language models and translators: train, run, export to ONNX.")
    .version(VERSION)
    .option("--debug", "show the stack of an error")
    .addCommand(
      new Command("train")
        .description("train a model")
        .addCommand(trainLmCommand(commands))
        .addCommand(trainTranslateCommand(commands)),
    )
    .addCommand(evalCommand(commands))
    .addCommand(sampleCommand(commands))
    .addCommand(translateCommand(commands))
    .addCommand(exportCommand(commands))
    .addCommand(inspectCommand(commands))
    .addCommand(reportCommand(commands))
    .addCommand(doctorCommand(commands));
  configure(program, context);
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { text, exitCode } = failureOf(error, args.includes("--debug"));
    print(err, text);
    return exitCode;
  }
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
