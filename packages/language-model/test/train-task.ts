import type { Backend } from "@throughtime/core";
import type { LmDescription } from "@throughtime/language-model/task";
import { languageModelTask } from "@throughtime/language-model/task";
import {
  type Files,
  memoryFiles,
  openFile,
  resumedValues,
  type Said,
  type SavedModel,
  start,
  type Use,
  valuesOf,
} from "@throughtime/task";
import { type CheckpointStore, memoryStore, type Report } from "@throughtime/train";

type Saved = SavedModel<LmDescription>;
type Given = Readonly<Record<string, unknown>>;

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
export async function opened(bytes: Uint8Array, name = "last.safetensors"): Promise<Saved> {
  const saved = await openFile(bytes, { name });
  return { ...saved, description: languageModelTask.read(saved) };
}

export interface Run {
  readonly files?: Files;
  readonly store?: CheckpointStore;
  readonly resume?: boolean;
  /** Models for --from, by path. */
  readonly models?: Readonly<Record<string, Saved>>;
  /** Stops when this step is through. */
  readonly until?: number;
}

/** What a new training is to be. */
export const preparedOf = (given: Given) =>
  languageModelTask.train.prepare(valuesOf(languageModelTask.train.options, given), {
    ...{ files: filesWith(), isGiven: (name) => name in given },
    model: () => Promise.reject(new Error("no model is asked for")),
  });

/** A training as a command line runs it: its last file, and what was seen on the way. */
export async function trained(backend: Backend, given: Given, run: Run = {}) {
  const { files = filesWith(), store = memoryStore(), resume = false, models = {}, until } = run;
  const earlier = resume ? await opened(await store.read("last.safetensors")) : undefined;
  const isGiven = (name: string) => name in given;
  const own = valuesOf(languageModelTask.train.options, given);
  const values = (earlier ? resumedValues(languageModelTask, own, isGiven, earlier, "out/lm") : own) as typeof own;
  const model = async (path: string) => models[path] as Saved;
  const prepared = await languageModelTask.train.prepare(values, { files, isGiven, earlier, model });
  const abort = new AbortController();
  const started = await start(languageModelTask, prepared, values, {
    ...{ backend, earlier, folder: "out/lm", saveEverySeconds: 30, writer: "a test", signal: abort.signal },
    store: async () => store,
  });
  const reports: Report[] = [];
  const notes: string[] = [];
  for await (const report of started.training) {
    reports.push(report);
    if (report.validation) notes.push(...((await started.validated()).notes ?? []));
    if (report.step === until) abort.abort();
  }
  const bytes = await store.read("last.safetensors");
  return { prepared, started, reports, notes, store, bytes, saved: await opened(bytes) };
}

/** What a command says of a model. */
export async function said(
  use: Use<LmDescription>,
  backend: Backend,
  saved: Saved,
  given: Given,
  { files = filesWith(), signal = new AbortController().signal }: { files?: Files; signal?: AbortSignal } = {},
) {
  const all: Said[] = [];
  const context = {
    ...{ files, signal, inputs: [], isGiven: (name: string) => name in given },
    backend: async () => backend,
    stopsItself() {},
  };
  for await (const one of use.run(saved, valuesOf(use.options, given) as never, context)) all.push(one);
  return {
    text: all.map(({ text = "" }) => text).join(""),
    json: all.at(-1)?.json as Readonly<Record<string, unknown>>,
  };
}
