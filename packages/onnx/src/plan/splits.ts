import { type Dim, type Node, type SliceParams, sameDim, type Tensor } from "@throughtime/core";
import type { Fusion, FusionRule } from "./plan.js";

/** WebGPU binds at most 8 buffers to a kernel, so a Split there has at most 7 outputs. More than that are no gates. */
const MOST_PARTS = 7;

/** Slices of one tensor along one axis that cover it without gaps or overlaps: one Split. */
export const splits: FusionRule = (program) => {
  const groups = new Map<Tensor, Map<number, Node[]>>();
  for (const node of program.equations) {
    if (node.op.name !== "slice") continue;
    const source = node.inputs[0] as Tensor;
    const { axis } = node.params as SliceParams;
    const byAxis = groups.get(source) ?? new Map<number, Node[]>();
    groups.set(source, byAxis.set(axis, [...(byAxis.get(axis) ?? []), node]));
  }
  const fusions: Fusion[] = [];
  for (const [source, byAxis] of groups) {
    for (const [axis, nodes] of byAxis) {
      const parts = tiling(nodes, source.shape[axis] as Dim);
      if (!parts || parts.length < 2 || parts.length > MOST_PARTS) continue;
      fusions.push({
        nodes,
        at: nodes[0] as Node,
        emit(context, bind) {
          const sizes = parts.map(({ outputs }) => (outputs[0] as Tensor).shape[axis] as Dim);
          const names = context.nodes("Split", [context.value(source), context.shape(sizes)], parts.length, { axis });
          for (const node of nodes) {
            const part = parts.findIndex((other) => sameRange(other, node));
            bind(node.outputs[0] as Tensor, names[part] as string);
          }
        },
      });
    }
  }
  return fusions;
};

const range = (node: Node): SliceParams => node.params as SliceParams;

const sameRange = (a: Node, b: Node): boolean =>
  sameDim(range(a).start, range(b).start) && sameDim(range(a).end, range(b).end);

/** One slice for each part, in order, where the parts cover 0 … size; slices of the same range count once. */
function tiling(nodes: readonly Node[], size: Dim): Node[] | undefined {
  const parts: Node[] = [];
  const open = nodes.filter((node, i) => nodes.findIndex((other) => sameRange(other, node)) === i);
  for (let position: Dim = 0; !sameDim(position, size); ) {
    const at = open.findIndex((node) => sameDim(range(node).start, position) && !sameDim(range(node).end, position));
    if (at < 0) return undefined;
    const [next] = open.splice(at, 1) as [Node];
    parts.push(next);
    position = range(next).end;
  }
  return open.length === 0 ? parts : undefined;
}
