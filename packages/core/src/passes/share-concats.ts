import { addDim, type Dim } from "../dim.js";
import { concatOp } from "../ops/concat.js";
import { slice } from "../ops/slice.js";
import { type Program, reachableNodes, rebuild, replay, withOutputs } from "../program.js";
import type { Node, Tensor } from "../tensor.js";
import { CARRIED, isOp, type Ranks, type Users, usersOf } from "./analysis.js";
import { factorPair } from "./factor-concats.js";

interface Part {
  readonly start: Dim;
  readonly end: Dim;
}

/**
 * Where a loop joins computed values, others that read one of them read a slice of the joint instead. The parts then
 * have one use each, so that they can be computed jointly. One joint at a time; simplify comes round for the next.
 */
export function shareConcats(program: Program, ranks: Ranks): Program {
  const users = usersOf(program);
  const carried = (tensor: Tensor) => ranks.get(tensor) === CARRIED;
  for (const node of program.equations) {
    if (!isOp(node, concatOp) || ranks.get(node.outputs[0] as Tensor) !== CARRIED) continue;
    // Only a joint that becomes a product of joints: of another, a slice would be its part again.
    if (!node.inputs.every((part) => factorPair(part, carried))) continue;
    const shared = sharedParts(node, node.params.axis, ranks, users);
    if (shared.size > 0) return readFromJoint(program, node, node.params.axis, shared);
  }
  return program;
}

function sharedParts(node: Node, axis: number, ranks: Ranks, users: Users): Map<Tensor, Part> {
  const shared = new Map<Tensor, Part>();
  let end: Dim = 0;
  for (const part of node.inputs) {
    const start = end;
    end = addDim(start, part.shape[axis] as Dim);
    const isComputed = part.node.op.batch === "elementwise" && ranks.get(part) === CARRIED;
    const others = (users.get(part) ?? []).filter((user) => user !== node);
    const isSingle = node.inputs.filter((other) => other === part).length === 1;
    if (isComputed && isSingle && others.length > 0 && !leadsTo(others, node, users)) shared.set(part, { start, end });
  }
  return shared;
}

/** The joint and what it needs come first; everything after reads its parts from it. */
function readFromJoint(program: Program, node: Node, axis: number, shared: ReadonlyMap<Tensor, Part>): Program {
  const joint = node.outputs[0] as Tensor;
  const first = new Set(reachableNodes([joint], new Set(program.inputs)));
  const equations = [...first, ...program.equations.filter((equation) => !first.has(equation))];
  const outputs = replay({ ...program, equations }, program.inputs, (equation, inputs, env) => {
    const built = rebuild(equation, inputs);
    if (equation !== node) return built;
    for (const [part, { start, end }] of shared) env.set(part, slice(built[0] as Tensor, { axis, start, end }));
    return built;
  });
  return withOutputs(program, outputs);
}

/** Whether any of the nodes is needed to compute `target`. */
function leadsTo(nodes: readonly (Node | null)[], target: Node, users: Users): boolean {
  const seen = new Set<Node>();
  const pending = nodes.filter((node): node is Node => node !== null);
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node === target) return true;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const output of node.outputs) for (const user of users.get(output) ?? []) if (user) pending.push(user);
  }
  return false;
}
