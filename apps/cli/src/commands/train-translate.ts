import { Command, Option } from "@commander-js/extra-typings";
import {
  backendOption,
  bleuTokenizerOption,
  deviceOption,
  encodingOption,
  jsonOption,
  seedOption,
  threadsOption,
} from "../common-options.js";
import { float32, integer, number, path } from "../parse-options.js";
import type { CommandContext } from "../terminal.js";
import { OPTIMIZERS } from "../training/optimizer.js";
import { CELLS, SCHEDULES } from "../training/settings.js";
import { DEFAULT_FOLDER } from "../translation/load.js";
import { ATTENTIONS, DECODERS, ENCODERS, TIES } from "../translation/network.js";
import { EMOJI_LANGUAGES } from "../translation/tasks/emoji-names.js";
import { TASKS } from "../translation/tasks/task.js";
import { TOKENS } from "../translation/tokens.js";
import { trainTranslate } from "../translation/train-translate.js";
import { examples } from "./examples.js";

/** `throughtime train translate`: a recurrent translator, from pairs of sentences. */
export const trainTranslateCommand = (context: CommandContext) => {
  const share = number({ least: 0, most: 0.9 });
  const rate = number({ least: 0, most: 0.99 });
  const command = new Command("translate")
    .summary("train a translator on pairs of sentences")
    .description(
      "Trains a recurrent translator on pairs of sentences: text files, gzipped or not, with a pair on each line. The best model, which is kept, is the one with the lowest validation loss; BLEU is shown and decides nothing.",
    )
    .optionsGroup("Input and output:")
    .option("--source <file>", "a sentence on each line", path)
    .option("--target <file>", "its translation on the same line", path)
    .option("--data <file>", "instead: source, tab, target on each line", path)
    .addOption(new Option("--task <name>", "instead: pairs that need no file").choices(TASKS))
    .option("--from <language>", "of --task emoji-names (default: en)")
    .option("--to <language>", `of --task emoji-names: ${EMOJI_LANGUAGES.join(", ")}`)
    .option("--validation-source <file>", "pairs to measure on (default: a share of the others)", path)
    .option("--validation-target <file>", "their translations", path)
    .option("--validation-data <file>", "instead: source, tab, target on each line", path)
    .addOption(encodingOption())
    .option("--out <folder>", "where checkpoints go; new, empty, or of an earlier training", path, DEFAULT_FOLDER)
    .option("--resume", "go on with the training in --out, with its settings; longer, with --epochs or --steps")
    .option("--save-every <seconds>", "between two checkpoints", number({ least: 0 }), 60)
    .option("--score <n>", "validation sentences to translate after every validation", integer(0), 1000)
    .addOption(bleuTokenizerOption())
    .addOption(jsonOption())
    .optionsGroup("Words:")
    .addOption(
      new Option("--tokens <kind>", "what both sides are cut into; tagged: a word, then characters")
        .choices(TOKENS)
        .default("words" as const),
    )
    .addOption(new Option("--source-tokens <kind>", "of the source alone").choices(TOKENS))
    .addOption(new Option("--target-tokens <kind>", "of the target alone").choices(TOKENS))
    .addOption(
      new Option("--case <how>", "lower: upper case is lost").choices(["mixed", "lower"]).default("mixed" as const),
    )
    .option("--min-frequency <n>", "rarer tokens are unknown (default: 2 for words, else 1)", integer(1))
    .option("--max-vocabulary <n>", "tokens of a side, the most frequent (default: all)", integer(1))
    .option("--merges <n>", "of bpe, for each side", integer(0), 8000)
    .option("--max-length <n>", "pairs with more tokens on a side are left out", integer(1), 100)
    .optionsGroup("Model:")
    .addOption(new Option("--cell <name>", "the recurrent cell").choices(CELLS).default("gru" as const))
    .addOption(new Option("--encoder <how>", "it reads").choices(ENCODERS).default("bidirectional" as const))
    .addOption(new Option("--attention <score>", "none: plain").choices(ATTENTIONS).default("additive" as const))
    .addOption(
      new Option("--decoder <whose>", "bahdanau looks, then steps; luong steps, then looks")
        .choices(DECODERS)
        .default("bahdanau" as const),
    )
    .option("--hidden <n>", "numbers in a layer's state", integer(1), 256)
    .option("--layers <n>", "recurrent layers, of encoder and decoder", integer(1), 1)
    .option("--embedding <n>", "numbers for a word", integer(1), 256)
    .option("--readout <n>", "a layer between decoder and vocabulary (default: none)", integer(1))
    .addOption(
      new Option("--tied <what>", "output: the target's embeddings are the output matrix; all: and the source's")
        .choices(TIES)
        .default("none" as const),
    )
    .option("--dropout <rate>", "of embedded words and between layers", rate, 0)
    .option("--output-dropout <rate>", "of what the product with the vocabulary reads", rate, 0)
    .addOption(
      new Option("--dropout-masks <per>", "sequence: one for all words of a sentence")
        .choices(["step", "sequence"])
        .default("step" as const),
    )
    .option("--label-smoothing <x>", "probability spread over all words", rate, 0)
    .optionsGroup("Training:")
    .option("--batch <n>", "pairs in a batch at most", integer(1), 128)
    .option("--batch-tokens <n>", "words and padding in a batch at most, both sides (default: no limit)", integer(1))
    .addOption(new Option("--epochs <n>", "passes over the pairs (default: 10)").argParser(number({ above: 0 })))
    .addOption(new Option("--steps <n>", "updates, instead of --epochs").argParser(integer(0)).conflicts("epochs"))
    .addOption(new Option("--optimizer <name>", "what updates").choices(OPTIMIZERS).default("adam" as const))
    .option("--learning-rate <x>", "of the optimizer", float32({ above: 0 }), 1e-3)
    .addOption(new Option("--schedule <name>", "how the rate falls").choices(SCHEDULES).default("cosine" as const))
    .option("--warm-up <steps>", "steps in which the rate climbs first", integer(0), 0)
    .option("--weight-decay <x>", "of the optimizer; none for biases", float32({ least: 0 }), 0)
    .option("--clip <norm>", "the gradient's largest norm; 0 for no limit", float32({ least: 0 }), 1)
    .option("--validation <share>", "of the pairs, to measure on, where no files are named for it", share, 0.05)
    .option("--test <share>", "of the pairs, kept apart for eval", share, 0)
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
        ["throughtime train translate --data deu.tsv", "ten epochs, a share of it to measure on"],
        [
          "throughtime train translate --source train.de.gz --target train.en.gz --case lower",
          "two files, line by line",
        ],
        ["throughtime train translate --task emoji-names --to de", "names of emoji, from English to German"],
        ["throughtime train translate --data deu.tsv --resume", "go on after Ctrl-C"],
        ["throughtime train translate --data deu.tsv --json > run.jsonl", "a line for every step"],
      ]),
    );
  return command.action((options) => {
    return trainTranslate(options, (name) => command.getOptionValueSource(name) === "cli", context);
  });
};
