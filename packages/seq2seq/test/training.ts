import { cpu } from "@throughtime/backend-cpu";
import { type Backend, key, randomBits } from "@throughtime/core";
import {
  type Files,
  type FilesByName,
  type Given,
  memoryFiles,
  type Options,
  openModel,
  type Said,
  type Started,
  trainTask,
  type Use,
  useModel,
} from "@throughtime/task";
import { BEST, type CheckpointStore, LAST, memoryStore, type Report } from "@throughtime/train";
import { translationTask } from "../src/task.js";
import type { TranslatorDescription } from "../src/translation/description.js";

const NUMBERS = ["one", "two", "three", "four", "five", "six"];
const ZAHLEN = ["eins", "zwei", "drei", "vier", "fünf", "sechs"];
const draws = randomBits(key(4), 400 * 6);

/** 400 pairs of three to six numbers, in English and in German the other way around: what attention is for. */
export const PAIRS: readonly (readonly [source: string, target: string])[] = Array.from({ length: 400 }, (_, i) => {
  const digits = Array.from({ length: 3 + (i % 4) }, (__, t) => (draws[6 * i + t] as number) % 6);
  const said = (words: readonly string[], list: readonly number[]) => list.map((d) => words[d]).join(" ");
  return [said(NUMBERS, digits), said(ZAHLEN, [...digits].reverse())] as const;
});

export const TSV = PAIRS.map((pair) => pair.join("\t")).join("\n");

/** Options for a training of a second or two. */
export const SMALL = { hidden: 16, embedding: 8, batch: 32, validation: 0.1 } as const;

export type Values = Given<typeof translationTask.train.options>;

interface How {
  readonly files?: Files;
  readonly backend?: Backend;
  readonly store?: CheckpointStore;
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly onReport?: (report: Report) => void;
}

/** A model file as its task reads it. */
export const opened = (bytes: Uint8Array) => openModel(translationTask, bytes, { name: "out/last.safetensors" });

/** Begins a training, or goes on with one. */
export async function begun(given: Values, how: How = {}) {
  const {
    files = memoryFiles({ "pairs.tsv": TSV }),
    backend = await cpu(),
    store = memoryStore(),
    resume,
    signal,
  } = how;
  const place = { files, backend, store, folder: "out", saveEverySeconds: 3600, writer: "throughtime test" };
  const started = await trainTask(translationTask, given, {
    ...place,
    ...(resume ? { resume } : {}),
    ...(signal ? { signal } : {}),
  });
  return { prepared: started.prepared, started, store };
}

export interface TrainedModel {
  readonly started: Started;
  readonly reports: readonly Report[];
  readonly last: Uint8Array;
  readonly best: Uint8Array | undefined;
}

/** Trains to the end. */
export async function trained(given: Values, how: How = {}): Promise<TrainedModel> {
  const { started, store } = await begun({ data: "pairs.tsv", ...SMALL, score: 0, ...given }, how);
  const reports: Report[] = [];
  for await (const report of started.training) {
    reports.push(report);
    how.onReport?.(report);
  }
  const names = await store.list();
  const best = names.includes(BEST) ? await store.read(BEST) : undefined;
  return { started, reports, last: await store.read(LAST), best };
}

/** All that a use says. */
export async function used<O extends Options>(
  use: Use<TranslatorDescription, O>,
  model: Uint8Array,
  given: Record<string, unknown> = {},
  { files = memoryFiles({}), backend, signal }: Partial<How> = {},
) {
  const said: Said[] = [];
  const place = { files, backend: backend ?? (await cpu()), ...(signal ? { signal } : {}) };
  for await (const piece of useModel(use, await opened(model), given as Given<O>, place)) said.push(piece);
  const contents: FilesByName = Object.assign({}, ...said.map((piece) => piece.files?.contents ?? {}));
  return {
    text: said.map(({ text = "" }) => text).join(""),
    json: said.flatMap(({ json }) => (json ? [json] : [])),
    problems: said.flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
    files: contents,
  };
}
