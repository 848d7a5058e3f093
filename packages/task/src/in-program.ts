import type { Backend } from "@throughtime/core";
import { type CheckpointStore, LAST } from "@throughtime/train";
import { bytesOf, type Files } from "./files.js";
import { type Host, noHost } from "./host.js";
import { type ModelBytes, type OpenOptions, openFile, readOf, requireTask } from "./model-file.js";
import { type Options, type OptionValues, valuesOf } from "./options.js";
import { requireValues } from "./require-values.js";
import type { AnyTask, Prepared, Said, SavedModel, Task, Use } from "./task.js";
import { resumedValues } from "./training/resume.js";
import { type Place, type Started, start } from "./training/start.js";
import type { TrainingValues } from "./training-options.js";

/** Tasks in a program or a page: what a command line does with them, without a command line. */

/** The values of options that are given; the others are as they are where nothing is said. */
export type Given<O extends Options> = { readonly [K in keyof OptionValues<O>]?: OptionValues<O>[K] | undefined };

export interface TrainTaskOptions extends Partial<Omit<Place, "backend" | "store" | "earlier">> {
  readonly backend: Backend;
  /** Where the data are. */
  readonly files: Files;
  /** What the task may ask for beside files. Default: nothing, and an error where it asks. */
  readonly host?: Host;
  /** Where checkpoints go. */
  readonly store: CheckpointStore;
  /** Whether the training in the store is gone on with, as --resume does. Default false: there must be none. */
  readonly resume?: boolean;
  /** A model file that an option names. Default: as `files` have it. */
  model?(path: string): Promise<ModelBytes>;
}

/** No array of JavaScript holds more. */
const MOST_BYTES = 2 ** 32;

/**
 * Begins a training of a task, or goes on with one. Throws OptionError for options that are not the task's, and what the task's
 * `prepare`, `start` and `train` throw.
 *
 * @example
 * const { training } = await trainTask(languageModelTask, { data: "poems.txt", epochs: 2 }, { backend, files, store: memoryStore() });
 * for await (const { step, loss } of training) console.log(step, loss);
 */
export async function trainTask<D, O extends Options>(
  task: Task<D, O>,
  given: Given<O>,
  { backend, files, host = noHost("trainTask"), store, resume = false, model, ...place }: TrainTaskOptions,
): Promise<Started & { readonly prepared: Prepared }> {
  const { folder = "the store", writer = "throughtime", saveEverySeconds = 30 } = place;
  requireValues("trainTask", task.train.options, given);
  const isGiven = isIn(given);
  const earlier = resume
    ? await openModel(task, await store.read(LAST), {
        name: LAST,
        beside: (name) => store.read(name).catch(() => undefined),
      })
    : undefined;
  const said = valuesOf(task.train.options, defined(given));
  const values = earlier ? resumedValues(task, said, isGiven, earlier, folder) : withPreset(task, said, isGiven);
  const known = values as OptionValues<O> & TrainingValues;
  const open = async (path: string) => {
    const content = model ? await model(path) : await bytesOf(files, path, { most: MOST_BYTES });
    return openModel(task, content, { name: files.name(path) });
  };
  const prepared = await task.train.prepare(known, { files, host, isGiven, earlier, model: open });
  const how = { ...place, backend, folder, writer, saveEverySeconds, earlier, store: async () => store };
  return { ...(await start(task, prepared, known, how)), prepared };
}

/** The values of options with what a task's preset says of those that are not given. */
export function withPreset(
  { train: { preset } }: AnyTask,
  values: Readonly<Record<string, unknown>>,
  isGiven: (name: string) => boolean,
): Readonly<Record<string, unknown>> {
  const own = Object.entries(preset?.(values as never) ?? {}).filter(([name]) => !isGiven(name));
  // A length is said in steps or in epochs.
  return { ...values, ...Object.fromEntries(own.filter(([name]) => name !== "epochs" || !isGiven("steps"))) };
}

/** A model file of a task, as the task reads it. Throws CheckpointError where it is another's, is damaged, or is no model file. */
export async function openModel<D, O extends Options>(
  task: Task<D, O>,
  content: ModelBytes,
  options: OpenOptions = {},
): Promise<SavedModel<D>> {
  const saved = await openFile(content, options);
  requireTask(saved, task);
  return { ...saved, description: readOf(saved, (file) => task.read(file)) };
}

export interface UseModelOptions {
  readonly backend: Backend;
  /** Where the files are that options and inputs name. */
  readonly files: Files;
  /** What the use may ask for beside files. Default: nothing, and an error where it asks. */
  readonly host?: Host;
  /** Arguments after the model's path. Default: none. */
  readonly inputs?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Uses a trained model, or measures it: what it says comes piece by piece. Throws OptionError for options that are not the use's, and
 * what the use throws.
 *
 * @example for await (const { text } of useModel(task.evaluate, model, { data: "poems.txt" }, { backend, files })) console.log(text);
 */
export async function* useModel<D, O extends Options>(
  use: Use<D, O>,
  model: SavedModel<D>,
  given: Given<O>,
  { backend, files, host = noHost("useModel"), inputs = [], signal = new AbortController().signal }: UseModelOptions,
): AsyncGenerator<Said, void, undefined> {
  requireValues(use.name, use.options, given);
  const isGiven = isIn(given);
  const context = { files, host, isGiven, inputs, signal, backend: async () => backend, stopsItself() {} };
  yield* use.run(model, valuesOf(use.options, defined(given)), context);
}

const isIn = (given: Readonly<Record<string, unknown>>) => (name: string) => given[name] !== undefined;

/** Without options that hold undefined. */
const defined = (given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
