import { Command, Option } from "@commander-js/extra-typings";
import {
  backendOption,
  dataOption,
  deviceOption,
  encodingOption,
  jsonOption,
  seedOption,
  threadsOption,
} from "../common-options.js";
import { DEFAULT_FOLDER } from "../lm/load.js";
import { LM_TOKENS } from "../lm/tokens/tokens.js";
import { trainLm } from "../lm/train-lm.js";
import { character, float32, integer, number, path } from "../parse-options.js";
import type { CommandContext } from "../terminal.js";
import { OPTIMIZERS } from "../training/optimizer.js";
import { CELLS, SCHEDULES } from "../training/settings.js";
import { examples } from "./examples.js";

/** `throughtime train lm`: a recurrent language model. */
export const trainLmCommand = (context: CommandContext) => {
  const command = new Command("lm")
    .summary("train a language model on a text")
    .description(
      "Trains a recurrent language model on a text: its characters, words, or pieces of words. The best model, which is kept, is the one with the lowest validation loss.",
    )
    .optionsGroup("Input and output:")
    .addOption(dataOption())
    .addOption(encodingOption())
    .addOption(
      new Option("--from <checkpoint>", "begin with a trained model, and learn another text")
        .argParser(path)
        .conflicts("resume"),
    )
    .option("--out <folder>", "where checkpoints go; new, empty, or of an earlier training", path, DEFAULT_FOLDER)
    .option("--resume", "go on with the training in --out, with its settings; longer, with --epochs or --steps")
    .option("--save-every <seconds>", "between two checkpoints", number({ least: 0 }), 30)
    .option("--sample <n>", "tokens to write after every validation", integer(0), 160)
    .addOption(jsonOption())
    .optionsGroup("Tokens:")
    .addOption(
      new Option("--tokens <kind>", "what the text is cut into").choices(LM_TOKENS).default("characters" as const),
    )
    .option(
      "--unknown <character>",
      "stands for characters that the model does not know (default: these are errors)",
      character,
    )
    .addOption(
      new Option("--case <how>", "of words and bpe; lower: upper case is lost")
        .choices(["mixed", "lower"])
        .default("mixed" as const),
    )
    .option("--min-frequency <n>", "rarer tokens are unknown (default: 2 for words, else 1)", integer(1))
    .option("--max-vocabulary <n>", "tokens, the most frequent (default: all)", integer(1))
    .option("--merges <n>", "of bpe", integer(0), 8000)
    .optionsGroup("Model:")
    .addOption(new Option("--cell <name>", "the recurrent cell").choices(CELLS).default("gru" as const))
    .option("--hidden <n>", "numbers in a layer's state", integer(1), 256)
    .option("--layers <n>", "recurrent layers", integer(1), 1)
    .option("--embedding <n>", "numbers per token (default: as --hidden)", integer(1))
    .option("--dropout <rate>", "share of inputs to layers that drops out", number({ least: 0, most: 0.99 }), 0)
    .optionsGroup("Training:")
    .option("--batch <n>", "lanes of text, read side by side", integer(1), 32)
    .option("--time <n>", "tokens of a lane in one step", integer(1), 64)
    .addOption(new Option("--epochs <n>", "passes over the text (default: 4)").argParser(number({ above: 0 })))
    .addOption(new Option("--steps <n>", "updates, instead of --epochs").argParser(integer(0)).conflicts("epochs"))
    .addOption(new Option("--optimizer <name>", "what updates").choices(OPTIMIZERS).default("adamw" as const))
    .option("--learning-rate <x>", "of the optimizer", float32({ above: 0 }), 2e-3)
    .addOption(new Option("--schedule <name>", "how the rate falls").choices(SCHEDULES).default("cosine" as const))
    .option("--warm-up <steps>", "steps in which the rate climbs first", integer(0), 0)
    .addOption(
      new Option("--weight-decay <x>", "of the optimizer; none for biases (default: 0.01 for adamw, else 0)").argParser(
        float32({ least: 0 }),
      ),
    )
    .option("--clip <norm>", "the gradient's largest norm; 0 for no limit", float32({ least: 0 }), 1)
    .option("--validation <share>", "of the text, to measure on", number({ least: 0, most: 0.9 }), 0.05)
    .option("--test <share>", "of the text, kept apart for eval", number({ least: 0, most: 0.9 }), 0.05)
    .option("--validate-every <steps>", "between two measurements (default: an epoch)", integer(1))
    .option("--patience <n>", "validations without a new lowest loss until it stops; 0: never", integer(0), 0)
    .addOption(seedOption().default(1))
    .optionsGroup("Where to run:")
    .addOption(backendOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addHelpText(
      "after",
      examples([
        ["throughtime train lm", "Moby Dick, GRU 256, four epochs"],
        ["throughtime train lm --data poems.txt --cell lstm --out out/poems", "a text of yours"],
        ["throughtime train lm --data poems.txt --out out/poems --resume", "go on after Ctrl-C"],
        ["throughtime train lm --data poems.txt --out out/poems --resume --epochs 20", "and on, beyond the end"],
        ["throughtime train lm --data mine.txt --from out/poems --out out/mine", "learn another text"],
        ["throughtime train lm --data poems.txt --tokens bpe --merges 2000", "pieces of words"],
        ["throughtime train lm --json > run.jsonl", "a line for every step"],
      ]),
    );
  return command.action((options) => {
    return trainLm(options, (name) => command.getOptionValueSource(name) === "cli", context);
  });
};
