import { dirname } from "node:path";
import { type Backend, OptionError } from "@throughtime/core";
import { type AnyTask, flagOf, type OptionValues, openFile, packModel, type SavedModel } from "@throughtime/task";
import { writeAtomically } from "@throughtime/train/node";
import type { Command } from "commander";
import { openBackend } from "../backend.js";
import { checkpointPath } from "../checkpoint-file.js";
import { JSON_OUTPUT, PACK, WHERE_TO_RUN, type WhereToRun } from "../common-options.js";
import { nodeFiles } from "../files.js";
import { bytes, table } from "../format.js";
import { nodeHost, shownProgress } from "../host.js";
import { readBytes, requireFreeFile } from "../read-file.js";
import { openModel } from "../tasks.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { recipeIn } from "../training/with-recipe.js";
import { commandOf, isTyped } from "./build.js";
import { measuringOptions, measuringValues } from "./measuring.js";

type PackValues = WhereToRun & OptionValues<typeof PACK> & OptionValues<typeof JSON_OUTPUT>;

/** `throughtime pack`: a model as one small file. */
export const packCommand = (tasks: readonly AnyTask[], context: CommandContext): Command => {
  const [first] = tasks as readonly [AnyTask];
  const measuring = measuringOptions(tasks);
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
    const isGiven = isTyped(command);
    const options = measuringValues("pack", task, path, measuring, values, isGiven);
    const measured = Object.keys(measuring).find(isGiven);
    if (values.dtype === "f32" && measured !== undefined) {
      throw new OptionError(
        `${flagOf(measured)} does nothing without --dtype f16: nothing is lost that could be measured. Leave it out.`,
      );
    }
    const before = (await readBytes(path)).length;
    const { bytes: content, rounding } = await packModel(saved, values);
    const now = await openFile(content, { name: values.out });
    const rounded = { ...now, description: task.read(now) };
    const models = [saved, rounded] as const;
    const quality = values.dtype === "f32" ? [] : await compared(task, models, options, values, isGiven, context);
    await writeAtomically(values.out, content);
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

/** What eval says of a model before and after it was packed. Where nobody named data, a reason if those that it learned cannot be measured. */
async function compared(
  task: AnyTask,
  models: readonly SavedModel<unknown>[],
  options: Readonly<Record<string, unknown>>,
  values: PackValues,
  isTyped: (name: string) => boolean,
  { signal, terminal }: CommandContext,
): Promise<readonly Figure[] | string> {
  let opened: Promise<Backend> | undefined;
  const backend = () => {
    opened ??= openBackend(values);
    return opened;
  };
  const { path } = models[0] as SavedModel<unknown>;
  const isAsked = Object.keys(task.evaluate.options).some(isTyped);
  const recipe = isAsked ? {} : await dataIn(dirname(path), task);
  const isGiven = (name: string) => isTyped(name) || Object.hasOwn(recipe, name);
  const files = nodeFiles(terminal.in);
  const host = nodeHost(files, shownProgress(terminal, values.json));
  try {
    const found: Record<string, unknown>[] = [];
    for (const model of models) {
      const context = { files, host, isGiven, backend, signal, inputs: [], stopsItself() {} };
      for await (const { json } of task.evaluate.run(model, { ...options, ...recipe } as never, context)) {
        if (json) found.push(json as Record<string, unknown>);
      }
    }
    const [exact = {}, packed = {}] = found;
    return Object.keys(exact).flatMap((name) => {
      const [a, b] = [exact[name], packed[name]];
      if (typeof a !== "number" || typeof b !== "number") return [];
      // Counts of what was measured are no figures of the model.
      return a === b && Number.isInteger(a) ? [] : [{ name, exact: a, packed: b }];
    });
  } catch (error) {
    const { name, message } = error as Error;
    if (isAsked || (name !== "OptionError" && name !== "DataError")) throw error;
    return message;
  } finally {
    host.close();
    await (await opened)?.close();
  }
}

/** The options of eval that name data, as the recipe beside a model has them. */
async function dataIn(folder: string, task: AnyTask): Promise<Readonly<Record<string, unknown>>> {
  const isData = (name: string) => {
    const option = task.evaluate.options[name];
    return name === "encoding" || (option?.type === "string" && option.format === "path");
  };
  const recipe = await recipeIn(folder, task, (name) => !isData(name));
  return Object.fromEntries(Object.entries(recipe).filter(([name]) => isData(name)));
}

function qualityText(quality: readonly Figure[] | string): readonly string[] {
  if (typeof quality === "string") return [`What that costs was not measured: ${quality}`];
  if (quality.length === 0) return ["Every figure that eval measures is as it was."];
  const digits = (value: number) => value.toFixed(4);
  const rows = quality.map(({ name, exact, packed }) => [name, digits(exact), digits(packed)]);
  return table([["", "before", "packed"], ...rows], "  ").split("\n");
}
