import {
  add,
  elementCount,
  evaluateDim,
  isFloat,
  mean,
  mul,
  type Program,
  replay,
  type Sizes,
  type Tensor,
  trace,
  valueAndGrad,
  zeros,
} from "@throughtime/core";

/**
 * The Program with the same inputs whose outputs are a loss, Σ over float outputs of mean(y + y²/2), and its gradient with
 * respect to every float input. Long backward scans and saved values are what passes and backends meet in training.
 * Outputs that are empty at `sizes` are left out: the mean of nothing is NaN.
 */
export function gradientProgram(program: Program, sizes?: Sizes): Program {
  const counts = ({ shape, dtype }: Tensor): boolean =>
    isFloat(dtype) && (sizes === undefined || evaluateDim(elementCount(shape), sizes) > 0);
  const loss = (inputs: readonly Tensor[]): Tensor => {
    const parts = replay(program, inputs)
      .filter(counts)
      .map((y) => mean(add(y, mul(0.5, mul(y, y)))));
    return parts.length > 0 ? parts.reduce((sum, part) => add(sum, part)) : zeros([]);
  };
  const traced = trace((...inputs: Tensor[]) => {
    const floats = inputs.filter(({ dtype }) => isFloat(dtype));
    const [value, gradients] = valueAndGrad((leaves: readonly Tensor[]) => {
      let next = 0;
      return loss(inputs.map((input) => (isFloat(input.dtype) ? (leaves[next++] as Tensor) : input)));
    }, floats);
    return [value, ...gradients];
  }, program.inputs);
  return traced.program;
}
