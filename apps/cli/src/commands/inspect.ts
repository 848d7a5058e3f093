import { Command } from "@commander-js/extra-typings";
import { jsonOption } from "../common-options.js";
import { inspectFile } from "../inspect/inspect-file.js";
import { reportOf } from "../inspect/report.js";
import { path } from "../parse-options.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { examples } from "./examples.js";

/** `throughtime inspect`: what stands in a file. */
export const inspectCommand = ({ terminal: { out } }: CommandContext) =>
  new Command("inspect")
    .summary("show what stands in a checkpoint or an ONNX file")
    .description(
      "Shows what stands in a checkpoint, in any safetensors file, or in an ONNX model. Reads headers, no tensors, so the file may be of any size.",
    )
    .argument("<file>", "a .safetensors or .onnx file, or a folder with a checkpoint", path)
    .option("--verify", "read all of a checkpoint and check its SHA-256; otherwise only headers are read")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples([
        ["throughtime inspect out/lm", "the best checkpoint in a folder"],
        ["throughtime inspect out/onnx/step.onnx", "a model's inputs, outputs and operators"],
        ["throughtime inspect weights.safetensors --json", "for a program"],
      ]),
    )
    .action(async (given, options) => {
      const found = await inspectFile(given, options);
      if (options.json) printJson(out, found);
      else print(out, reportOf(found));
    });
