import { sameShape } from "../dim.js";
import { ndarray } from "../ndarray.js";
import { constant } from "../op.js";
import { add, addOp } from "../ops/add.js";
import { concat } from "../ops/concat.js";
import { type MatmulParams, matmul, matmulOp } from "../ops/matmul.js";
import { mul, mulOp } from "../ops/mul.js";
import { neg, negOp } from "../ops/neg.js";
import { sub, subOp } from "../ops/sub.js";
import { transpose } from "../ops/transpose.js";
import { type Environment, type Program, rewriteProgram } from "../program.js";
import type { Node, Tensor } from "../tensor.js";
import { CARRIED, factors, isOp, type Ranks, type Users, usersOf } from "./analysis.js";

/**
 * Inside a loop, products and sums are put in another order: what does not depend on the carry meets first, so that
 * `split` can move it out, `(dc·g)·σ′` → `dc·(g·σ′)`; and, with `join`, products with weights that stay the same add
 * up as one, `a·A + b·B` → `[a b]·[A; B]`. Changes results by rounding only.
 */
export function regroup(program: Program, ranks: Ranks, join: boolean): Program {
  const users = usersOf(program);
  const carried = (tensor: Tensor) => ranks.get(tensor) === CARRIED;
  return rewriteProgram(program, (node, _, env) => {
    const y = node.outputs[0] as Tensor;
    if (!carried(y)) return undefined;
    if (isProductChain(node) && isRoot(node, users, isProductChain)) return regroupFactors(node, env, users, carried);
    if (isSumChain(node) && isRoot(node, users, isSumChain)) return regroupTerms(node, env, users, carried, join);
    return undefined;
  });
}

const isProductChain = ({ op }: Node) => op === mulOp || op === negOp;
const isSumChain = ({ op }: Node) => op === addOp || op === subOp;

/** Whether a chain ends here: the one user is not part of the same chain. */
function isRoot(node: Node, users: Users, inChain: (n: Node) => boolean): boolean {
  const readers = users.get(node.outputs[0] as Tensor) ?? [];
  const [only] = readers;
  return !(readers.length === 1 && only && inChain(only));
}

/** A tensor that a chain may look through: made in the chain for this one use. */
const isInner = (tensor: Tensor, users: Users, inChain: (n: Node) => boolean, carried: (t: Tensor) => boolean) =>
  carried(tensor) && inChain(tensor.node) && users.get(tensor)?.length === 1;

function regroupFactors(
  node: Node,
  env: Environment,
  users: Users,
  carried: (t: Tensor) => boolean,
): readonly Tensor[] | undefined {
  const moving: Tensor[] = [];
  const still: Tensor[] = [];
  let negations = 0;
  const visit = (current: Node) => {
    if (current.op === negOp) negations++;
    for (const input of current.inputs) {
      if (isInner(input, users, isProductChain, carried)) visit(input.node);
      else (carried(input) ? moving : still).push(input);
    }
  };
  visit(node);
  const isDone =
    still.length === 0
      ? negations === (node.op === negOp ? 1 : 0)
      : still.length === 1 && negations === 0 && isFlat(node, carried);
  if (isDone) return undefined;
  const map = (tensor: Tensor) => env.get(tensor) as Tensor;
  const product = (tensors: readonly Tensor[]) => tensors.map(map).reduce((p, t) => mul(p, t));
  // The sign goes to what leaves the loop, where there is such.
  const signed = (tensor: Tensor) => (negations % 2 === 1 ? neg(tensor) : tensor);
  return shaped(still.length === 0 ? signed(product(moving)) : mul(product(moving), signed(product(still))), node);
}

/** A product of carried factors and one still factor at the root already. */
const isFlat = ({ op, inputs }: Node, carried: (t: Tensor) => boolean) =>
  op === mulOp && inputs.filter((input) => !carried(input)).length === 1;

interface Term {
  readonly tensor: Tensor;
  readonly sign: 1 | -1;
}

