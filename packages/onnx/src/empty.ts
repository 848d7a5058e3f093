import {
  applyOp,
  type Program,
  rewriteProgram,
  type ScanParams,
  type Shape,
  type Tensor,
  zeros,
} from "@throughtime/core";

/**
 * The Program with every value that is known to have no elements as a constant, in bodies of scans too. What ONNX says of
 * broadcasting to an axis of size 0, and what runtimes do with one, differs from kernel to kernel; so none meets it but
 * those that make something of nothing, such as sums.
 */
export function withoutEmpty(program: Program): Program {
  return rewriteProgram(program, (node, inputs) => {
    const { op, outputs, params } = node;
    if (op.name !== "scan") return outputs.every(isEmpty) && op.name !== "constant" ? outputs.map(nothing) : undefined;
    const body = withoutEmpty((params as ScanParams).body);
    if (body === (params as ScanParams).body && !outputs.some(isEmpty)) return undefined;
    return applyOp(op, inputs, { ...params, body }).map((output) => (isEmpty(output) ? nothing(output) : output));
  });
}

const isEmpty = ({ shape }: { readonly shape: Shape }): boolean => shape.includes(0);

const nothing = ({ shape, dtype }: Tensor): Tensor => zeros(shape, dtype);
