import { type Node, type Program, sameShape, type Tensor } from "@throughtime/core";
import { isConstant, isElementwise, isView, rootOf, sameElements } from "./kinds.js";

/** Equations that run as one: a fused elementwise loop, or any other op by itself. */
export interface Unit {
  readonly nodes: Node[];
  readonly needs: Set<Unit>;
}

/** So many values in one loop that registers and streams run out. */
const MAX_NODES = 48;

/**
 * Groups a block's equations. An elementwise op joins a group of the same shape that it reads from or shares an operand
 * with, unless something that it needs waits for that group. The units come back in an order in which they can run.
 */
export function clusters(program: Program): { units: Unit[]; unitOf: ReadonlyMap<Node, Unit> } {
  const unitOf = new Map<Node, Unit>();
  const readers = new Map<Tensor, Set<Unit>>();
  const units: Unit[] = [];
  for (const node of program.equations) {
    if (isView(node) || isConstant(node)) continue;
    const needs = needsOf(node, unitOf);
    const joined = isElementwise(node)
      ? candidates(node, unitOf, readers).find((unit) => fits(node, unit, needs, unitOf))
      : undefined;
    const unit = joined ?? { nodes: [], needs: new Set<Unit>() };
    if (!joined) units.push(unit);
    unit.nodes.push(node);
    unitOf.set(node, unit);
    for (const need of needs) if (need !== unit) unit.needs.add(need);
    for (const input of node.inputs) {
      const root = rootOf(input);
      if (isConstant(root.node)) continue;
      const known = readers.get(root);
      if (known) known.add(unit);
      else readers.set(root, new Set([unit]));
    }
  }
  return { units: inOrder(units), unitOf };
}

function needsOf(node: Node, unitOf: ReadonlyMap<Node, Unit>): Set<Unit> {
  const needs = new Set<Unit>();
  for (const input of node.inputs) {
    const unit = unitOf.get(rootOf(input).node);
    if (unit) needs.add(unit);
  }
  return needs;
}

/** Groups that the node reads from, then those that read what it reads. */
function candidates(
  node: Node,
  unitOf: ReadonlyMap<Node, Unit>,
  readers: ReadonlyMap<Tensor, ReadonlySet<Unit>>,
): Unit[] {
  const found = new Set<Unit>();
  for (const input of node.inputs) {
    const unit = unitOf.get(sameElements(input).node);
    if (unit) found.add(unit);
  }
  for (const input of node.inputs) for (const unit of readers.get(rootOf(input)) ?? []) found.add(unit);
  return [...found];
}

function fits(node: Node, unit: Unit, needs: ReadonlySet<Unit>, unitOf: ReadonlyMap<Node, Unit>): boolean {
  const [first] = unit.nodes as [Node];
  if (!isElementwise(first) || unit.nodes.length >= MAX_NODES) return false;
  if (!sameShape((first.outputs[0] as Tensor).shape, (node.outputs[0] as Tensor).shape)) return false;
  const { shape } = node.outputs[0] as Tensor;
  for (const input of node.inputs) {
    if (unitOf.get(rootOf(input).node) !== unit) continue;
    // Read at other places than the one that is computed: only once all of it is there.
    const same = sameElements(input);
    if (unitOf.get(same.node) !== unit || !sameShape(same.shape, shape)) return false;
  }
  return ![...needs].some((need) => need !== unit && reaches(need, unit));
}

/** Whether `from` waits for `target`. */
function reaches(from: Unit, target: Unit): boolean {
  const seen = new Set<Unit>();
  const pending = [from];
  for (let unit = pending.pop(); unit !== undefined; unit = pending.pop()) {
    if (unit === target) return true;
    if (seen.has(unit)) continue;
    seen.add(unit);
    for (const need of unit.needs) pending.push(need);
  }
  return false;
}

function inOrder(units: readonly Unit[]): Unit[] {
  const done = new Set<Unit>();
  const order: Unit[] = [];
  const place = (unit: Unit): void => {
    if (done.has(unit)) return;
    done.add(unit);
    for (const need of unit.needs) place(need);
    order.push(unit);
  };
  for (const unit of units) place(unit);
  return order;
}
