import {
  ArgumentError,
  describe,
  flattenTree,
  isDeviceArray,
  isNdArray,
  type NdArray,
  optionsOf,
  placeIn,
  requireArray,
  requireBackend,
  requireFunction,
  typeText,
} from "@throughtime/core";
import type { EvaluateOptions } from "./evaluate.js";
import type { TrainOptions } from "./options.js";
import type { Batch } from "./source.js";

// What comes from the user is checked where it comes in, once for a training or for a batch.

const OPTIONS = [
  ...(["backend", "params", "loss", "optimizer", "source", "steps", "epochs", "schedule", "clip", "carry"] as const),
  ...(["dims", "noise", "key", "accumulate", "validation", "patience", "checkpoint", "resume"] as const),
  ...(["describe", "signal", "debug", "rollout"] as const),
];

/** Throws ArgumentError for options that are not what they must be: a Promise, an optimizer that was not made, no arrays. */
export function requireOptions(options: TrainOptions<unknown, unknown>): void {
  optionsOf("train", options, ...OPTIONS);
  const { backend, params, loss, optimizer, source, carry, dims, validation, checkpoint, debug, signal } = options;
  requireBackend("train", backend);
  if (debug !== undefined) requireBackend("train, debug", debug);
  requireArrays("train: params", params);
  requireFunction("train: loss", loss);
  requireMethods(
    "train: optimizer",
    optimizer,
    ["init", "update", "trains"],
    "one, as adam({ learningRate: 1e-3 }) makes",
  );
  requireSource("train: source", source);
  if (carry !== undefined) requireArrays("train: carry", carry);
  if (dims !== undefined) optionsOf("train: dims", dims, "batch", "carry", "noise");
  for (const name of ["noise", "clip", "rollout"] as const) {
    if (options[name] !== undefined) requireFunction(`train: ${name}`, options[name]);
  }
  const { schedule } = options;
  if (schedule !== undefined && typeof schedule !== "function")
    requireMethods(
      "train: schedule",
      schedule,
      ["factor", "observe"],
      "a function of the step, or one as plateau() makes",
    );
  if (validation !== undefined) {
    optionsOf("train: validation", validation, "source", "every", "loss", "carry", "dims");
    requireSource("train: validation.source", validation.source);
    if (validation.dims !== undefined) optionsOf("train: validation.dims", validation.dims, "batch", "carry");
    if (validation.loss !== undefined) requireFunction("train: validation.loss", validation.loss);
    if (validation.carry !== undefined) requireArrays("train: validation.carry", validation.carry);
  }
  if (checkpoint !== undefined) {
    optionsOf("train: checkpoint", checkpoint, "store", "every", "keepBest");
    const expected = "one, as fileStore(folder) or memoryStore() make";
    requireMethods("train: checkpoint.store", checkpoint.store, ["write", "read", "list"], expected);
  }
  if (signal !== undefined) requireMethods("train: signal", signal, ["addEventListener"], "an AbortSignal");
}

/** Throws ArgumentError for options of `evaluate` that are not what they must be. */
export function requireEvaluation(options: EvaluateOptions<unknown, unknown>): void {
  optionsOf("evaluate", options, "backend", "params", "loss", "source", "carry", "dims");
  const { backend, params, loss, source, carry, dims } = options;
  requireBackend("evaluate", backend);
  requireData("evaluate: params", params);
  requireFunction("evaluate: loss", loss);
  requireSource("evaluate: source", source);
  if (carry !== undefined) requireArrays("evaluate: carry", carry);
  if (dims !== undefined) optionsOf("evaluate: dims", dims, "batch", "carry", "noise");
}

const requireSource = (place: string, source: unknown): void =>
  requireMethods(place, source, ["next"], "one, as sourceOf({ stepsPerEpoch, batchAt }) makes");

function requireMethods(place: string, value: unknown, methods: readonly string[], expected: string): void {
  const object = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  const missing = methods.find((name) => typeof object?.[name] !== "function");
  if (object && missing === undefined) return;
  const without = object && missing !== undefined ? `, without ${missing}()` : "";
  throw new ArgumentError(`${place} is ${describe(value)}${without}; expected ${expected}.`);
}

/** Throws ArgumentError, ShapeError or DtypeError unless a tree holds arrays of the host that agree with themselves. */
function requireArrays(place: string, tree: unknown): void {
  const { leaves, paths } = flattenTree<NdArray>(tree, isNdArray, place, "arrays made with ndarray()");
  leaves.forEach((leaf, i) => requireArray(placeIn(place, paths[i] as string), leaf));
}

/** Throws ArgumentError, of `op`, unless a source gave a batch or null. */
export function requireBatch(op: string, next: Batch<unknown> | null): void {
  if (next === null) return;
  if (typeof next !== "object" || !("batch" in next)) {
    throw new ArgumentError(
      `${op}: the source's next() gave ${describe(next)}; expected { batch, cursor, epoch, units }, or null at the end.`,
    );
  }
  if (!(next.units >= 0 && next.units < Infinity)) {
    throw new ArgumentError(
      `${op}: the batch's units are ${describe(next.units)}; expected how many tokens or examples it has.`,
    );
  }
  requireData(`${op}: batch`, next.batch);
}

/** Throws ArgumentError unless a tree holds data that a compiled function takes. */
export function requireData(place: string, tree: unknown): void {
  flattenTree(tree, isData, place, "arrays made with ndarray(), DeviceArrays or numbers");
}

const isData = (value: unknown): value is unknown =>
  isNdArray(value) || isDeviceArray(value) || typeof value === "number" || typeof value === "boolean";

/** The most leaves that a message shows of a tree. */
const SHOWN = 6;

/** What a tree holds, for a message: `batch.x f32[16, 8], batch.y i32[16]`. */
export function shapesText(place: string, tree: unknown): string {
  const { leaves, paths } = flattenTree(tree, isData, place, "data");
  const texts = leaves.map((leaf, i) => {
    const type = typeof leaf === "object" ? typeText(leaf as NdArray) : String(leaf);
    return `${placeIn(place, paths[i] as string)} ${type}`;
  });
  return texts.length <= SHOWN ? texts.join(", ") : `${texts.slice(0, SHOWN).join(", ")}, …`;
}
