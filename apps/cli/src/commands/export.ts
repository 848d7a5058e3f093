import { type AnyTask, type Options, options } from "@throughtime/task";
import type { Command } from "commander";
import { openBackend } from "../backend.js";
import { JSON_OUTPUT, WHERE_TO_RUN, type WhereToRun } from "../common-options.js";
import { exportTo } from "../export-to.js";
import { bytes, count } from "../format.js";
import { openModel } from "../tasks.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { commandOf } from "./build.js";

const OUT = options({
  out: {
    ...{ type: "string", format: "folder", default: "out/onnx" },
    description: "where the files go; new, empty, or of an earlier export",
  },
});

type ExportValues = WhereToRun & { readonly out: string; readonly json?: boolean };

/** `throughtime export`: a model as ONNX. */
export const exportCommand = (tasks: readonly AnyTask[], { terminal: { out } }: CommandContext): Command => {
  const [first] = tasks as readonly [AnyTask];
  const all: Options = { ...OUT, ...WHERE_TO_RUN, ...JSON_OUTPUT };
  return commandOf({
    ...{ name: "export", summary: "write a model as ONNX", options: all },
    description: [
      "Writes a trained model as ONNX.",
      ...tasks.flatMap((task) => (task.export ? [`Of a ${task.noun}: ${task.export.description}`] : [])),
      "The files are run and compared with the model before they are written.",
    ].join(" "),
    examples: [
      ["throughtime export", `the best model in out/${first.name}, to out/onnx`],
      ["throughtime export out/lm/last.safetensors --out out/poems-onnx", "another model, another folder"],
      ["throughtime inspect out/onnx/step.onnx", "what was written"],
    ],
  })
    .argument("[model]", "a model file, or a folder with one", `out/${first.name}`)
    .action(async (given: string, values: ExportValues) => {
      const { task, saved } = await openModel(tasks, given);
      const backend = await openBackend(values);
      try {
        const { files, values: compared, largest, tolerance } = await exportTo(values.out, { task, saved }, backend);
        const facts = { checkpoint: saved.path, folder: values.out, files, values: compared, largest, tolerance };
        if (values.json) return printJson(out, facts);
        const names = files.map((file) => `${file.name} (${bytes(file.bytes)})`).join(", ");
        print(
          out,
          `${names} are in ${values.out}. Run on ONNX Runtime, they agree with ${backend.device}: ${count(compared)} values, the largest difference ${largest.toExponential(1)} (at most ${tolerance} is allowed).`,
        );
      } finally {
        await backend.close();
      }
    });
};
