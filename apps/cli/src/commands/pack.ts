import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Backend } from "@throughtime/core";
import {
  type AnyTask,
  type Options,
  type OptionValues,
  openFile,
  options,
  packModel,
  type SavedModel,
  valuesOf,
} from "@throughtime/task";
import { writeAtomically } from "@throughtime/train/node";
import type { Command } from "commander";
import { openBackend } from "../backend.js";
import { checkpointPath } from "../checkpoint-file.js";
import { JSON_OUTPUT, WHERE_TO_RUN, type WhereToRun } from "../common-options.js";
import { nodeFiles } from "../files.js";
import { bytes } from "../format.js";
import { readBytes, requireFreeFile } from "../read-file.js";
import { openModel } from "../tasks.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { RECIPE } from "../training/train-task.js";
import { commandOf, isTyped } from "./build.js";

const PACK = options({
  out: { type: "string", format: "path", default: "model.safetensors", description: "the file to write; a new one" },
  dtype: {
    type: "string",
    enum: ["f32", "f16"],
    default: "f32",
    description: "f16: numbers are rounded, and take half of the place",
  },
});

type PackValues = WhereToRun & OptionValues<typeof PACK> & OptionValues<typeof JSON_OUTPUT>;

/** `throughtime pack`: a model as one small file. */
export const packCommand = (tasks: readonly AnyTask[], context: CommandContext): Command => {
  const [first] = tasks as readonly [AnyTask];
  const measuring: Options = Object.assign({}, ...tasks.map((task) => task.evaluate.options).reverse());
  const command = commandOf({
    ...{ name: "pack", summary: "write a model as one small file" },
    description:
      "Writes a trained model as one file, without the state of its training: a third of a checkpoint of Adam, with f16 a sixth. Every command takes it, and programs and pages open it. What f16 costs is measured as eval does, on the data that the model learned from or on those that are named.",
    options: { ...PACK, ...measuring, ...WHERE_TO_RUN, ...JSON_OUTPUT },
    examples: [
      ["throughtime pack out/lm --out moby.safetensors", "the best model of a training"],
      ["throughtime pack out/translate --dtype f16 --data test.tsv", "half as large, and what that costs"],
    ],
  }).argument("[model]", "a model file, or a folder with one", `out/${first.name}`);
  return command.action(async (given: string, values: PackValues & Readonly<Record<string, unknown>>) => {
    await requireFreeFile(values.out);
    const path = await checkpointPath(given, first.name);
    const { task, saved } = await openModel(tasks, path);
    const before = (await readBytes(path)).length;
    const { bytes: content, rounding } = await packModel(saved, values);
    await writeAtomically(values.out, content);
    const now = await openFile(content, { name: values.out });
    const rounded = { ...now, description: task.read(now) };
    const quality =
      values.dtype === "f32" ? [] : await compared(task, [saved, rounded], values, isTyped(command), context);
    const { out } = context.terminal;
    if (values.json) {
      return printJson(out, { checkpoint: path, file: values.out, before, bytes: content.length, rounding, quality });
    }
    print(
      out,
      `${values.out}: ${bytes(content.length)}, ${Math.round((100 * content.length) / before)} % of ${path} (${bytes(before)})`,
    );
    if (values.dtype === "f32") return;
    print(
      out,
      `Rounding to f16 moved a parameter by at most ${rounding.toExponential(1)} of the largest of its tensor.`,
    );
    for (const line of qualityText(quality)) print(out, line);
  });
};

/** A figure of the evaluation, before and after. */
interface Figure {
  readonly name: string;
  readonly exact: number;
  readonly packed: number;
}

/** What eval says of models, by name. A reason where it cannot be measured here. */
async function compared(
  task: AnyTask,
  models: readonly SavedModel<unknown>[],
  values: PackValues & Readonly<Record<string, unknown>>,
  isGiven: (name: string) => boolean,
  context: CommandContext,
): Promise<readonly Figure[] | string> {
  let backend: Promise<Backend> | undefined;
  const { signal, terminal } = context;
  const use = {
    ...{ files: nodeFiles(terminal.in), inputs: [], signal, stopsItself() {} },
    backend: () => {
      backend ??= openBackend(values);
      return backend;
    },
  };
  try {
    const options = await evaluationValues(task, models[0] as SavedModel<unknown>, values, isGiven);
    const found: Record<string, unknown>[] = [];
    for (const model of models) {
      const context = { ...use, isGiven: (name: string) => options[name] !== task.evaluate.options[name]?.default };
      for await (const { json } of task.evaluate.run(model, options as never, context)) {
        if (json) found.push(json as Record<string, unknown>);
      }
    }
    const [exact = {}, packed = {}] = found;
    return Object.keys(exact).flatMap((name) => {
      const [a, b] = [exact[name], packed[name]];
      return typeof a === "number" && typeof b === "number" && a !== b ? [{ name, exact: a, packed: b }] : [];
    });
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== "OptionError" && name !== "DataError") throw error;
    return message;
  } finally {
    await (await backend)?.close();
  }
}

/** The options of eval: those that were given, and for data those of the recipe beside the model. */
async function evaluationValues(
  { evaluate }: AnyTask,
  { path }: SavedModel<unknown>,
  values: Readonly<Record<string, unknown>>,
  isGiven: (name: string) => boolean,
): Promise<Readonly<Record<string, unknown>>> {
  const names = Object.keys(evaluate.options);
  const given = Object.fromEntries(names.flatMap((name) => (isGiven(name) ? [[name, values[name]]] : [])));
  if (Object.keys(given).length > 0) return valuesOf(evaluate.options, given);
  const recipe = await readFile(join(dirname(path), RECIPE), "utf8")
    .then((text) => JSON.parse(text) as Readonly<Record<string, unknown>>)
    .catch((): Readonly<Record<string, unknown>> => ({}));
  const data = names.filter((name) => {
    const option = evaluate.options[name];
    return (
      (name === "encoding" || (option?.type === "string" && option.format === "path")) && recipe[name] !== undefined
    );
  });
  return valuesOf(evaluate.options, Object.fromEntries(data.map((name) => [name, recipe[name]])));
}

function qualityText(quality: readonly Figure[] | string): readonly string[] {
  if (typeof quality === "string") return [`What that costs was not measured: ${quality}`];
  if (quality.length === 0) return ["Every figure that eval measures is as it was."];
  const digits = (value: number) => value.toFixed(4);
  return quality.map(({ name, exact, packed }) => `${name}: ${digits(exact)} before, ${digits(packed)} packed`);
}
