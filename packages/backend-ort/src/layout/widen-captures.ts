import {
  addOp,
  applyOp,
  broadcast,
  makeProgram,
  matmulOp,
  type Node,
  type Program,
  placeholders,
  replay,
  rewriteProgram,
  type Shape,
  sameShape,
  scanOp,
  splitInputs,
  type Tensor,
  usersOf,
} from "@throughtime/core";
import { isOp } from "./is-op.js";

/**
 * A vector that a feature-major loop repeats along the batch, such as a peephole's [F, 1] beside [F, B], is repeated
 * once before the loop: ONNX Runtime takes three times as long where one operand is narrower than the other. A product's
 * addend stays, since Gemm repeats it by itself.
 */
export function widenCaptures(program: Program): Program {
  return rewriteProgram(program, (node, inputs) => {
    if (!isOp(node, scanOp)) return undefined;
    const { body } = node.params;
    const inner = splitInputs(body.inputs, node.params);
    const outer = splitInputs(inputs, node.params);
    const users = usersOf(body);
    const widths = inner.captures.map((capture) => widthOf(capture, users.get(capture) ?? []));
    if (widths.every((width) => width === undefined)) return undefined;
    const captures = outer.captures.map((capture, i) => (widths[i] ? broadcast(capture, widths[i]) : capture));
    const fresh = placeholders([...captures, ...inner.carries, ...inner.xs]);
    return applyOp(scanOp, [...captures, ...outer.carries, ...outer.xs], {
      ...node.params,
      body: makeProgram(fresh, replay(body, fresh)),
    });
  });
}

/** The shape of what all readers make of a column [F, 1], where they are elementwise and agree. */
function widthOf({ shape }: Tensor, readers: readonly (Node | null)[]): Shape | undefined {
  if (shape.length !== 2 || shape[1] !== 1) return undefined;
  const results = readers.map(
    (reader) => reader?.op.batch === "elementwise" && !addsToProduct(reader) && reader.outputs[0],
  );
  const [first] = results;
  return first && results.every((result) => result && sameShape(result.shape, first.shape)) ? first.shape : undefined;
}

const addsToProduct = (node: Node): boolean =>
  isOp(node, addOp) && node.inputs.some((input) => isOp(input.node, matmulOp));
