import { type Backend, foldIn, type Key } from "@throughtime/core";
import {
  type CheckpointStore,
  clipByNorm,
  type Json,
  LAST,
  type Source,
  type Training,
  type TrainOptions,
  train,
} from "@throughtime/train";
import { FORMAT, type Header, headerOf, type Saved } from "../model-file.js";
import type { Options } from "../options.js";
import type { AnyTask, Prepared, Validated } from "../task.js";
import type { TrainingValues } from "../training-options.js";
import { lengthNow, redescribe } from "./resume.js";
import {
  everyOf,
  keysOf,
  type Length,
  lengthOf,
  optimizerOf,
  parameterCount,
  requireAffordable,
  scheduleOf,
} from "./settings.js";

/** Where a training runs, and where it goes. */
export interface Place {
  readonly backend: Backend;
  /** Where checkpoints go; asked for when the training is known to be possible. */
  store(): Promise<CheckpointStore>;
  /** What messages call that. */
  readonly folder: string;
  readonly saveEverySeconds: number;
  /** What model files say of who wrote them: "throughtime 1.0.0". */
  readonly writer: string;
  /** Bytes that a model may take. Default: no limit. */
  readonly memory?: number;
  readonly signal?: AbortSignal;
  /** The training that is gone on with. */
  readonly earlier?: Saved | undefined;
}

/** What stands in the files of a training. */
export type Description = Header & { readonly length: Length } & Readonly<Record<string, Json>>;

/** A training that can be iterated over, with what is known before its first step. */
export interface Started {
  readonly training: Training<unknown>;
  readonly description: Description;
  /** Updates in all, and those made before. */
  readonly steps: number;
  readonly from: number;
  readonly parameters: number;
  /** The parameters' first values, for their shapes. */
  readonly params: unknown;
  /** What the task has to say of a validation that was just made. */
  validated(): Promise<Validated>;
  /** Randomness of samples after a step. */
  keyAt(step: number): Key;
}

/**
 * Begins a training of a task, or goes on with one. `values`: its options. Throws OptionError for a model that does not fit into
 * memory, and what `train` throws.
 */
export async function start(
  task: AnyTask,
  prepared: Prepared,
  values: TrainingValues & Readonly<Record<string, unknown>>,
  place: Place,
): Promise<Started> {
  const made = trainOptions(task, prepared, values, place);
  const { options, description } = made;
  const { earlier, backend } = place;
  const store = await place.store();
  if (earlier) await redescribe(store, description);
  // One that holds a training already is refused below, and must stay as it is.
  else if (!(await store.list()).includes(LAST)) {
    for (const [name, bytes] of Object.entries(prepared.files ?? {})) await store.write(name, bytes);
  }
  const training = train({
    ...options,
    checkpoint: { store, every: { seconds: place.saveEverySeconds }, keepBest: keepsBest(prepared) },
    resume: earlier ? "must" : "never",
    signal: place.signal,
  });
  const keyAt = (step: number) => foldIn(keysOf(values.seed).samples, step);
  return {
    ...{ training, description, keyAt, steps: description.length.steps, from: earlier?.checkpoint.step ?? 0 },
    ...{ params: options.params, parameters: parameterCount(options.params) },
    async validated() {
      if (!prepared.validated) return {};
      const { step, params } = await training.snapshot();
      return prepared.validated({ backend, step, params, key: keyAt(step) });
    },
  };
}

/** What `train` is to be called with, but for the checkpoints, and what its files say. Throws what `start` throws. */
export function trainOptions(
  task: AnyTask,
  prepared: Prepared,
  values: TrainingValues & Readonly<Record<string, unknown>>,
  place: Pick<Place, "backend" | "folder" | "writer" | "memory" | "earlier">,
): { readonly options: TrainOptions<unknown, unknown>; readonly description: Description } {
  const { backend, earlier, memory = Infinity } = place;
  requireAffordable(prepared.size, prepared.sizeOptions, memory);
  const length = lengthFor(task, prepared, values, place);
  const description = {
    ...{ task: task.kind, format: FORMAT, writer: place.writer, loader: task.loader },
    // What goes on is what began: of its options none but its length may be others.
    options: earlier
      ? (headerOf(earlier.checkpoint.description).options ?? {})
      : kept(task.train.options, { ...values, ...prepared.options }),
    length,
    ...prepared.description,
  } as unknown as Description;
  const keys = keysOf(values.seed);
  const { clip } = values;
  const { validation, factor = () => 1 } = prepared;
  const schedule = scheduleOf(values, length.steps);
  const options: TrainOptions<unknown, unknown> = {
    backend,
    params: prepared.init(keys.parameters),
    loss: prepared.loss,
    optimizer: optimizerOf(values),
    source: prepared.source as Source<unknown>,
    steps: length.steps,
    schedule: (step) => schedule(step) * factor(step),
    clip: clip > 0 ? clipByNorm(clip) : undefined,
    carry: prepared.carry,
    dims: prepared.dims,
    noise: prepared.noise && ((key, batch) => prepared.noise?.(key, batch)),
    key: keys.noise,
    validation: validation && { ...validation, every: everyOf(values) },
    patience: keepsBest(prepared) && values.patience > 0 ? values.patience : undefined,
    describe: description,
    ...prepared.rollout?.(backend),
  };
  return { options, description };
}

/** Whether the validation loss tells which model is best. */
export const keepsBest = ({ validation, rollout }: Pick<Prepared, "validation" | "rollout">): boolean =>
  validation !== undefined && rollout === undefined;

function lengthFor(
  { train: { epochs } }: AnyTask,
  { stepsPerEpoch }: Prepared,
  values: TrainingValues,
  { earlier, folder }: Pick<Place, "earlier" | "folder">,
): Length {
  if (!earlier) return lengthOf(values, epochs, stepsPerEpoch);
  const { length } = earlier.checkpoint.description as unknown as Description;
  return lengthNow(length, values, { made: earlier.checkpoint.step, stepsPerEpoch, folder });
}

/** The options that a model file keeps: those that must be the same where its training goes on. */
const kept = (options: Options, values: Readonly<Record<string, unknown>>): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    Object.entries(options).flatMap(([name, { free }]) =>
      free || values[name] === undefined ? [] : [[name, values[name] as Json]],
    ),
  );
