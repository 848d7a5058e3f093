import { cpu } from "@throughtime/backend-cpu";
import {
  type AnyTask,
  type Files,
  type Given,
  type Options,
  openModel as open,
  type Prepared,
  type Said,
  type SavedModel,
  type Started,
  trainTask,
  type Use,
  useModel,
} from "@throughtime/task";
import { type CheckpointStore, LAST, memoryStore, type Report } from "@throughtime/train";

/** Data for a training, and where it goes. */
export interface Run {
  readonly files: Files;
  /** Default: a new one in memory. The training in it is gone on with. */
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

type Values = Given<Options>;

/** Trains a task with these options to its end, or goes on with the training in the store. */
export async function trained(
  task: AnyTask,
  given: Values,
  { store = memoryStore(), onReport, ...how }: Run,
): Promise<Trained> {
  const backend = await cpu();
  const resume = (await store.list()).includes(LAST);
  const place = { backend, store, resume, folder: "memory", writer: "a test 1.0.0", ...how };
  const { prepared, ...started } = await trainTask(task, given, place);
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
export const openModel = (task: AnyTask, bytes: Uint8Array): Promise<SavedModel<unknown>> =>
  open(task, bytes, { name: "model.safetensors" });

/** All that a use of a model says. */
export async function used(
  use: Use,
  saved: SavedModel<unknown>,
  given: Values,
  { files, inputs }: { readonly files: Files; readonly inputs?: readonly string[] },
): Promise<readonly Said[]> {
  const said: Said[] = [];
  const backend = await cpu();
  for await (const one of useModel(use, saved, given, { backend, files, inputs })) said.push(one);
  await backend.close();
  return said;
}

/** What people read of it. */
export const textOf = (said: readonly Said[]): string => said.map(({ text = "" }) => text).join("");
