import { evaluateProgram } from "./evaluate.js";
import type { BatchRule, Op, VjpContext } from "./op.js";
import { closeOver, makeProgram, placeholders } from "./program.js";
import { optionsOf, requireFunction } from "./require.js";
import { nextId, type Tensor, type Type } from "./tensor.js";
import { batchProgram } from "./vmap.js";

export interface Composite<P extends object> {
  readonly name: string;
  /** The same computation in other ops; shape rule, meaning, batching and (by default) gradient follow from it. */
  lower(inputs: readonly Tensor[], params: P): Tensor[];
  /** A better gradient than that of the ops it lowers to. */
  vjp?(context: VjpContext<P>, dy: Tensor, dys: readonly (Tensor | null)[]): (Tensor | null)[];
  /**
   * What keeps it whole under a new leading axis, where that can be: then it can be claimed inside of vmap and when it has left a
   * loop. undefined, where what it lowers to is batched instead.
   */
  batch?(...context: Parameters<Exclude<BatchRule<P>, "elementwise">>): Tensor[] | undefined;
  sumBatch?: Op<P>["sumBatch"];
}

/**
 * Declares a named sub-Program. A backend or an exporter may claim it by name and run an operator of its own; where
 * none does, `inlineComposites` replaces it with what it lowers to.
 */
export function defineComposite<P extends object>(composite: Composite<P>): Op<P> {
  const { name, lower, vjp, batch, sumBatch } = optionsOf(
    "defineComposite",
    composite,
    ...(["name", "lower", "vjp", "batch", "sumBatch"] as const),
  );
  requireFunction("defineComposite: lower", lower);
  const traced = (types: readonly Type[], params: P) => {
    const inputs = placeholders(types);
    return makeProgram(inputs, lower(inputs, params));
  };
  return Object.freeze({
    name,
    lower,
    ...(vjp ? { vjp } : {}),
    ...(sumBatch ? { sumBatch } : {}),
    shape: (types: readonly Type[], params: P) =>
      traced(types, params).outputs.map(({ shape, dtype }) => ({ shape, dtype })),
    evaluate: (inputs, params, debug) => evaluateProgram(traced(inputs, params), inputs, debug),
    batch: (inputs, batched, params, size) => {
      const whole = batch?.(inputs, batched, params, size);
      if (whole) return whole;
      const scope = nextId();
      const single = placeholders(
        inputs.map(({ shape, dtype }, i) => ({ shape: batched[i] ? shape.slice(1) : shape, dtype })),
        scope,
      );
      const { captures, program } = closeOver(single, lower(single, params), scope);
      const flags = [...captures.map(() => false), ...batched];
      return batchProgram(program, [...captures, ...inputs], flags, size).outputs;
    },
  } satisfies Op<P>);
}
