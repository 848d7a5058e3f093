import { Command, Option } from "@commander-js/extra-typings";
import { DataError, key } from "@throughtime/core";
import { sampler } from "@throughtime/decode";
import { charModel } from "@throughtime/language-model";
import { openBackend } from "../backend.js";
import { backendOption, deviceOption, jsonOption, seedOption, threadsOption } from "../common-options.js";
import { writeText } from "../lm/generator.js";
import { DEFAULT_FOLDER, loadModel } from "../lm/load.js";
import { integer, number } from "../parse-options.js";
import { type CommandContext, printJson } from "../terminal.js";
import { examples } from "./examples.js";

/** `throughtime sample`: lets a model write. */
export const sampleCommand = ({ terminal: { out }, signal }: CommandContext) =>
  new Command("sample")
    .summary("let a model write")
    .description("Lets a trained model write text, character by character. The same seed gives the same text.")
    .argument("[checkpoint]", "a checkpoint, or a folder with one", DEFAULT_FOLDER)
    .option("--prime <text>", "what the model reads before it writes (default: an empty line)")
    .option("--length <n>", "characters to write", integer(0), 500)
    .addOption(
      new Option("--temperature <x>", "below 1 safer, above 1 more daring (default: 1)").argParser(
        number({ least: 0 }),
      ),
    )
    .option("--top-k <n>", "draw among the n likeliest characters only", integer(1))
    .option("--top-p <p>", "draw among the likeliest that hold this probability only", number({ above: 0, most: 1 }))
    .addOption(new Option("--greedy", "always the likeliest character").conflicts(["temperature", "topK", "topP"]))
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
        ["throughtime sample out/poems --top-p 0.9 --seed 7 --json", "for a program"],
      ]),
    )
    .action(async (path, options) => {
      const { checkpoint, description, vocabulary, ...saved } = await loadModel(path);
      const { temperature, topK, topP, greedy, seed, length } = options;
      const choose = sampler({ temperature, topK, topP, greedy });
      const prime = options.prime ?? (vocabulary.symbols.includes("\n") ? "\n" : (vocabulary.symbols[0] as string));
      if (prime === "") throw new DataError("--prime is empty: the model must read at least one character.");
      const backend = await openBackend(options);
      try {
        const how = { prime, length, sampler: choose, key: key(seed) };
        const shown = options.prime ?? "";
        // Before anything is written: a prime may hold what the model cannot read.
        vocabulary.encode(prime);
        if (!options.json) out.write(shown);
        let text = "";
        for await (const character of writeText(
          backend,
          charModel(description.model),
          checkpoint.params,
          vocabulary,
          how,
        )) {
          text += character;
          if (!options.json) out.write(character);
          if (signal.aborted) break;
        }
        if (options.json) printJson(out, { checkpoint: saved.path, step: checkpoint.step, seed, prime: shown, text });
        else if (!text.endsWith("\n")) out.write("\n");
      } finally {
        await backend.close();
      }
    });
