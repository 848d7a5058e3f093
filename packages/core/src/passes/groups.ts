import { type Environment, type Program, rebuild, withOutputs } from "../program.js";
import type { Node, Tensor } from "../tensor.js";

/** Nodes that become something new together: each member's outputs are replaced. */
export interface Group {
  readonly members: readonly Node[];
  /** Replacement outputs per member, from each member's (already rewritten) operands. */
  build(operands: readonly (readonly Tensor[])[]): readonly (readonly Tensor[])[];
}

/**
 * Rewrites groups of nodes. Equations are put in an order in which all operands of a group stand before it; a group
 * that a cycle would make impossible (one member needs another) is left alone.
 */
export function rewriteGroups(program: Program, groups: readonly Group[]): Program {
  if (groups.length === 0) return program;
  const { order, kept } = schedule(program, groups);
  if (kept.size === 0) return program;
  const env: Environment = new Map();
  for (const input of program.inputs) env.set(input, input);
  const operandsOf = (node: Node) => node.inputs.map((input) => env.get(input) as Tensor);
  const assign = (node: Node, outputs: readonly Tensor[]) =>
    node.outputs.forEach((output, i) => env.set(output, outputs[i] as Tensor));
  for (const unit of order) {
    if ("members" in unit) {
      const results = unit.build(unit.members.map(operandsOf));
      unit.members.forEach((member, i) => assign(member, results[i] as readonly Tensor[]));
    } else assign(unit, rebuild(unit, operandsOf(unit)));
  }
  return withOutputs(
    program,
    program.outputs.map((output) => env.get(output) as Tensor),
  );
}

type Unit = Node | Group;

/** Topological order with each group contracted to one unit; on a cycle the groups on it are dissolved. */
function schedule(program: Program, groups: readonly Group[]): { order: Unit[]; kept: Set<Group> } {
  const kept = new Set(groups);
  for (;;) {
    const unitOf = new Map<Node, Unit>();
    for (const node of program.equations) unitOf.set(node, node);
    for (const group of kept) for (const member of group.members) unitOf.set(member, group);
    const units = [...new Set(program.equations.map((node) => unitOf.get(node) as Unit))];
    const order: Unit[] = [];
    const state = new Map<Unit, "open" | "done">();
    const cyclic = new Set<Group>();
    // Depth first with an explicit stack; a unit met while open closes a cycle.
    for (const root of units) {
      const stack: { unit: Unit; pending: Unit[] }[] = [];
      const enter = (unit: Unit) => {
        state.set(unit, "open");
        const nodes = "members" in unit ? unit.members : [unit];
        const before = nodes.flatMap((node) => node.inputs.map(({ node: from }) => unitOf.get(from)));
        stack.push({
          unit,
          pending: [...new Set(before.filter((u): u is Unit => u !== undefined && u !== unit))].reverse(),
        });
        const own = new Set<Node>(nodes);
        if ("members" in unit && nodes.some((node) => node.inputs.some(({ node: from }) => own.has(from))))
          cyclic.add(unit);
      };
      if (!state.has(root)) enter(root);
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const next = top.pending.pop();
        if (next === undefined) {
          state.set(top.unit, "done");
          order.push(top.unit);
          stack.pop();
        } else if (state.get(next) === "open") {
          for (const { unit } of stack.slice(stack.findIndex((frame) => frame.unit === next)))
            if ("members" in unit) cyclic.add(unit);
        } else if (!state.has(next)) enter(next);
      }
    }
    if (cyclic.size === 0) return { order, kept };
    for (const group of cyclic) kept.delete(group);
    if (kept.size === 0) return { order: [...program.equations], kept };
  }
}