function regroupTerms(
  node: Node,
  env: Environment,
  users: Users,
  carried: (t: Tensor) => boolean,
  join: boolean,
): readonly Tensor[] | undefined {
  const terms: Term[] = [];
  const visit = (current: Node, sign: 1 | -1) => {
    current.inputs.forEach((input, i) => {
      const own = current.op === subOp && i === 1 ? (-sign as 1 | -1) : sign;
      if (isInner(input, users, isSumChain, carried)) visit(input.node, own);
      else terms.push({ tensor: input, sign: own });
    });
  };
  visit(node, 1);
  const still = terms.filter(({ tensor }) => !carried(tensor));
  const { shape } = node.outputs[0] as Tensor;
  // A product that the sum repeats along an axis has other weights than those that fill it.
  const products = terms.filter(
    ({ tensor, sign }) =>
      join && sign === 1 && sameShape(tensor.shape, shape) && isWeightProduct(tensor, users, carried),
  );
  const others = terms.filter((term) => !still.includes(term) && !products.includes(term));
  const collected = collect(others, carried);
  if (products.length < 2 && still.length < 2 && collected.length === others.length) return undefined;
  const map = (tensor: Tensor) => env.get(tensor) as Tensor;
  const productSum = sumProducts(products.map(({ tensor }) => map(tensor)));
  const stillSum = signedSum(still.map(({ tensor, sign }) => ({ tensor: map(tensor), sign })));
  const total = signedSum([
    ...(productSum ? [{ tensor: productSum, sign: 1 as const }] : []),
    ...(stillSum ? [stillSum] : []),
    ...collected.map((terms) => collectedTerm(terms, map)),
  ]) as Term;
  return shaped(total.sign < 0 ? neg(total.tensor) : total.tensor, node);
}

interface Factored extends Term {
  /** The term is moving · Π still. */
  readonly moving: Tensor;
  readonly still: readonly Tensor[];
}

/** Terms with one and the same carried factor belong together: a·A − a·B = a·(A − B), and A − B leaves the loop. */
function collect(terms: readonly Term[], carried: (t: Tensor) => boolean): Factored[][] {
  const byFactor = new Map<Tensor, Factored[]>();
  for (const term of terms) {
    const { moving, still } = factors(term.tensor, carried);
    const list = byFactor.get(moving);
    if (list) list.push({ ...term, moving, still });
    else byFactor.set(moving, [{ ...term, moving, still }]);
  }
  return [...byFactor.values()];
}

function collectedTerm(terms: readonly Factored[], map: (t: Tensor) => Tensor): Term {
  const [first] = terms as [Factored, ...Factored[]];
  if (terms.length === 1) return { tensor: map(first.tensor), sign: first.sign };
  const one = constant(ndarray(1, { dtype: first.moving.dtype }));
  const factors = terms.map(({ still, sign }) => ({
    tensor: still.map(map).reduce<Tensor>((p, t) => (p === one ? t : mul(p, t)), one),
    sign,
  }));
  const factor = signedSum(factors) as Term;
  return { tensor: mul(map(first.moving), factor.tensor), sign: factor.sign };
}

/** a·B with a carried and B the same at every step, used nowhere else. */
function isWeightProduct(tensor: Tensor, users: Users, carried: (t: Tensor) => boolean): boolean {
  const { node } = tensor;
  return (
    isOp(node, matmulOp) &&
    tensor.shape.length === 2 &&
    !node.params.transposeA &&
    users.get(tensor)?.length === 1 &&
    carried(node.inputs[0] as Tensor) &&
    !carried(node.inputs[1] as Tensor)
  );
}

function sumProducts(products: readonly Tensor[]): Tensor | undefined {
  if (products.length < 2) return products[0];
  const lefts = products.map(({ node }) => node.inputs[0] as Tensor);
  // B in the form [K, N] or [N, K], as the first has it, joined along K; others are turned, which happens once.
  const { transposeB } = (products[0] as Tensor).node.params as MatmulParams;
  const rights = products.map(({ node }) => {
    const b = node.inputs[1] as Tensor;
    return (node.params as MatmulParams).transposeB === transposeB ? b : transpose(b, [1, 0]);
  });
  return matmul(concat(lefts, { axis: 1 }), concat(rights, { axis: transposeB ? 1 : 0 }), { transposeB });
}

function signedSum(terms: readonly Term[]): Term | undefined {
  // A positive term first, so that a sum begins without a negation.
  const [first, ...rest] = [...terms].sort((a, b) => b.sign - a.sign);
  return rest.reduce<Term | undefined>(
    (sum, term) => sum && { sign: sum.sign, tensor: (sum.sign === term.sign ? add : sub)(sum.tensor, term.tensor) },
    first,
  );
}

/** Regrouping must not change a shape: a factor that only broadcast the result would. */
const shaped = (tensor: Tensor, node: Node): readonly Tensor[] | undefined =>
  sameShape(tensor.shape, (node.outputs[0] as Tensor).shape) ? [tensor] : undefined;
