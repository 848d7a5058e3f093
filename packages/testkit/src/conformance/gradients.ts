import {
  add,
  bind,
  elementCount,
  evaluateProgram,
  grad,
  inferSizes,
  iota,
  isFloat,
  mul,
  type NdArray,
  ndarray,
  type Program,
  replay,
  reshape,
  sin,
  sizeOf,
  sum,
  type Tensor,
  toF64,
  trace,
} from "@throughtime/core";
import { widen } from "../compare.js";
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

/** The Program of the gradient of `loss` with respect to each float input. */
export function gradientOf(program: Program): Program {
  return trace((...inputs: Tensor[]) => {
    const floats = inputs.filter(({ dtype }) => isFloat(dtype));
    return grad((leaves: readonly Tensor[]) => {
      const rest = [...leaves];
      return weightedSum(
        replay(
          program,
          inputs.map((x) => (isFloat(x.dtype) ? (rest.shift() as Tensor) : x)),
        ),
      );
    }, floats);
  }, program.inputs).program;
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
  const gradient = gradientOf(program);
  const sizes = inferSizes(
    program,
    inputs.map(({ shape }) => shape),
  );
  checkDifferences(bind(program, sizes), bind(gradient, sizes), inputs.map(widen));
  await checkProgram(context, name, gradient, inputs);
}

const STEP = 1e-5;

/** Along one direction per input: (L(x + h·d) − L(x − h·d)) / 2h against dL/dx · d. */
function checkDifferences(program: Program, gradient: Program, inputs: readonly NdArray[]): void {
  const exact = toF64(program);
  const loss = toF64(trace((...xs: Tensor[]) => weightedSum(replay(exact, xs)), exact.inputs).program);
  const lossAt = (values: readonly NdArray[]): number => evaluateProgram(loss, values)[0]?.data[0] as number;
  const gradients = evaluateProgram(toF64(gradient), inputs);
  let next = 0;
  inputs.forEach((input, i) => {
    if (!isFloat(input.dtype)) return;
    const slope = gradients[next++] as NdArray;
    const direction = Float64Array.from({ length: sizeOf(input.shape) }, (_, j) => Math.sin(1.7 * j + i + 0.3));
    const moved = (by: number) => {
      const data = Float64Array.from(input.data, (x, j) => x + by * (direction[j] as number));
      return lossAt(inputs.map((other, at) => (at === i ? ndarray(data, { shape: input.shape }) : other)));
    };
    const numeric = (moved(STEP) - moved(-STEP)) / (2 * STEP);
    const analytic = direction.reduce((total, d, j) => total + d * (slope.data[j] as number), 0);
    if (!(Math.abs(numeric - analytic) <= 1e-6 * (1 + Math.abs(analytic)))) {
      fail(`the gradient of input ${i} along a direction is ${analytic}, central differences give ${numeric}`);
    }
  });
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
