import { apply, type Node, type Program, rewriteProgram, type SliceParams, type Tensor } from "@throughtime/core";
import { isElementwise } from "../plan/kinds.js";
import { operandPart, part, sizeAlong, type Uses, usesIn } from "./parts.js";

/**
 * Slices of an elementwise op that nothing reads as a whole become the op on slices: f(x)[0 … H − 1] → f(x[0 … H − 1]). All
 * gates of a cell then have one shape, and its whole step is one loop.
 */
export function sinkSlices(program: Program): Program {
  const uses = usesIn(program);
  const sliced = new Set<Node>();
  for (const node of program.equations) if (isElementwise(node) && onlySliced(node, uses)) sliced.add(node);
  return rewriteProgram(program, (node, inputs, env) => {
    if (node.op.name !== "slice") return undefined;
    const { axis, start, end } = node.params as SliceParams;
    const source = (node.inputs[0] as Tensor).node;
    if (!sliced.has(source)) {
      const through = part(inputs[0] as Tensor, axis, start as number, end as number);
      return through.node.op.name === "slice" && through.node.inputs[0] === inputs[0] ? undefined : [through];
    }
    const rank = (node.inputs[0] as Tensor).shape.length;
    const operands = source.inputs.map((input) =>
      operandPart(env.get(input) as Tensor, rank, axis, start as number, end as number),
    );
    return [apply(source.op, operands, source.params)];
  });
}

/** Every reader takes a slice along one and the same axis, and all of them together no more than there is. */
function onlySliced({ outputs }: Node, { readers, outputs: results }: Uses): boolean {
  const y = outputs[0] as Tensor;
  const all = readers.get(y) ?? [];
  if (results.has(y) || all.length === 0 || all.some(({ op }) => op.name !== "slice")) return false;
  const taken = all.map(({ params }) => params as SliceParams);
  const { axis } = taken[0] as SliceParams;
  const total = taken.reduce((sum, { start, end }) => sum + (end as number) - (start as number), 0);
  // Along an axis of size 1 an operand that broadcasts could not be told from one that does not.
  const size = sizeAlong(y, axis);
  return taken.every((each) => each.axis === axis) && total <= size && size !== 1;
}
