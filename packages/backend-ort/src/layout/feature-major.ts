import {
  apply,
  broadcast,
  broadcastOp,
  concat,
  concatOp,
  matmul,
  matmulOp,
  type Node,
  type Program,
  reshape,
  rewriteProgram,
  type ScanParams,
  scan,
  scanOp,
  slice,
  sliceOp,
  splitInputs,
  type Tensor,
  transpose,
} from "@throughtime/core";
import { isOp } from "./is-op.js";

/**
 * Loops in feature-major layout: states [F, B] in place of [B, F]. In `h·U` the weight is the right operand, which the
 * CPU kernels repack at every step; in `Uᵀ·hᵀ` it is the left one, which they read in place. A scan changes layout as a
 * whole, with transposes around it that `sinkTransposes` then moves or cancels. A body with anything but elementwise
 * ops, slices, joins and products with weights stays as it is.
 */
export function featureMajor(program: Program): Program {
  return rewriteProgram(program, (node, inputs) => (isOp(node, scanOp) ? flipScan(inputs, node.params) : undefined));
}

/** A value of the body in the new loop: the same, or with its two axes exchanged. */
interface Value {
  readonly tensor: Tensor;
  readonly flipped: boolean;
}

const flipRow = (x: Tensor) => (x.shape.length === 2 ? transpose(x) : x);
const flipStack = (x: Tensor) => (x.shape.length === 3 ? transpose(x, [0, 2, 1]) : x);

function flipScan(inputs: readonly Tensor[], params: ScanParams): readonly Tensor[] | undefined {
  const { body, length, reverse } = params;
  const outer = splitInputs(inputs, params);
  const inner = splitInputs(body.inputs, params);
  const rows = [...inner.carries, ...inner.xs];
  if (!body.equations.some((node) => isOp(node, matmulOp)) || rows.some(({ shape }) => shape.length > 2))
    return undefined;
  let fits = true;
  const [finals, ys] = scan(
    (carries: Tensor[], xs: Tensor[]) => {
      const env = new Map<Tensor, Value>();
      inner.captures.forEach((input, i) => env.set(input, { tensor: outer.captures[i] as Tensor, flipped: false }));
      rows.forEach((input, i) =>
        env.set(input, { tensor: [...carries, ...xs][i] as Tensor, flipped: input.shape.length === 2 }),
      );
      for (const node of body.equations) {
        const value = flipNode(
          node,
          node.inputs.map((input) => env.get(input) as Value),
        );
        if (!value) fits = false;
        // What does not fit is left as it was: the result is thrown away.
        env.set(node.outputs[0] as Tensor, value ?? { tensor: node.outputs[0] as Tensor, flipped: false });
        if (!fits) return [carries, []];
      }
      const results = body.outputs.map((output) => {
        const { tensor, flipped } = env.get(output) as Value;
        return flipped || output.shape.length !== 2 ? tensor : transpose(tensor);
      });
      return [results.slice(0, params.carries), results.slice(params.carries)];
    },
    outer.carries.map(flipRow),
    outer.xs.map(flipStack),
    { length, reverse },
  );
  return fits ? [...finals.map(flipRow), ...ys.map(flipStack)] : undefined;
}

/** One equation in the new layout; undefined where it has none. */
function flipNode({ op, inputs: originals, outputs, params }: Node, inputs: readonly Value[]): Value | undefined {
  const y = outputs[0] as Tensor;
  const node = y.node;
  if (inputs.every(({ flipped }) => !flipped)) {
    const same = inputs.every(({ tensor }, i) => tensor === originals[i])
      ? y
      : apply(
          op,
          inputs.map(({ tensor }) => tensor),
          params,
        );
    return outputs.length === 1 ? { tensor: same, flipped: false } : undefined;
  }
  if (op.batch === "elementwise" && y.shape.length === 2) {
    return { tensor: apply(op, inputs.map(asFlipped), params), flipped: true };
  }
  if (isOp(node, matmulOp)) {
    const [a, b] = inputs as readonly [Value, Value];
    if (!a.flipped || b.flipped || node.params.transposeA) return undefined;
    // (a·b)ᵀ = bᵀ·aᵀ; a weight that must be turned is turned once, outside the loop.
    return { tensor: matmul(node.params.transposeB ? b.tensor : transpose(b.tensor), a.tensor), flipped: true };
  }
  if (isOp(node, sliceOp)) {
    const { axis, start, end } = node.params;
    return { tensor: slice((inputs[0] as Value).tensor, { axis: 1 - axis, start, end }), flipped: true };
  }
  if (isOp(node, concatOp))
    return { tensor: concat(inputs.map(asFlipped), { axis: 1 - node.params.axis }), flipped: true };
  if (isOp(node, broadcastOp) && y.shape.length === 2) {
    return { tensor: broadcast((inputs[0] as Value).tensor, [...y.shape].reverse()), flipped: true };
  }
  return undefined;
}

/** An operand beside flipped ones: a vector [F] stands along the first axis now. */
function asFlipped({ tensor, flipped }: Value): Tensor {
  if (flipped || tensor.shape.length === 0) return tensor;
  return tensor.shape.length === 1 ? reshape(tensor, [...tensor.shape, 1]) : transpose(tensor);
}
