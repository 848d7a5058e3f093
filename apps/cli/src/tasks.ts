import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { captionTask } from "@throughtime/captioning/task";
import { CheckpointError, OptionError, printable, quote } from "@throughtime/core";
import { languageModelTask } from "@throughtime/language-model/task";
import { translationTask } from "@throughtime/seq2seq/task";
import {
  type AnyTask,
  headerOf,
  openFile,
  readOf,
  requireTrainedWith,
  type SavedModel,
  type Use,
} from "@throughtime/task";
import { resolve as resolveModule } from "import-meta-resolve";
import { checkpointPath, inFile } from "./checkpoint-file.js";
import { requireDistinct } from "./distinct.js";
import { readBytes, readIfThere } from "./read-file.js";

/** The tasks that are always there. */
const BUILT_IN: readonly AnyTask[] = [languageModelTask, translationTask, captionTask];

/** Whether a task is always there, so that the published schema of recipes knows it. */
export const isBuiltIn = (task: AnyTask): boolean => BUILT_IN.includes(task);

/** The built-in tasks and those of packages, by their names or as paths of modules. Throws OptionError where one has no tasks, or one that is there already. */
export async function tasksOf(packages: readonly string[]): Promise<readonly AnyTask[]> {
  const more = await Promise.all(packages.map(importTasks));
  const all = [...BUILT_IN, ...more.flat()];
  requireDistinct(all);
  return all;
}

async function importTasks(name: string): Promise<readonly AnyTask[]> {
  const module = await importFrom(name).catch((cause: Error) => {
    throw new OptionError(
      `--task-package ${name}: it cannot be loaded: ${cause.message.replace(/ imported from .*$/s, "")}. Give the name of a package that is installed here, or the path of a module, such as ./my-task.js.`,
      {},
      { cause },
    );
  });
  const found = Object.values(module).filter(isTask);
  if (found.length > 0) return found;
  throw new OptionError(
    `--task-package ${name}: it exports no task: a value with name, kind, train { options, prepare }, read, evaluate { options, run } and uses.`,
  );
}

/** A package is looked for where the command runs, then beside this one. */
async function importFrom(name: string): Promise<Readonly<Record<string, unknown>>> {
  if (/^[./]|^[a-z]:[\\/]/i.test(name)) return import(pathToFileURL(resolve(name)).href);
  const here = pathToFileURL(resolve("package.json")).href;
  try {
    return await import(resolveModule(name, here));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    return import(name);
  }
}

const isTask = (value: unknown): value is AnyTask => {
  const { name, kind, train, read, evaluate, uses } = (value ?? {}) as Partial<AnyTask>;
  return (
    [name, kind].every((text) => typeof text === "string") &&
    [read, train?.prepare].every((part) => typeof part === "function") &&
    isObject(train?.options) &&
    isUse(evaluate) &&
    Array.isArray(uses) &&
    uses.every(isUse)
  );
};

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const isUse = (value: unknown): boolean => {
  const { run, options } = (value ?? {}) as Partial<Use>;
  return typeof run === "function" && isObject(options);
};

/** A model of one of the tasks. */
export interface OpenModel {
  readonly task: AnyTask;
  readonly saved: SavedModel<unknown>;
}

/**
 * Opens a model: a file, or a folder's best one. `train` is the task that a folder without one is told how to train. Throws
 * DataError where there is none, CheckpointError where it is damaged, or of a task that is not among these.
 */
export async function openModel(tasks: readonly AnyTask[], given: string, train = "lm"): Promise<OpenModel> {
  const path = await checkpointPath(given, train);
  const saved = await openFile(await readBytes(path), {
    name: path,
    beside: (name) => readIfThere(join(dirname(path), name)),
  });
  const { task: kind, loader } = headerOf(saved.checkpoint.description);
  const task = tasks.find((one) => one.kind === kind);
  if (task) {
    requireTrainedWith(task.train.options, saved);
    return {
      task,
      saved: { ...saved, description: await inFile(path, () => readOf(saved, (file) => task.read(file))) },
    };
  }
  const opens = typeof loader === "string" ? ` In a program, ${printable(loader, 100)} opens it.` : "";
  throw new CheckpointError(
    typeof kind === "string"
      ? `${path}: it is a model of the task ${quote(kind)}, which is not one of ${tasks.map((one) => one.kind).join(", ")}. Name the package of its task with --task-package.${opens}`
      : `${path}: it is a checkpoint, but not of a model that \`throughtime train\` made.`,
  );
}
