import { Command } from "@commander-js/extra-typings";
import { backendOption, deviceOption, encodingOption, jsonOption, threadsOption } from "../common-options.js";
import { integer, number, path } from "../parse-options.js";
import type { CommandContext } from "../terminal.js";
import { DEFAULT_FOLDER } from "../translation/load.js";
import { translateStream } from "../translation/translate-stream.js";
import { examples } from "./examples.js";

/** `throughtime translate`: lines in, lines out. */
export const translateCommand = (context: CommandContext) =>
  new Command("translate")
    .summary("translate lines of standard input")
    .description(
      "Translates each line of standard input to a line of standard output, in the same order; an empty line to an empty one. A word that the model does not know is replaced by the source's that it looked at.",
    )
    .argument("[checkpoint]", "a checkpoint, or a folder with one", path, DEFAULT_FOLDER)
    .option("--beam <n>", "hypotheses that are followed; 1: the likeliest word each time", integer(1), 5)
    .option("--n-best <n>", "translations of each line, as: number ||| text ||| score", integer(1), 1)
    .option("--length-penalty <alpha>", "of Wu et al. 2016; 0: none, which favours short ones", number({ least: 0 }), 1)
    .option(
      "--attention <folder>",
      "writes a picture of where the model looked: 000001.svg for the first line, …",
      path,
    )
    .option("--keep-unknown", "unknown words stay <unk>")
    .option("--longest <n>", "tokens of a line at most; a longer one is reported and left empty", integer(1), 1000)
    .addOption(encodingOption())
    .option("--batch <n>", "lines that are translated side by side", integer(1), 32)
    .addOption(backendOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples([
        ["throughtime translate < test.de > test.en", `with the model in ${DEFAULT_FOLDER}`],
        ["echo 'Ein Hund schläft.' | throughtime translate out/de-en --beam 10 --n-best 3", "three translations"],
        ["throughtime translate out/de-en --attention out/pictures < test.de", "and where it looked"],
      ]),
    )
    .action((given, options) => translateStream(given, options, context));
