import { cpu } from "@throughtime/backend-cpu";
import {
  type AnyTask,
  type Files,
  openFile,
  type Prepared,
  resumedValues,
  type Said,
  type SavedModel,
  type Started,
  start,
  type TrainingValues,
  type Use,
  valuesOf,
} from "@throughtime/task";
import { type CheckpointStore, LAST, memoryStore, type Report } from "@throughtime/train";

/** Data for a training, and where it goes. */
export interface Run {
  readonly files: Files;
  /** Default: a new one in memory. */
  readonly store?: CheckpointStore;
  readonly signal?: AbortSignal;
  readonly memory?: number;
  onReport?(report: Report): void;
}

export interface Trained {
  readonly prepared: Prepared;
  readonly started: Started;
  readonly reports: readonly Report[];
  /** What the task said of each validation. */
  readonly validations: readonly object[];
  /** The bytes of the newest checkpoint. */
  last(): Promise<Uint8Array>;
}

type Values = Readonly<Record<string, unknown>>;

const isIn = (given: Values) => (name: string) => Object.hasOwn(given, name);

/** What a command line does: trains a task with these options, or goes on with the training in the store. */
export async function trained(
  task: AnyTask,
  given: Values,
  { files, store = memoryStore(), onReport, ...how }: Run,
): Promise<Trained> {
  const isGiven = isIn(given);
  const earlier = (await store.list()).includes(LAST) ? await openModel(task, await store.read(LAST)) : undefined;
  const said = valuesOf(task.train.options, given);
  const values = (earlier ? resumedValues(task, said, isGiven, earlier, "memory") : said) as TrainingValues;
  const model = async (path: string) => openModel(task, await store.read(path));
  const prepared = await task.train.prepare(values, { files, isGiven, earlier, model });
  const backend = await cpu();
  const place = { backend, earlier, folder: "memory", saveEverySeconds: 1000, writer: "a test 1.0.0", ...how };
  const started = await start(task, prepared, { ...values }, { ...place, store: async () => store });
  const reports: Report[] = [];
  const validations: object[] = [];
  for await (const report of started.training) {
    reports.push(report);
    onReport?.(report);
    if (report.validation) validations.push(await started.validated());
  }
  await backend.close();
  return { prepared, started, reports, validations, last: () => store.read(LAST) };
}

/** A model file as its task reads it. */
export async function openModel(task: AnyTask, bytes: Uint8Array): Promise<SavedModel<never>> {
  const saved = await openFile(bytes, { name: "model.safetensors" });
  return { ...saved, description: task.read(saved) as never };
}

/** All that a use of a model says. */
export async function used(
  use: Use,
  saved: SavedModel<never>,
  given: Values,
  { files, inputs = [] }: { readonly files: Files; readonly inputs?: readonly string[] },
): Promise<readonly Said[]> {
  const said: Said[] = [];
  const { signal } = new AbortController();
  const context = { files, inputs, isGiven: isIn(given), backend: cpu, signal, stopsItself() {} };
  for await (const one of use.run(saved, valuesOf(use.options, given), context)) said.push(one);
  return said;
}

/** What people read of it. */
export const textOf = (said: readonly Said[]): string => said.map(({ text = "" }) => text).join("");
