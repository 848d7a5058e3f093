import { Command, Option } from "@commander-js/extra-typings";
import { OptionError } from "@throughtime/core";
import { charModel, evaluate } from "@throughtime/language-model";
import { openBackend } from "../backend.js";
import { BOOK_NAME } from "../book.js";
import { backendOption, dataOption, deviceOption, jsonOption, threadsOption } from "../common-options.js";
import { count } from "../format.js";
import { DEFAULT_FOLDER, loadModel } from "../lm/checkpoint-file.js";
import { lossText } from "../lm/texts.js";
import { splitText } from "../lm/training.js";
import { integer } from "../parse-options.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { loadText } from "../text-data.js";
import { examples } from "./examples.js";

const PARTS = ["train", "validation", "test", "all"] as const;

/** `throughtime eval`: how well a model predicts a text. */
export const evalCommand = ({ terminal: { out } }: CommandContext) =>
  new Command("eval")
    .summary("measure how well a model predicts a text")
    .description(
      "Measures how well a trained model predicts a text: nats and bits per character, perplexity. The text that it learned from is split as it was then.",
    )
    .argument("[checkpoint]", "a checkpoint, or a folder with one", DEFAULT_FOLDER)
    .addOption(dataOption())
    .addOption(
      new Option(
        "--part <name>",
        "of the text (default: test for the text that it learned from, all for another)",
      ).choices(PARTS),
    )
    .option("--batch <n>", "lanes of text, read side by side; each begins without context", integer(1), 8)
    .addOption(backendOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples([
        ["throughtime eval", `the model in ${DEFAULT_FOLDER}, on the part of its text that it never saw`],
        ["throughtime eval out/lm/last.safetensors --part validation", "another checkpoint, another part"],
        ["throughtime eval out/lm --data other.txt --json", "another text, for a program"],
      ]),
    )
    .action(async (path, options) => {
      const { checkpoint, description, vocabulary, ...saved } = await loadModel(path);
      if (options.data === undefined && description.data.name !== BOOK_NAME) {
        throw new OptionError(
          `${saved.path} learned ${description.data.name}. Say which text to measure it on: --data FILE.`,
        );
      }
      const data = await loadText(options.data);
      const part = options.part ?? (data.sha256 === description.data.sha256 ? "test" : "all");
      const tokens = vocabulary.encode(data.text);
      const chosen = part === "all" ? tokens : splitText(tokens, description.training)[part];
      const backend = await openBackend(options);
      try {
        const model = charModel(description.model);
        const batch = Math.max(1, Math.min(options.batch, Math.floor(chosen.length / 100)));
        const result = await evaluate(backend, model, checkpoint.params, chosen, { batch });
        if (options.json) {
          const { nats, bits, perplexity, tokens: characters } = result;
          printJson(out, {
            checkpoint: saved.path,
            step: checkpoint.step,
            data: data.name,
            part,
            characters,
            nats,
            bits,
            perplexity,
          });
        } else {
          const what = part === "all" ? "all" : `the ${part} part`;
          print(
            out,
            `${saved.path}, step ${count(checkpoint.step)}, on ${what} of ${data.name}: ${lossText(result.nats)} over ${count(result.tokens)} characters`,
          );
        }
      } finally {
        await backend.close();
      }
    });
