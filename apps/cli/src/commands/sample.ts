import { Command, Option } from "@commander-js/extra-typings";
import { key } from "@throughtime/core";
import { sampler } from "@throughtime/decode";
import { charModel } from "@throughtime/language-model";
import { openBackend } from "../backend.js";
import {
  backendOption,
  deviceOption,
  encodingOption,
  jsonOption,
  seedOption,
  threadsOption,
} from "../common-options.js";
import { writeText } from "../lm/generator.js";
import { DEFAULT_FOLDER, loadModel } from "../lm/load.js";
import { primeOf } from "../lm/prime.js";
import { integer, number, path } from "../parse-options.js";
import { type CommandContext, printJson } from "../terminal.js";
import { examples } from "./examples.js";

/** `throughtime sample`: lets a model write. */
export const sampleCommand = (context: CommandContext) =>
  new Command("sample")
    .summary("let a model write")
    .description(
      "Lets a trained model write text, token by token: characters, words or pieces of words. The same seed gives the same text.",
    )
    .argument("[checkpoint]", "a checkpoint, or a folder with one", path, DEFAULT_FOLDER)
    .option("--prime <text>", "what the model reads before it writes (default: an empty line)")
    .addOption(
      new Option("--prime-file <file>", "a text to read instead, of any length; - for standard input")
        .argParser(path)
        .conflicts("prime"),
    )
    .addOption(encodingOption())
    .option("--length <n>", "tokens to write: characters, words or pieces", integer(0), 500)
    .addOption(
      new Option("--temperature <x>", "below 1 safer, above 1 more daring (default: 1)").argParser(
        number({ least: 0 }),
      ),
    )
    .option("--top-k <n>", "draw among the n likeliest tokens only", integer(1))
    .option("--top-p <p>", "draw among the likeliest that hold this probability only", number({ above: 0, most: 1 }))
    .addOption(new Option("--greedy", "always the likeliest token").conflicts(["temperature", "topK", "topP"]))
    .addOption(seedOption().default(1))
    .addOption(backendOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples([
        ["throughtime sample", `the model in ${DEFAULT_FOLDER}`],
        ['throughtime sample --prime "Call me" --temperature 0.7 --length 1000', "a beginning of yours"],
        ["tail -c 100000 book.txt | throughtime sample --prime-file -", "a long one"],
        ["throughtime sample out/poems --top-p 0.9 --seed 7 --json", "for a program"],
      ]),
    )
    .action(async (given, options) => {
      const { terminal, signal } = context;
      const { checkpoint, description, tokens, ...saved } = await loadModel(given);
      const { temperature, topK, topP, greedy, seed, length } = options;
      const choose = sampler({ temperature, topK, topP, greedy });
      // Before a backend is opened and anything is written: a prime may hold what the model cannot read.
      const prime = await primeOf(options, tokens, terminal.in);
      const { out } = terminal;
      const backend = await openBackend(options);
      try {
        const how = { prime: prime.ids, length, sampler: choose, key: key(seed) };
        if (!options.json) out.write(prime.text);
        let text = "";
        context.stopsItself?.();
        for await (const part of writeText(backend, charModel(description.model), checkpoint.params, tokens, how)) {
          text += part;
          if (!options.json) out.write(part);
          if (signal.aborted) break;
        }
        if (options.json)
          printJson(out, { checkpoint: saved.path, step: checkpoint.step, seed, prime: prime.text, text });
        else if (!text.endsWith("\n")) out.write("\n");
      } finally {
        await backend.close();
      }
    });
