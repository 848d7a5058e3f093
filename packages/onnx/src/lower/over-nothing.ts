import {
  type Dim,
  isProgram,
  type MatmulParams,
  type Node,
  type Program,
  type ScanParams,
  type Tensor,
} from "@throughtime/core";

/**
 * Sizes at which ONNX Runtime 1.30 goes wrong once they are 0: a Scan fails over no steps, and products are as `summedOver`
 * says. In bodies of scans too; without those that are numbers.
 */
export const delicateSizes = (program: Program): Dim[] =>
  sizesIn(program, (node) => (node.op.name === "scan" ? [(node.params as ScanParams).length] : summedOver(node)));

/** Those of products alone. */
export const delicateSums = (program: Program): Dim[] => sizesIn(program, summedOver);

function sizesIn(program: Program, own: (node: Node) => readonly Dim[]): Dim[] {
  return program.equations.flatMap((node) => {
    const inner = Object.values(node.params).flatMap((value) => (isProgram(value) ? sizesIn(value, own) : []));
    return [...own(node), ...inner].filter((size) => typeof size !== "number");
  });
}

/**
 * The axis that a product of stacks of matrices sums over, where an operand is transposed: ONNX Runtime makes one operator of
 * both (FusedMatMul), and that leaves all but the first matrix as whatever its memory held where it sums over nothing.
 */
export function summedOver(node: Node): readonly Dim[] {
  if (node.op.name !== "matmul") return [];
  const [a, b] = node.inputs as readonly [Tensor, Tensor];
  const { transposeA, transposeB } = node.params as MatmulParams;
  if (a.shape.length === 2 || !(transposeA || transposeB || isTransposed([a, b]))) return [];
  return [a.shape.at(transposeA ? -2 : -1) as Dim];
}

/** Whether a transposition may reach one of these: ONNX Runtime moves it past what does no more than map elements. */
function isTransposed(tensors: readonly Tensor[], seen = new Set<Node>()): boolean {
  return tensors.some(({ node }) => {
    if (node.op.name === "transpose") return true;
    if (seen.has(node) || node.op.name === "matmul" || node.op.name === "scan") return false;
    seen.add(node);
    return isTransposed(node.inputs, seen);
  });
}
