import { type Backend, putOnBackend } from "@throughtime/core";
import { requireEvaluation } from "./border.js";
import type { Source } from "./source.js";
import type { AnyLoss, Loss, StepDims } from "./steps/contract.js";
import { type Evaluation, evaluator } from "./steps/evaluation.js";

/** `P`, `B`, `C`: the trees of host data that parameters, batches and carry are. */
export interface EvaluateOptions<P, B, C = unknown, N = unknown> {
  readonly backend: Backend;
  /** A tree on the host; or on the backend, where it stays. */
  readonly params: P;
  /** A model and its loss, as `train` takes it. It gets `noise: "none"`. */
  readonly loss: Loss<P, B, C, N>;
  /** One pass of it is read, from its start. */
  readonly source: Source<B>;
  /** The state before the first batch, and before each that says `reset`, where batches continue each other. On the host. */
  readonly carry?: C;
  /** Names for axes that differ between batches: `{ batch: { x: ["T", "B"] } }`. Those of `noise` are not used. */
  readonly dims?: StepDims;
}

const WORDS = { op: "evaluate", source: "source", when: "in evaluate" };

/**
 * The mean of a loss and its metrics over one pass of a source, weighted by each batch's units (tokens, examples), with
 * carried state and without dropout or other noise: what `train` measures on its validation source. One batch is read while
 * the one before it runs. Frees all that it put on the backend.
 *
 * Throws ArgumentError for options of the wrong kind and for batches that are none, DataError where the source has no
 * batches, what tracing the loss throws, and what the source throws.
 *
 * @example const { loss } = await evaluate({ backend, params, loss: model.loss, source, dims: model.dims });
 */
export async function evaluate<P, B, C = unknown, N = unknown>(
  options: EvaluateOptions<P, B, C, N>,
): Promise<Evaluation> {
  requireEvaluation(options as unknown as EvaluateOptions<unknown, unknown>);
  const { backend, params, source, carry = {}, dims } = options;
  const compiled = evaluator({ backend, loss: options.loss as unknown as AnyLoss, source, carry, dims }, WORDS);
  try {
    const placed = await putOnBackend(backend, params);
    try {
      return await compiled.run(placed.tree);
    } finally {
      placed.release();
    }
  } finally {
    compiled.release();
  }
}
