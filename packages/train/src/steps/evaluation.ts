import { type Backend, compile, DataError, release } from "@throughtime/core";
import { requireBatch } from "../border.js";
import { quiet } from "../quiet.js";
import type { Source } from "../source.js";
import type { AnyTree } from "../trees.js";
import { type Part, weightedMean } from "./accumulating.js";
import type { AnyLoss, StepDims } from "./contract.js";
import { evaluateLoss } from "./evaluate-loss.js";
import { withInputs } from "./explain.js";
import { readScalars } from "./read.js";

/** A loss over one pass of a source. */
export interface Evaluation {
  /** The mean over the source's batches, weighted by units. */
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** How many units (tokens, examples: what the source counts) it is the mean of. */
  readonly units: number;
}

export interface Evaluator {
  /** One pass, from the source's start. `params`: on the backend. Throws DataError where the source is empty. */
  run(params: AnyTree): Promise<Evaluation>;
  release(): void;
}

export interface EvaluatorOptions {
  readonly backend: Backend;
  readonly loss: AnyLoss;
  readonly source: Source<unknown>;
  /** The carry of a batch that continues none, on the host. */
  readonly carry: AnyTree;
  readonly dims?: StepDims | undefined;
}

/** What a place is called in errors: the operation, what its source is, and when its loss is run. */
export interface Words {
  readonly op: string;
  readonly source: string;
  readonly when: string;
}

/** Compiles a loss without its gradient, with carried state and without noise. */
export function evaluator({ backend, loss, source, carry: initial, dims }: EvaluatorOptions, words: Words): Evaluator {
  const evaluate = compile(
    backend,
    (carry: AnyTree, params: AnyTree, { batch }: { readonly batch: unknown }) => {
      const value = evaluateLoss(words.op, loss, params, { batch, carry, noise: "none" });
      return { carry: value.carry, measures: { loss: value.loss, metrics: value.metrics } };
    },
    { donate: 0, dims: [dims?.carry, null, { batch: dims?.batch }] },
  );
  return {
    async run(params) {
      const parts: Part[] = [];
      const weights: number[] = [];
      let carry = initial;
      try {
        let next = await source.next(source.start);
        requireBatch(words.op, next);
        const pass = next?.epoch;
        while (next && next.epoch === pass) {
          const { batch, units, cursor, reset } = next;
          if (reset) {
            release(backend, carry);
            carry = initial;
          }
          const given = carry;
          const running = evaluate(given, params, { batch }).catch((error: unknown) => {
            throw withInputs(error, words.when, batch, given);
          });
          const following = quiet(source.next(cursor));
          const result = await running;
          carry = result.carry;
          parts.push(await readScalars<Part>(backend, result.measures));
          weights.push(units);
          next = await following;
          requireBatch(words.op, next);
        }
      } finally {
        release(backend, carry);
      }
      const units = weights.reduce((sum, weight) => sum + weight, 0);
      if (units > 0) return { ...weightedMean(parts, weights), units };
      const has = parts.length === 0 ? "no batches" : "only batches of 0 units";
      throw new DataError(`${words.op}: the ${words.source} has ${has}. Give it more data.`);
    },
    release: () => evaluate.release(),
  };
}
