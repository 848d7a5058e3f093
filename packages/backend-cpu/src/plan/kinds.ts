import type { Node, Tensor } from "@throughtime/core";

/** Ops that compute each element from the elements at the same place. */
const ELEMENTWISE: ReadonlySet<string> = new Set(
  (
    "abs add and cast cos div equal erf exp floor less lessEqual log log1p maximum minimum mul neg not or pow " +
    "select sigmoid sign sin sqrt sub tanh"
  ).split(" "),
);

/** Ops that only look at their operand in another way. */
const VIEWS: ReadonlySet<string> = new Set("broadcast identity reshape slice stopGradient transpose".split(" "));

/** Values that are known before anything runs. */
const CONSTANTS: ReadonlySet<string> = new Set("constant iota size".split(" "));

/** Ops with a rule of their own. */
const OTHERS: ReadonlySet<string> = new Set(
  "argmax concat conv2d conv2dInputGradient conv2dWeightGradient gather matmul max pad scan scatterAdd sum".split(" "),
);

export const isElementwise = ({ op }: Node): boolean => ELEMENTWISE.has(op.name);
export const isView = ({ op }: Node): boolean => VIEWS.has(op.name);
export const isConstant = ({ op }: Node): boolean => CONSTANTS.has(op.name);
export const isKnown = (op: string): boolean =>
  ELEMENTWISE.has(op) || VIEWS.has(op) || CONSTANTS.has(op) || OTHERS.has(op);

/** The tensor that a chain of views looks at. */
export function rootOf(tensor: Tensor): Tensor {
  let at = tensor;
  while (isView(at.node)) at = at.node.inputs[0] as Tensor;
  return at;
}

/** The tensor behind views that change nothing: the same elements at the same places. */
export function sameElements(tensor: Tensor): Tensor {
  let at = tensor;
  while (at.node.op.name === "identity" || at.node.op.name === "stopGradient") at = at.node.inputs[0] as Tensor;
  return at;
}

export const shapeOf = ({ shape }: Tensor): readonly number[] => shape as readonly number[];
