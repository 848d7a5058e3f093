import { type Dim, mulDim, type Node } from "@throughtime/core";
import type { LoweringContext } from "./context.js";

/** Adds nodes to a graph and returns the names of a node's outputs. */
export type Build = (context: LoweringContext) => readonly string[];

/**
 * What `build` makes where all dims are above 0, and otherwise what `empty` makes: a choice at run time (If) where a dim is
 * a name and the model is to be guarded. ONNX Runtime 1.30 refuses a Scan over no steps, and divides by zero, which ends
 * the process, in a GRU over none or over no sequences; of products see over-nothing.ts. All that both read must be made before, outside of them.
 */
export function guarded(
  { outputs }: Node,
  dims: readonly Dim[],
  context: LoweringContext,
  empty: Build,
  build: Build,
): readonly string[] {
  if (dims.includes(0)) return empty(context);
  const unknown = dims.filter((d) => typeof d !== "number");
  if (!context.guards || unknown.length === 0) return build(context);
  const size = context.size(unknown.reduce<Dim>((product, d) => mulDim(product, d), 1));
  return context.nodes("If", [context.node("Greater", [size, context.integers([0])])], outputs.length, {
    then_branch: context.branch("some", outputs, build),
    else_branch: context.branch("none", outputs, empty),
  });
}
