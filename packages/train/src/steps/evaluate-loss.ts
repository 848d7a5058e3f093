import {
  ArgumentError,
  describe,
  flattenTree,
  isPromise,
  isTensor,
  quote,
  ShapeError,
  sameShape,
  structureKey,
  type Tensor,
  tensorAt,
  typeText,
} from "@throughtime/core";
import type { AnyTree } from "../trees.js";
import type { AnyLoss, LossInputs } from "./contract.js";

export interface LossValue {
  readonly loss: Tensor;
  readonly carry: AnyTree;
  readonly metrics: Readonly<Record<string, Tensor>>;
}

const KEYS: readonly string[] = ["loss", "carry", "metrics"];

/**
 * Calls a loss, for `op`, and holds it to its contract. Throws ArgumentError where it returns something else than
 * { loss, carry?, metrics? }, or more, ShapeError where the carry comes out unlike it went in, or a metric is no scalar.
 */
export function evaluateLoss(
  op: string,
  loss: AnyLoss,
  params: AnyTree,
  inputs: LossInputs<unknown, unknown, unknown>,
): LossValue {
  const result = loss(params, inputs);
  if (isPromise(result)) {
    throw new ArgumentError(
      `${op}: the loss is async. It is run once, on symbols: there is nothing to wait for in it.`,
    );
  }
  if (typeof result !== "object" || result === null || !isTensor(result.loss)) {
    throw new ArgumentError(
      `${op}: the loss returned ${describe(result)}; expected { loss, carry?, metrics? } with a scalar tensor at loss.`,
    );
  }
  const unknown = Object.keys(result).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw new ArgumentError(
      `${op}: the loss returned ${quote(unknown)}; expected { loss, carry?, metrics? }. Put what is to be reported into metrics.`,
    );
  }
  const given = Object.entries(result.metrics ?? {}) as [string, Tensor][];
  const metrics = Object.fromEntries(given.map(([name, metric]) => [name, tensorAt(`${op}: metric ${name}`, metric)]));
  for (const [name, metric] of Object.entries(metrics)) {
    if (metric.shape.length === 0) continue;
    throw new ShapeError(`${op}: metric ${name} must be a scalar, received ${typeText(metric)}. Use mean() or sum().`, {
      metric: name,
    });
  }
  return { loss: result.loss, carry: checkedCarry(op, inputs.carry, result.carry), metrics };
}

function checkedCarry(op: string, before: AnyTree, after: AnyTree): AnyTree {
  const given = flattenTree(before, isTensor, `${op}: carry`);
  if (given.leaves.length === 0) return before;
  const returned = flattenTree(after ?? {}, isTensor, `${op}: the carry that the loss returned`);
  if (structureKey(given.structure) !== structureKey(returned.structure)) {
    throw new ShapeError(
      `${op}: the loss is given a carry with {${given.paths.join(", ")}} and returned ` +
        `${after === undefined ? "none" : `one with {${returned.paths.join(", ")}}`}. Return { loss, carry } with the same keys in the same order.`,
    );
  }
  given.leaves.forEach((leaf, i) => {
    const next = returned.leaves[i] as Tensor;
    if (sameShape(leaf.shape, next.shape) && leaf.dtype === next.dtype) return;
    throw new ShapeError(
      `${op}: carry.${given.paths[i]} goes into the loss as ${typeText(leaf)} and comes out as ${typeText(next)}; it must keep its type.`,
      { path: given.paths[i] },
    );
  });
  return after;
}
