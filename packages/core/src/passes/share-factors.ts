import { mul, mulOp } from "../ops/mul.js";
import { sub, subOp } from "../ops/sub.js";
import { type Program, rewriteProgram } from "../program.js";
import type { Node, Tensor } from "../tensor.js";
import { constantValue, type Ranks, type Users, usersOf } from "./analysis.js";
import { Identities } from "./keys.js";

/**
 * A product of several factors uses the product of two of them that is made anyway: beside `i·g`, `g·(i·(1 − i))` is
 * `(i·g)·(1 − i)`, and `i·(1 − g·g)` is `i − (i·g)·g`. The derivatives of gates meet the gates' products so. In a loop
 * only factors that depend on the same are put together. Changes results by rounding only.
 */
export function shareFactors(program: Program, ranks?: Ranks): Program {
  const users = usersOf(program);
  /** A product that is made for another one alone, which depends on the same. */
  const isInner = (tensor: Tensor): boolean => {
    const [user, ...others] = users.get(tensor) ?? [];
    if (!isProduct(tensor.node) || others.length > 0 || !user || !isProduct(user)) return false;
    return ranks?.get(tensor) === ranks?.get(user.outputs[0] as Tensor);
  };
  const ids = new Identities();
  const keyOf = (a: Tensor, b: Tensor) => [ids.of(a), ids.of(b)].sort((x, y) => x - y).join();
  const known = new Map<string, Node>();
  for (const node of program.equations) {
    const [a, b] = node.inputs as readonly [Tensor, Tensor];
    if (isProduct(node) && !isInner(a) && !isInner(b) && !complement(a, users) && !complement(b, users))
      known.set(keyOf(a, b), node);
  }
  const rootOf = (node: Node): Node => {
    const y = node.outputs[0] as Tensor;
    return isInner(y) ? rootOf(users.get(y)?.[0] as Node) : node;
  };
  // Of two products that each could use a part of the other's, the later one does; else they would change places for ever.
  const productOf = (a: Tensor, b: Tensor, root: Node): Node | undefined => {
    const found = ranks?.get(a) === ranks?.get(b) ? known.get(keyOf(a, b)) : undefined;
    const stays = found && (!isInner(found.outputs[0] as Tensor) || rootOf(found).id <= root.id);
    return stays ? found : undefined;
  };

  return rewriteProgram(program, (node, _, env) => {
    if (!isProduct(node) || isInner(node.outputs[0] as Tensor)) return undefined;
    const of = (tensor: Tensor) => env.get(tensor) as Tensor;
    // Made again: `known` may stand further on. Equal nodes become one.
    const again = ({ inputs }: Node) => mul(of(inputs[0] as Tensor), of(inputs[1] as Tensor));
    const { leaves, nodes } = chainOf(node, isInner);
    for (const [i, a] of leaves.entries()) {
      for (const [j, b] of leaves.entries()) {
        const rest = () => leaves.filter((_, at) => at !== i && at !== j).map(of);
        const whole = i < j && leaves.length > 2 ? productOf(a, b, node) : undefined;
        if (whole && !nodes.has(whole)) return [rest().reduce((p, t) => mul(p, t), again(whole))];
        if (i === j) continue;
        for (const [s, t] of complement(b, users) ?? []) {
          const part = productOf(a, s, node);
          if (part) return [rest().reduce((p, r) => mul(p, r), sub(of(a), mul(again(part), of(t))))];
        }
      }
    }
    return undefined;
  });
}

const isProduct = ({ op }: Node): boolean => op === mulOp;

/** For 1 − s·t that is made for one user: s and t, in both orders. */
function complement(tensor: Tensor, users: Users): [Tensor, Tensor][] | undefined {
  const { op, inputs } = tensor.node;
  const [one, product] = inputs as readonly [Tensor, Tensor];
  if (op !== subOp || constantValue(one) !== 1 || !isProduct(product.node)) return undefined;
  if (users.get(tensor)?.length !== 1) return undefined;
  const [s, t] = product.node.inputs as readonly [Tensor, Tensor];
  return [
    [s, t],
    [t, s],
  ];
}

/** The factors of a product, through products that are made for it alone. */
function chainOf(root: Node, isInner: (tensor: Tensor) => boolean): { leaves: Tensor[]; nodes: Set<Node> } {
  const leaves: Tensor[] = [];
  const nodes = new Set([root]);
  const visit = (node: Node) => {
    for (const input of node.inputs) {
      if (isInner(input)) {
        nodes.add(input.node);
        visit(input.node);
      } else leaves.push(input);
    }
  };
  visit(root);
  return { leaves, nodes };
}
