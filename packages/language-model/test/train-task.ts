import type { Backend } from "@throughtime/core";
import { type LmDescription, languageModelTask } from "@throughtime/language-model/task";
import {
  type Files,
  type Given,
  memoryFiles,
  noHost,
  type Options,
  openModel,
  type Said,
  type SavedModel,
  trainTask,
  type Use,
  useModel,
  valuesOf,
} from "@throughtime/task";
import { type CheckpointStore, LAST, memoryStore, type Report } from "@throughtime/train";

type Saved = SavedModel<LmDescription>;
type TrainGiven = Given<typeof languageModelTask.train.options>;

/** A text that a small model can learn a little of in a few steps. */
export const RHYME =
  "Row, row, row your boat, gently down the stream.\nMerrily, merrily, merrily, merrily, life is but a dream.\n".repeat(
    12,
  );

/** Options for a training of a second or less. */
export const SMALL = { data: "rhyme.txt", hidden: 8, batch: 2, time: 16, sample: 0 };

export const filesWith = (more: Readonly<Record<string, string | Uint8Array>> = {}): Files =>
  memoryFiles({ "rhyme.txt": RHYME, ...more });

/** Opens a model file as a command does. */
export const opened = (bytes: Uint8Array, name = LAST): Promise<Saved> => openModel(languageModelTask, bytes, { name });

export interface Run {
  readonly files?: Files;
  readonly store?: CheckpointStore;
  readonly resume?: boolean;
  /** Models for --from, by path. */
  readonly models?: Readonly<Record<string, Uint8Array>>;
  /** Stops when this step is through. */
  readonly until?: number;
}

/** What a new training is to be. */
export const preparedOf = (given: TrainGiven) =>
  languageModelTask.train.prepare(valuesOf(languageModelTask.train.options, given), {
    ...{ files: filesWith(), host: noHost("preparedOf"), isGiven: (name) => name in given },
    model: () => Promise.reject(new Error("no model is asked for")),
  });

/** A training as a command line runs it: its last file, and what was seen on the way. */
export async function trained(backend: Backend, given: TrainGiven, run: Run = {}) {
  const { files = filesWith(), store = memoryStore(), resume, models = {}, until } = run;
  const abort = new AbortController();
  const { prepared, ...started } = await trainTask(languageModelTask, given, {
    ...{ backend, files, store, resume, folder: "out/lm", writer: "a test", signal: abort.signal },
    model: async (path) => models[path] as Uint8Array,
  });
  const reports: Report[] = [];
  const notes: string[] = [];
  for await (const report of started.training) {
    reports.push(report);
    if (report.validation) notes.push(...((await started.validated()).notes ?? []));
    if (report.step === until) abort.abort();
  }
  const bytes = await store.read(LAST);
  return { prepared, started, reports, notes, store, bytes, saved: await opened(bytes) };
}

/** What a command says of a model. */
export async function said<O extends Options>(
  use: Use<LmDescription, O>,
  backend: Backend,
  saved: Saved,
  given: Given<O>,
  { files = filesWith(), signal }: { files?: Files; signal?: AbortSignal } = {},
) {
  const all: Said[] = [];
  for await (const one of useModel(use, saved, given, { backend, files, signal })) all.push(one);
  return {
    text: all.map(({ text = "" }) => text).join(""),
    json: all.at(-1)?.json as Readonly<Record<string, unknown>>,
  };
}
