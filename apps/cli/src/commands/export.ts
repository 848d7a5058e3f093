import { Command } from "@commander-js/extra-typings";
import { openBackend } from "../backend.js";
import { loadCheckpoint } from "../checkpoint-file.js";
import { backendOption, deviceOption, jsonOption, threadsOption } from "../common-options.js";
import { exportModel } from "../export/export-model.js";
import { bytes, count } from "../format.js";
import { DEFAULT_FOLDER, languageModelOf } from "../lm/load.js";
import { path } from "../parse-options.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { exportTranslator } from "../translation/export-translator.js";
import { isTranslator, translatorOf } from "../translation/load.js";
import { examples } from "./examples.js";

/** `throughtime export`: a model as ONNX. */
export const exportCommand = ({ terminal: { out } }: CommandContext) =>
  new Command("export")
    .summary("write a model as ONNX")
    .description(
      "Writes a trained model as ONNX. Of a language model: sequence.onnx reads a batch of whole texts, step.onnx one token at a time, with the state in and out. Of a translator: encoder.onnx reads sentences, step.onnx says one word. Both are run and compared with the model before they are written.",
    )
    .argument("[checkpoint]", "a checkpoint, or a folder with one", path, DEFAULT_FOLDER)
    .option("--out <folder>", "where the models go; new, empty, or of an earlier export", path, "out/onnx")
    .addOption(backendOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples([
        ["throughtime export", `the best model in ${DEFAULT_FOLDER}, to out/onnx`],
        ["throughtime export out/lm/last.safetensors --out out/poems-onnx", "another checkpoint, another folder"],
        ["throughtime export out/translate --out out/translate-onnx", "a translator"],
        ["throughtime inspect out/onnx/step.onnx", "what was written"],
      ]),
    )
    .action(async (given, options) => {
      const saved = await loadCheckpoint(given);
      const write = isTranslator(saved)
        ? exportTranslator.bind(undefined, translatorOf(saved))
        : exportModel.bind(undefined, languageModelOf(saved));
      const backend = await openBackend(options);
      try {
        const { files, values, largest, tolerance } = await write(backend, options.out);
        if (options.json)
          printJson(out, { checkpoint: saved.path, folder: options.out, files, values, largest, tolerance });
        else {
          const names = files.map((file) => `${file.name} (${bytes(file.bytes)})`).join(", ");
          print(
            out,
            `${names} are in ${options.out}. Run on ONNX Runtime, they agree with ${backend.device}: ${count(values)} values, the largest difference ${largest.toExponential(1)} (at most ${tolerance} is allowed).`,
          );
        }
      } finally {
        await backend.close();
      }
    });
