import { Option } from "@commander-js/extra-typings";
import { type OptionValues, options } from "@throughtime/task";
import { BACKENDS, DEVICES } from "./backend.js";

/** Options that commands of every task have. */

const [INPUT_OUTPUT, WHERE] = ["Input and output:", "Where to run:"];

/** Where a model runs. */
export const WHERE_TO_RUN = options({
  backend: {
    ...{ type: "string", enum: BACKENDS, group: WHERE, free: true },
    description:
      "ort: ONNX Runtime; cpu: WebAssembly, needs nothing; reference: plain JavaScript, slow; auto (default): ort where it is installed, else cpu",
  },
  device: {
    ...{ type: "string", enum: DEVICES, group: WHERE, free: true },
    description: "where ort runs (default: cpu)",
  },
  threads: {
    ...{ type: "integer", minimum: 1, maximum: 1024, group: WHERE, free: true },
    description: "threads on the CPU (default: all for ort, 1 for cpu)",
  },
});

export const JSON_OUTPUT = options({
  json: { type: "boolean", description: "write JSON to stdout, for programs", group: INPUT_OUTPUT, free: true },
});

/** What every training command has beside its task's options. */
export const OUTPUT = options({
  out: {
    ...{ type: "string", format: "folder", group: INPUT_OUTPUT, free: true },
    description: "where the model, its history and its report go; new, empty, or of an earlier training",
  },
  resume: {
    ...{ type: "boolean", group: INPUT_OUTPUT, free: true },
    description: "continue the training in --out with its settings; --epochs or --steps train it longer",
  },
  saveEvery: {
    ...{ type: "number", minimum: 0, default: 30, placeholder: "seconds", group: INPUT_OUTPUT, free: true },
    description: "seconds between two checkpoints",
  },
  ...JSON_OUTPUT,
  recipe: {
    ...{ type: "string", format: "path", group: INPUT_OUTPUT, free: true },
    description: "a JSON file of options, - for standard input; options on the command line override it",
  },
  printRecipe: {
    ...{ type: "boolean", group: INPUT_OUTPUT, free: true },
    description: "print the recipe of this command, and exit",
  },
  dryRun: {
    ...{ type: "boolean", group: INPUT_OUTPUT, free: true, conflicts: ["resume", "findRate"] },
    description: "show layers, parameter counts, memory and time of a step, and exit",
  },
  findRate: {
    ...{ type: "boolean", group: INPUT_OUTPUT, free: true, conflicts: ["resume", "dryRun"] },
    description: "learning-rate range test: try rising learning rates, show the loss of each, and exit",
  },
});

/** What `pack` has beside the options of eval. */
export const PACK = options({
  out: { type: "string", format: "path", default: "model.safetensors", description: "the file to write; a new one" },
  dtype: {
    type: "string",
    enum: ["f32", "f16"],
    default: "f32",
    description: "f16: rounded to half precision, half the size",
  },
});

export type WhereToRun = OptionValues<typeof WHERE_TO_RUN>;
export type OutputValues = OptionValues<typeof OUTPUT>;

/** `--json` of the commands that are about no task. */
export const jsonOption = () => new Option("--json", JSON_OUTPUT.json.description);
