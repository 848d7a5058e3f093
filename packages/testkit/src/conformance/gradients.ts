import {
  add,
  elementCount,
  iota,
  isFloat,
  mul,
  type NdArray,
  type Program,
  replay,
  reshape,
  sin,
  sum,
  type Tensor,
  toF64,
  trace,
  valueAndGrad,
  withOutputs,
} from "@throughtime/core";
import { widen } from "../compare.js";
import { slopes } from "../slopes.js";
import { type Case, type Context, fail } from "./case.js";
import { nameOf, OP_CASES } from "./ops/index.js";
import { checkProgram, programOf } from "./run.js";
import { valuesOf } from "./values.js";

/** A scalar of all float outputs in which every element has another weight. */
export function weightedSum(outputs: readonly Tensor[]): Tensor {
  return outputs
    .filter(({ dtype }) => isFloat(dtype))
    .map((y) => sum(mul(y, reshape(sin(add(1, iota(elementCount(y.shape), y.dtype))), y.shape))))
    .reduce((a, b) => add(a, b));
}

/** The Program whose outputs are the weighted sum of a Program's, and its gradient by each float input. */
function withGradient(program: Program): Program {
  return trace((...inputs: Tensor[]) => {
    const floats = inputs.filter(({ dtype }) => isFloat(dtype));
    return valueAndGrad((leaves: readonly Tensor[]) => {
      const rest = [...leaves];
      const operands = inputs.map((x) => (isFloat(x.dtype) ? (rest.shift() as Tensor) : x));
      return weightedSum(replay(program, operands));
    }, floats);
  }, program.inputs).program;
}

/** The gradient alone. */
export function gradientOf(program: Program): Program {
  const both = withGradient(program);
  return withOutputs(both, both.outputs.slice(1));
}

/**
 * The gradient twice: in f64 by the rules against central differences, and the backend's in f32 against that in f64.
 */
export async function checkGradient(
  context: Context,
  name: string,
  program: Program,
  inputs: readonly NdArray[],
): Promise<void> {
  for (const { input, analytic, numeric, error } of slopes(toF64(withGradient(program)), inputs.map(widen))) {
    if (error < 1e-6) continue;
    fail(`the gradient of input ${input} along a direction is ${analytic}, central differences give ${numeric}`);
  }
  await checkProgram(context, name, gradientOf(program), inputs);
}

/** `gradient/<op>`: of every op through which gradients flow, in f32. */
export const gradientCases = (): Case[] =>
  OP_CASES.filter(({ differentiable, dtypes }) => differentiable && (dtypes?.includes("f32") ?? true)).map((each) => {
    const size = each.sizes?.[0] ?? "odd";
    const name = `gradient/${nameOf(each)}`;
    return {
      name,
      async run(context) {
        const operands = each.operands(size, "f32");
        const program = programOf((xs) => each.apply(xs, size, "f32"), operands);
        if (program.outputs.some(({ dtype }) => dtype === "f64") && !context.backend.supports(each.op, "f64")) return;
        await checkGradient(context, "gradient", program, valuesOf(name, operands));
      },
    };
  });
