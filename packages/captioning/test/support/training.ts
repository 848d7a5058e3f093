import { cpu } from "@throughtime/backend-cpu";
import type { Backend } from "@throughtime/core";
import {
  type Files,
  type FilesByName,
  type Given,
  type Host,
  memoryFiles,
  memoryHost,
  type Options,
  openModel,
  type Said,
  trainTask,
  type Use,
  useModel,
} from "@throughtime/task";
import { BEST, type CheckpointStore, LAST, memoryStore, type Report } from "@throughtime/train";
import type { CaptionerDescription } from "../../src/file/description.js";
import { captionTask } from "../../src/task.js";

export type Values = Given<typeof captionTask.train.options>;

/** Options for a training of a few seconds: pictures of 32 × 32, a grid of 4 × 4. */
export const SMALL = { size: 32, widths: "8,16,24", hidden: 32, embedding: 16, attentionSize: 16, batch: 16 } as const;

interface How {
  readonly files?: Files;
  readonly host?: Host;
  readonly backend?: Backend;
  readonly store?: CheckpointStore;
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly inputs?: readonly string[];
  readonly onReport?: (report: Report) => void;
}

/** Begins a training, or goes on with one. */
export async function begun(given: Values, how: How = {}) {
  const { files = memoryFiles({}), backend = await cpu(), store = memoryStore(), resume, signal } = how;
  const { host = memoryHost({ files }) } = how;
  const place = { files, host, backend, store, folder: "out", saveEverySeconds: 3600, writer: "throughtime test" };
  const { prepared, ...started } = await trainTask(captionTask, given, {
    ...place,
    ...(resume ? { resume } : {}),
    ...(signal ? { signal } : {}),
  });
  return { prepared, started, store };
}

/** Trains to the end. */
export async function trained(given: Values, how: How = {}) {
  const { prepared, started, store } = await begun(how.resume ? given : { ...SMALL, score: 0, ...given }, how);
  const reports: Report[] = [];
  const validations: object[] = [];
  for await (const report of started.training) {
    reports.push(report);
    how.onReport?.(report);
    if (report.validation) validations.push(await started.validated());
  }
  const names = await store.list();
  const best = names.includes(BEST) ? await store.read(BEST) : undefined;
  return { prepared, started, reports, validations, store, last: await store.read(LAST), best };
}

/** A model file as its task reads it. */
export const opened = (bytes: Uint8Array, store?: CheckpointStore) =>
  openModel(captionTask, bytes, {
    name: "out/last.safetensors",
    beside: async (name) => store?.read(name).catch(() => undefined),
  });

/** All that a use says. */
export async function used<O extends Options>(
  use: Use<CaptionerDescription, O>,
  model: Uint8Array,
  given: Record<string, unknown> = {},
  { files = memoryFiles({}), host, backend, store, inputs, signal }: How = {},
) {
  const said: Said[] = [];
  const place = {
    ...{ files, host: host ?? memoryHost({ files }), backend: backend ?? (await cpu()) },
    ...(inputs ? { inputs } : {}),
    ...(signal ? { signal } : {}),
  };
  for await (const piece of useModel(use, await opened(model, store), given as Given<O>, place)) said.push(piece);
  const contents: FilesByName = Object.assign({}, ...said.map((piece) => piece.files?.contents ?? {}));
  return {
    text: said.map(({ text = "" }) => text).join(""),
    json: said.flatMap(({ json }) => (json ? [json] : [])),
    problems: said.flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
    files: contents,
  };
}
