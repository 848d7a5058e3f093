import { sameShape } from "../dim.js";
import { addOp } from "../ops/add.js";
import { subOp } from "../ops/sub.js";
import type { Program } from "../program.js";
import type { Node, Tensor } from "../tensor.js";
import { estimate, usersOf } from "./analysis.js";

interface Term {
  readonly tensor: Tensor;
  readonly sign: 1 | -1;
}

/** A carry that only adds up: c ← c + Σ sign·term, and nobody looks at it on the way. */
export type Accumulator = readonly Term[];

/** Which carries of a body are accumulators. */
export function findAccumulators(body: Program, carries: readonly Tensor[]): (Accumulator | undefined)[] {
  const users = usersOf(body);
  const once = (tensor: Tensor) => users.get(tensor)?.length === 1;
  return carries.map((carry, i) => {
    const terms: Term[] = [];
    // A term that is a sum itself, made for this one use, is several terms: each may be one op over all steps.
    const addTerm = (tensor: Tensor, sign: 1 | -1): void => {
      const { op, inputs } = tensor.node;
      const whole = inputs.every(({ shape }) => sameShape(shape, carry.shape));
      if ((op !== addOp && op !== subOp) || !once(tensor) || !whole) terms.push({ tensor, sign });
      else inputs.forEach((input, j) => addTerm(input, op === subOp && j === 1 ? flip(sign) : sign));
    };
    let tensor = body.outputs[i] as Tensor;
    while (tensor !== carry) {
      const { node } = tensor;
      if (!once(tensor) || (node.op !== addOp && node.op !== subOp)) return undefined;
      const [a, b] = node.inputs as readonly [Tensor, Tensor];
      const left = leadsToCarry(a, carry);
      if (!left && (node.op === subOp || !leadsToCarry(b, carry))) return undefined;
      const term = left ? b : a;
      // A term that broadcasts would be summed in another shape.
      if (!sameShape(term.shape, carry.shape)) return undefined;
      addTerm(term, node.op === subOp ? -1 : 1);
      tensor = left ? a : b;
    }
    return terms.length > 0 && once(carry) ? terms : undefined;
  });
}

/** Whether adding up a term after the loop is worth it: where it is one op over all steps that has no need of larger stacks, or small as a stack. */
export function leavesLoop({ equations }: Program, absorbs: (node: Node) => boolean): (term: Term) => boolean {
  const largest = equations
    .flatMap(({ outputs }) => outputs)
    .reduce((most, { shape }) => Math.max(most, estimate(shape)), 0);
  return ({ tensor: { node, shape } }) => (node.op.sumBatch ? !absorbs(node) : estimate(shape) * 4 <= largest);
}

const flip = (sign: 1 | -1): 1 | -1 => (sign === 1 ? -1 : 1);

/** Whether a chain of sums leads down to the carry. */
function leadsToCarry(tensor: Tensor, carry: Tensor): boolean {
  const pending = [tensor];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (next === carry) return true;
    const { node } = next;
    if (node.op === addOp) for (const input of node.inputs) pending.push(input);
    else if (node.op === subOp) pending.push(node.inputs[0] as Tensor);
  }
  return false;
}
