import { describe } from "./describe.js";
import { sameShape } from "./dim.js";
import { isFloat } from "./dtype.js";
import { ArgumentError, DtypeError, ShapeError, TraceError } from "./errors.js";
import { tensorAt } from "./op.js";
import { add } from "./ops/add.js";
import { constantOf } from "./ops/fill.js";
import { identity } from "./ops/identity.js";
import { mergePads } from "./ops/pad.js";
import { sumTo } from "./ops/sum.js";
import { reachableNodes } from "./program.js";
import { requireFunction, requireList } from "./require.js";
import { isTensor, type Node, type Tensor, typeText } from "./tensor.js";
import { flattenTree, unflattenTree } from "./tree.js";

/**
 * Reverse mode: what each of `wrt` contributes to Σ outputs·cotangents. Nothing flows beyond `wrt`, so its members
 * count as independent. null where nothing flows.
 */
export function backpropagate(
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | null)[],
  wrt: readonly Tensor[],
): (Tensor | null)[] {
  for (const [name, list] of Object.entries({ outputs, cotangents, wrt })) requireList(`backpropagate: ${name}`, list);
  const sources = new Set(wrt);
  const active = activeNodes(outputs, sources);
  const received = new Map<Tensor, Tensor[]>();
  const receive = (tensor: Tensor, dy: Tensor | null | undefined) => {
    if (!dy || !isFloat(tensor.dtype) || !(sources.has(tensor) || active.has(tensor.node))) return;
    const list = received.get(tensor);
    if (list) list.push(dy);
    else received.set(tensor, [dy]);
  };
  outputs.forEach((output, i) => receive(output, cotangents[i]));

  const total = (tensor: Tensor): Tensor | null => {
    const parts = received.get(tensor);
    if (!parts) return null;
    return mergePads(parts).reduce((sum, part) => add(sum, part));
  };
  for (const node of [...active].sort((a, b) => b.id - a.id)) {
    const dys = node.outputs.map((output) => (sources.has(output) ? null : total(output)));
    if (dys.every((dy) => dy === null)) continue;
    const dxs = vjpOf(node, dys);
    node.inputs.forEach((input, i) => receive(input, dxs[i]));
  }
  return wrt.map(total);
}

/** Nodes between sources and outputs: those that depend on a source. */
function activeNodes(outputs: readonly Tensor[], sources: ReadonlySet<Tensor>): Set<Node> {
  const active = new Set<Node>();
  for (const node of reachableNodes(outputs, sources)) {
    if (node.inputs.some((input) => sources.has(input) || active.has(input.node))) active.add(node);
  }
  return active;
}

function vjpOf(node: Node, dys: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
  const { op, inputs, outputs, params } = node;
  if (!op.vjp) {
    if (!op.lower) throw new TraceError(`grad: ${op.name} has no gradient. Use stopGradient() if none should flow.`);
    // A composite without a rule of its own is differentiated as what it lowers to.
    return backpropagate(op.lower(inputs, params), dys, inputs);
  }
  const context = { inputs, outputs, params, y: outputs[0] as Tensor };
  const dxs = op.vjp(context, (dys[0] ?? constantOf(outputs[0] as Tensor, 0)) as Tensor, dys);
  if (op.batch !== "elementwise") return dxs;
  return dxs.map((dx, i) => dx && sumTo(dx, (inputs[i] as Tensor).shape));
}

/**
 * The value of `fn` at `x` and the gradient of its loss: `fn` returns a scalar tensor, or a tree with one at `loss`
 * beside whatever else it wants to hand out (metrics, new state). The gradient has x's structure. What `fn` uses from
 * outside counts as constant; Math.random() is drawn once, when it is traced. Throws ShapeError where the loss is not a
 * scalar, ArgumentError where x or what `fn` returns holds something else than tensors.
 *
 * @example const [loss, grads] = valueAndGrad((p) => model.loss(p, batch), params);
 */
export function valueAndGrad<X, V extends Tensor | { readonly loss: Tensor }>(
  fn: (x: X) => V,
  x: X,
): [value: V, gradient: X] {
  requireFunction("grad: the function", fn);
  const { leaves, structure } = flattenTree<Tensor>(x, isTensor, "grad: x");
  const copies = leaves.map((leaf) => identity(leaf));
  const value = fn(unflattenTree(structure, copies) as X);
  const loss: unknown = isTensor(value) ? value : (value as { loss?: unknown } | undefined)?.loss;
  if (!isTensor(loss)) {
    throw new ArgumentError(
      `grad: the function must return a scalar tensor, or a tree with one at \`loss\`; it returned ${describe(value)}.`,
    );
  }
  if (loss.shape.length > 0) {
    throw new ShapeError(`grad: the loss must be a scalar, received ${typeText(loss)}. Use mean(loss) or sum(loss).`);
  }
  if (!isFloat(loss.dtype)) throw new DtypeError(`grad: the loss must be f32 or f64, received ${loss.dtype}.`);
  const grads = backpropagate([loss], [constantOf(loss, 1)], copies);
  return [
    value,
    unflattenTree(
      structure,
      grads.map((g, i) => g ?? constantOf(copies[i] as Tensor, 0)),
    ) as X,
  ];
}

/** The gradient of a scalar function at `x`, with x's structure. See valueAndGrad. */
export const grad = <X>(fn: (x: X) => Tensor, x: X): X => valueAndGrad(fn, x)[1];

/** A function's value at `x` and its vector–Jacobian product for the cotangent `dy` of one output tensor. */
export function vjp(fn: (x: Tensor) => Tensor, x: Tensor, dy: Tensor): [y: Tensor, dx: Tensor] {
  requireFunction("vjp: the function", fn);
  const copy = identity(x);
  const y = tensorAt("vjp: what the function returns", fn(copy));
  const seed = tensorAt("vjp: dy", dy);
  if (!sameShape(seed.shape, y.shape) || seed.dtype !== y.dtype) {
    throw new ShapeError(
      `vjp: dy is ${typeText(seed)}, but the function returns ${typeText(y)}. Give one of its type.`,
    );
  }
  return [y, backpropagate([y], [seed], [copy])[0] ?? constantOf(x, 0)];
}
