import { isExpansion, sourcesOf } from "./passes/sources.js";
import { rebuild } from "./program.js";
import type { Node, Tensor } from "./tensor.js";

/** What a backward step reads of the forward step, its residuals, and what the forward step keeps for that. */
export interface Residuals {
  readonly all: readonly Tensor[];
  readonly kept: readonly Tensor[];
  /** All residuals, made of other tensors in the place of those that are kept. */
  from(kept: readonly Tensor[]): readonly Tensor[];
}

/**
 * What nodes of an inner scope read of an outer one: tensors of `outerScope` where the two meet. What cheap ops make of much
 * smaller values is not kept but made again: Chen et al. 2016, "Training deep nets with sublinear memory cost".
 */
export function residualsOf(outputs: readonly Tensor[], outerScope: number, innerScope: number): Residuals {
  const all = frontier(outputs, outerScope, innerScope);
  const isStill = ({ node }: Tensor) => node.scope < outerScope;
  const sources = sourcesOf(nodesWithin(all, outerScope, new Set()), isStill);
  const again = all.filter((tensor) => isExpansion(tensor, sources(tensor)));
  const kept = inOrder(all.flatMap((tensor) => (again.includes(tensor) ? sources(tensor) : [tensor])));
  const made = nodesWithin(again, outerScope, new Set(kept));
  return {
    all,
    kept,
    from(tensors) {
      const env = new Map(kept.map((tensor, i) => [tensor, tensors[i] as Tensor]));
      for (const node of made) {
        const operands = node.inputs.map((input) => env.get(input) ?? input);
        rebuild(node, operands).forEach((y, i) => env.set(node.outputs[i] as Tensor, y));
      }
      return all.map((tensor) => env.get(tensor) as Tensor);
    },
  };
}

function frontier(outputs: readonly Tensor[], outerScope: number, innerScope: number): Tensor[] {
  const seen = new Set<Tensor>();
  const found: Tensor[] = [];
  const pending = [...outputs];
  for (let tensor = pending.pop(); tensor !== undefined; tensor = pending.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    if (tensor.node.scope >= innerScope) for (const input of tensor.node.inputs) pending.push(input);
    else if (tensor.node.scope >= outerScope) found.push(tensor);
  }
  return inOrder(found);
}

/** Nodes of a scope that some tensors need, in topological order, not looking behind `stop`. */
function nodesWithin(tensors: readonly Tensor[], scope: number, stop: ReadonlySet<Tensor>): Node[] {
  const seen = new Set<Node>();
  const pending = [...tensors];
  for (let tensor = pending.pop(); tensor !== undefined; tensor = pending.pop()) {
    const { node } = tensor;
    if (stop.has(tensor) || node.scope < scope || seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) pending.push(input);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** Each once, in the order in which they were made. */
const inOrder = (tensors: readonly Tensor[]): Tensor[] =>
  [...new Set(tensors)].sort((a, b) => a.node.id - b.node.id || a.index - b.index);
