import type { DType, Tensor } from "@throughtime/core";
import type { Block } from "./block.js";
import type { Buffers } from "./memory.js";
import type { Expression, MapStep } from "./steps.js";
import { broadcastView, type View } from "./view.js";

type Lane = "f32" | "i32" | "bool";

interface Inside {
  readonly block: Block;
  /** The tensor that is computed in the same loop, or undefined for one that is read. */
  inside(tensor: Tensor): Tensor | undefined;
}

const load = (buffers: Buffers, view: View): Expression => {
  const value = buffers.scalarOf(view);
  return value === undefined ? { kind: "load", view } : { kind: "constant", dtype: view.dtype as Lane, value };
};

/** A loop that fills views with values: those of other views (a copy), or of tensors. */
export function mapStep(
  buffers: Buffers,
  shape: readonly number[],
  stores: readonly (readonly [to: View, value: View | Tensor])[],
  within?: Inside,
): MapStep {
  const made = new Map<Tensor, Expression>();
  const loaded = new Map<View, Expression>();
  const loadOf = (view: View): Expression => {
    const known = loaded.get(view) ?? load(buffers, broadcastView(view, shape));
    loaded.set(view, known);
    return known;
  };
  const expressionOf = (tensor: Tensor): Expression => {
    const same = within?.inside(tensor);
    if (!same) return loadOf((within as Inside).block.view(tensor));
    const known = made.get(same);
    if (known) return known;
    const { op, inputs } = same.node;
    const expression: Expression = {
      kind: "apply",
      op: op.name,
      // select's first operand is the condition.
      from: lane((inputs.at(-1) as Tensor).dtype),
      to: lane(same.dtype),
      operands: inputs.map(expressionOf),
    };
    made.set(same, expression);
    return expression;
  };
  return {
    kind: "map",
    shape,
    stores: stores.map(([view, value]) => ({
      view,
      value: "buffer" in value ? loadOf(value as View) : expressionOf(value as Tensor),
    })),
  };
}

const lane = (dtype: DType): Lane => dtype as Lane;
