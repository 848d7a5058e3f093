import { describe } from "./describe.js";
import type { Dim } from "./dim.js";
import { sameDim } from "./dim.js";
import { ArgumentError, ShapeError } from "./errors.js";
import { applyOp, type Op } from "./op.js";
import { broadcast } from "./ops/broadcast.js";
import { reshape } from "./ops/reshape.js";
import { closeOver, type Program, placeholders, rebuild, requireProgram, requireTensors } from "./program.js";
import { optionsOf, requireFunction, requireList } from "./require.js";
import { isTensor, type Node, nextId, type Tensor, typeText } from "./tensor.js";
import { flattenTree, placeIn, unflattenTree } from "./tree.js";

const ARGUMENT = "vmap: argument ";

export interface Batched {
  readonly outputs: Tensor[];
  /** Which outputs carry the new axis, at 0. */
  readonly batched: boolean[];
}

/** Runs a Program over inputs some of which have a new leading axis of `size`. What none of them reaches stays as it is. */
export function batchProgram(
  program: Program,
  inputs: readonly Tensor[],
  batched: readonly boolean[],
  size: Dim,
): Batched {
  requireProgram("batchProgram: argument 1", program);
  requireTensors("batchProgram: argument 2", inputs);
  requireList("batchProgram: argument 3", batched);
  const values = new Map<Tensor, { tensor: Tensor; batched: boolean }>();
  program.inputs.forEach((input, i) =>
    values.set(input, { tensor: inputs[i] as Tensor, batched: batched[i] as boolean }),
  );
  for (const node of program.equations) {
    const operands = node.inputs.map((input) => values.get(input) as { tensor: Tensor; batched: boolean });
    const on = operands.some((operand) => operand.batched);
    const tensors = operands.map(({ tensor }) => tensor);
    const outputs = on
      ? batchNode(
          node,
          tensors,
          operands.map((operand) => operand.batched),
          size,
        )
      : rebuild(node, tensors);
    node.outputs.forEach((output, i) => values.set(output, { tensor: outputs[i] as Tensor, batched: on }));
  }
  const results = program.outputs.map((output) => values.get(output) as { tensor: Tensor; batched: boolean });
  return { outputs: results.map(({ tensor }) => tensor), batched: results.map((result) => result.batched) };
}

/** One node over inputs with a new leading axis; every output has it. At least one input must. */
export function batchNode(
  node: Node,
  inputs: readonly Tensor[],
  batched: readonly boolean[],
  size: Dim,
): readonly Tensor[] {
  const { op, params } = node;
  return op.batch === "elementwise"
    ? batchElementwise(op, inputs, batched, params)
    : op.batch(inputs, batched, params, size);
}

/** Broadcasting aligns at the right, so operands of lower rank need 1s between the new axis and their own. */
function batchElementwise(
  op: Op,
  inputs: readonly Tensor[],
  batched: readonly boolean[],
  params: object,
): readonly Tensor[] {
  const rankOf = (tensor: Tensor, i: number) => tensor.shape.length - (batched[i] ? 1 : 0);
  const rank = inputs.map(rankOf).reduce((most, own) => Math.max(most, own), 0);
  const aligned = inputs.map((tensor, i) => {
    const missing = rank - rankOf(tensor, i);
    if (!batched[i] || missing === 0) return tensor;
    const [size, ...rest] = tensor.shape as readonly [Dim, ...Dim[]];
    return reshape(tensor, [size, ...Array<Dim>(missing).fill(1), ...rest]);
  });
  return applyOp(op, aligned, params);
}

/**
 * `fn` over a leading axis of its arguments: what `fn` does for one example becomes what it does for all, in single
 * ops. Arguments and results are trees; `axis` has one entry per argument: 0 (default) maps over axis 0 of all its
 * leaves, null passes it whole. Throws ShapeError where the mapped axes differ in size.
 *
 * @example const perExample = vmap((x, y, w) => loss(x, y, w), { axis: [0, 0, null] })(xs, ys, w);
 */
export function vmap<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: { readonly axis?: readonly (0 | null)[] } = {},
): (...args: A) => R {
  requireFunction("vmap: the function", fn);
  const { axis } = optionsOf("vmap", options, "axis");
  if (axis !== undefined) requireList("vmap: axis", axis);
  for (const entry of axis ?? []) {
    if (entry !== 0 && entry !== null)
      throw new ArgumentError(`vmap: axis has ${describe(entry)}; an entry is 0 or null. Use moveAxis() for others.`);
  }
  return (...args) => {
    const { leaves, structure, paths } = flattenTree<Tensor>(args, isTensor, ARGUMENT);
    const flags = args.flatMap((arg, i) => {
      const count = flattenTree<Tensor>(arg, isTensor).leaves.length;
      return Array<boolean>(count).fill((axis?.[i] ?? (axis ? null : 0)) === 0);
    });
    let size: Dim | undefined;
    leaves.forEach((leaf, i) => {
      if (!flags[i]) return;
      const leading = leaf.shape[0];
      if (leading === undefined || (size !== undefined && !sameDim(size, leading))) {
        throw new ShapeError(
          `${placeIn(ARGUMENT, paths[i] as string)} is ${typeText(leaf)}; expected a leading axis${size === undefined ? "" : ` of ${typeof size === "number" ? size : size.key}`}.`,
        );
      }
      size = leading;
    });
    if (size === undefined) throw new ShapeError("vmap: no argument is mapped; give one of them the axis 0.");
    const scope = nextId();
    const ph = placeholders(
      leaves.map(({ shape, dtype }, i) => ({ shape: flags[i] ? shape.slice(1) : shape, dtype })),
      scope,
    );
    const result = fn(...(unflattenTree(structure, ph) as unknown as A));
    const flat = flattenTree<Tensor>(result, isTensor, "vmap: what the function returns");
    const { captures, program } = closeOver(ph, flat.leaves, scope);
    const unmapped = captures.map(() => false);
    const { outputs, batched } = batchProgram(program, [...captures, ...leaves], [...unmapped, ...flags], size);
    const n = size;
    return unflattenTree(
      flat.structure,
      outputs.map((output, i) => (batched[i] ? output : broadcast(output, [n, ...output.shape]))),
    ) as R;
  };
}
