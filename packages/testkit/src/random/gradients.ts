import { add, isFloat, mean, mul, type Program, replay, type Tensor, trace, valueAndGrad } from "@throughtime/core";

/**
 * The Program with the same inputs whose outputs are a loss, Σ over outputs of mean(y + y²/2), and its gradient with
 * respect to every float input. Long backward scans and saved values are what passes and backends meet in training.
 */
export function gradientProgram(program: Program): Program {
  const loss = (inputs: readonly Tensor[]): Tensor =>
    replay(program, inputs)
      .map((y) => mean(add(y, mul(0.5, mul(y, y)))))
      .reduce((sum, part) => add(sum, part));
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
