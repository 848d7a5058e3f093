import { compile, DataError, release } from "@throughtime/core";
import { requireBatch } from "../border.js";
import { quiet } from "../quiet.js";
import type { Source } from "../source.js";
import { type AnyTree, merge } from "../trees.js";
import { type Part, weightedMean } from "./accumulating.js";
import { evaluateLoss } from "./evaluate-loss.js";
import { withInputs } from "./explain.js";
import { readScalars } from "./read.js";
import type { StepperOptions } from "./single.js";

export interface Evaluation {
  /**
   * The mean loss and metrics over one pass of the source, weighted by units, with carried state and without noise.
   * Throws DataError where the source is empty.
   */
  run(trained: AnyTree): Promise<Part>;
  release(): void;
}

/** A loss without gradient over one pass of a source, from its start. */
export function evaluation(
  { backend, loss, frozen, carry: initial, dims }: Omit<StepperOptions, "optimizer" | "clip">,
  source: Source<unknown>,
): Evaluation {
  const evaluate = compile(
    backend,
    (carry: AnyTree, trained: AnyTree, fixed: AnyTree, { batch }: { readonly batch: unknown }) => {
      const value = evaluateLoss(loss, merge(trained, fixed), { batch, carry, noise: "none" });
      return { carry: value.carry, measures: { loss: value.loss, metrics: value.metrics } };
    },
    { donate: 0, dims: [dims?.carry, null, null, { batch: dims?.batch }] },
  );
  return {
    async run(trained) {
      const parts: Part[] = [];
      const weights: number[] = [];
      let carry = initial;
      try {
        let next = await source.next(source.start);
        requireBatch(next);
        const pass = next?.epoch;
        while (next && next.epoch === pass) {
          const { batch, units, cursor, reset } = next;
          if (reset) {
            release(backend, carry);
            carry = initial;
          }
          const given = carry;
          const running = evaluate(given, trained, frozen, { batch }).catch((error: unknown) => {
            throw withInputs(error, "in validation", batch, given);
          });
          const following = quiet(source.next(cursor));
          const result = await running;
          carry = result.carry;
          parts.push(await readScalars<Part>(backend, result.measures));
          weights.push(units);
          next = await following;
          requireBatch(next);
        }
      } finally {
        release(backend, carry);
      }
      if (parts.length === 0) throw new DataError("train: the validation source has no batches. Give it more data.");
      return weightedMean(parts, weights);
    },
    release: () => evaluate.release(),
  };
}
