import { Command, Option } from "@commander-js/extra-typings";
import { OptionError } from "@throughtime/core";
import { openBackend } from "../backend.js";
import { loadCheckpoint } from "../checkpoint-file.js";
import {
  backendOption,
  bleuTokenizerOption,
  dataOption,
  deviceOption,
  encodingOption,
  jsonOption,
  threadsOption,
} from "../common-options.js";
import { evaluateLm } from "../lm/evaluate.js";
import { DEFAULT_FOLDER, languageModelOf } from "../lm/load.js";
import { integer, path } from "../parse-options.js";
import type { CommandContext } from "../terminal.js";
import { flagOf } from "../training/resume.js";
import { evaluateTranslator } from "../translation/evaluate.js";
import { isTranslator, translatorOf } from "../translation/load.js";
import { examples } from "./examples.js";

const PARTS = ["train", "validation", "test", "all"] as const;

/** What one kind of model reads and the other does not. */
const OF_TRANSLATORS = ["source", "target", "beam", "bleuTokenizer", "examples"] as const;
const OF_TEXTS = ["batch"] as const;

/** `throughtime eval`: how well a model predicts a text, or translates. */
export const evalCommand = (context: CommandContext) => {
  const command = new Command("eval")
    .summary("measure how well a model predicts a text, or translates")
    .description(
      "Measures how well a trained model predicts a text: nats and bits per character, perplexity, whatever its tokens; or how well it translates: BLEU, chrF, exact matches. The text that it learned from is split as it was then.",
    )
    .argument("[checkpoint]", "a checkpoint, or a folder with one", path, DEFAULT_FOLDER)
    .addOption(dataOption())
    .option("--source <file>", "for a translator: sentences, instead of --data with a tab between the sides", path)
    .option("--target <file>", "for a translator: their translations", path)
    .addOption(encodingOption())
    .addOption(
      new Option(
        "--part <name>",
        "of the text that it learned from (default: test); another text is measured as a whole",
      ).choices(PARTS),
    )
    .option(
      "--batch <n>",
      "of a language model: lanes of text, read side by side; each begins without context",
      integer(1),
      8,
    )
    .option("--beam <n>", "of a translator", integer(1), 5)
    .addOption(bleuTokenizerOption())
    .option("--examples <n>", "of a translator: the first ones, as they are", integer(0), 0)
    .addOption(backendOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples([
        ["throughtime eval", `the model in ${DEFAULT_FOLDER}, on the part of its text that it never saw`],
        ["throughtime eval out/lm/last.safetensors --part validation", "another checkpoint, another part"],
        ["throughtime eval out/translate --source test.de --target test.en", "a translator"],
        ["throughtime eval out/lm --data other.txt --json", "another text, for a program"],
      ]),
    );
  return command.action(async (given, options) => {
    const saved = await loadCheckpoint(given);
    const evaluate = isTranslator(saved)
      ? evaluateTranslator.bind(undefined, translatorOf(saved))
      : evaluateLm.bind(undefined, languageModelOf(saved));
    const [kind, foreign] = isTranslator(saved)
      ? (["translator", OF_TEXTS] as const)
      : (["language model", OF_TRANSLATORS] as const);
    for (const name of foreign) {
      if (command.getOptionValueSource(name) !== "cli") continue;
      throw new OptionError(`${flagOf(name)} does nothing here: ${saved.path} is a ${kind}. Leave it out.`);
    }
    const backend = await openBackend(options);
    try {
      await evaluate(options, backend, context);
    } finally {
      await backend.close();
    }
  });
};
