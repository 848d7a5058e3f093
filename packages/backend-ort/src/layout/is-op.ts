import type { Node, Op } from "@throughtime/core";

/** Whether a node applies an op; its params then have that op's type. */
export const isOp = <P extends object>(node: Node, op: Op<P>): node is Node & { readonly params: P } =>
  (node.op as unknown) === op;
