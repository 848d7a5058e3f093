import type { Shape } from "../dim.js";
import { constantOp, type Op } from "../op.js";
import { broadcastOp } from "../ops/broadcast.js";
import { mulOp } from "../ops/mul.js";
import { reshapeOp } from "../ops/reshape.js";
import type { Program } from "../program.js";
import { requireProgram } from "../program.js";
import type { ScanParams } from "../scan.js";
import type { Node, Tensor } from "../tensor.js";

/** Who reads each tensor: a node once for each operand that it is, and `null` for each of the Program's outputs. */
export type Users = ReadonlyMap<Tensor, readonly (Node | null)[]>;

export function usersOf(program: Program): Users {
  requireProgram("usersOf: argument 1", program);
  const users = new Map<Tensor, (Node | null)[]>();
  const add = (tensor: Tensor, user: Node | null) => {
    const list = users.get(tensor);
    if (list) list.push(user);
    else users.set(tensor, [user]);
  };
  for (const node of program.equations) for (const input of node.inputs) add(input, node);
  for (const output of program.outputs) add(output, null);
  return users;
}

export type ScanNode = Node & { readonly params: ScanParams };

/** How a value in a scan's body comes about: from captures alone, from xs too, or from the carry. */
export const INVARIANT = 0;
export const PER_STEP = 1;
export const CARRIED = 2;
export type Rank = 0 | 1 | 2;
export type Ranks = ReadonlyMap<Tensor, Rank>;

export function ranksOf(program: Program, inputRanks: readonly Rank[]): Map<Tensor, Rank> {
  const ranks = new Map<Tensor, Rank>();
  program.inputs.forEach((input, i) => ranks.set(input, inputRanks[i] as Rank));
  for (const node of program.equations) {
    const rank = node.inputs.reduce<Rank>((most, input) => Math.max(most, ranks.get(input) as Rank) as Rank, INVARIANT);
    for (const output of node.outputs) ranks.set(output, rank);
  }
  return ranks;
}

export const isOp = <P extends object>(node: Node, op: Op<P>): node is Node & { readonly params: P } =>
  (node.op as unknown) === op;

/** The number that every element is, where that is known. Sees through broadcasts and reshapes. */
export function constantValue(tensor: Tensor): number | undefined {
  let { node } = tensor;
  while (isOp(node, broadcastOp) || isOp(node, reshapeOp)) node = (node.inputs[0] as Tensor).node;
  return isOp(node, constantOp) && node.params.value.data.length === 1 ? node.params.value.data[0] : undefined;
}

/**
 * Roughly how many elements, for choosing between equal programs. A named size counts as 64 here; no result depends
 * on it.
 */
export function estimate(shape: Shape): number {
  return shape.reduce<number>((product, d) => {
    if (typeof d === "number") return product * d;
    return (
      product *
      Math.max(
        1,
        d.terms.reduce((sum, t) => sum + t.coefficient * 64 ** t.names.length, 0),
      )
    );
  }, 1);
}

/** A carried value as one carried factor times still ones: what remains when still factors are taken off. */
export function factors(tensor: Tensor, carried: (t: Tensor) => boolean): { moving: Tensor; still: Tensor[] } {
  const still: Tensor[] = [];
  let moving = tensor;
  while (moving.node.op === mulOp) {
    const [a, b] = moving.node.inputs as readonly [Tensor, Tensor];
    if (carried(a) === carried(b)) break;
    still.push(carried(a) ? b : a);
    moving = carried(a) ? a : b;
  }
  return { moving, still };
}
