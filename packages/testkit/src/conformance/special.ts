import {
  add,
  cast,
  type DType,
  div,
  equal,
  evaluateProgram,
  exp,
  floor,
  less,
  lessEqual,
  log,
  log1p,
  max,
  maximum,
  minimum,
  mul,
  type NdArray,
  ndarray,
  neg,
  pow,
  select,
  sigmoid,
  sign,
  sqrt,
  sub,
  sum,
  type Tensor,
  tanh,
} from "@throughtime/core";
import type { Case } from "./case.js";
import { checkOutputs, execute, programOf, unsupported } from "./run.js";
import { ROW_SPECIALS } from "./special-rows.js";

const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;

const VALUES = [0, 1, -1, 0.5, -2.5, INF, -INF, NAN, 1e30, -1e30, 1e-30, 88, -88, 104, -104, 1000, -1000];
const FINITE = VALUES.filter(Number.isFinite);

export interface Special {
  readonly op: string;
  /** Sets cases of one op apart. */
  readonly variant?: string;
  readonly inputs: readonly NdArray[];
  readonly fn: (xs: readonly Tensor[]) => Tensor;
}

const unary = (op: string, f: (x: Tensor) => Tensor, values: readonly number[] = VALUES): Special => ({
  op,
  inputs: [ndarray(values)],
  fn: ([x]) => f(x as Tensor),
});

/** All pairs of values. */
const binary = (op: string, f: (a: Tensor, b: Tensor) => Tensor, values: readonly number[] = VALUES): Special => ({
  op,
  inputs: [ndarray(values, { shape: [values.length, 1] }), ndarray(values)],
  fn: ([a, b]) => f(a as Tensor, b as Tensor),
});

/** Around the ends of i32, and what it does not hold. */
const BEYOND = [
  INF,
  -INF,
  0,
  -0,
  0.5,
  -0.5,
  1.9,
  -1.9,
  16777217,
  2147483520,
  2147483648,
  -2147483520,
  -2147483648,
  -2147483904,
  4294967296,
  -4294967297,
  1e10,
  -1e10,
  3e38,
  -3e38,
];

const INTEGERS = [0, 1, -1, 16777217, 16777219, -16777217, 2147483583, 2147483647, -2147483648];

/** Into a dtype from each of the others. */
const casts = (to: DType): Special[] => {
  const sources: Readonly<Record<string, NdArray>> = {
    f32: ndarray(BEYOND),
    nan: ndarray([NAN]),
    f64: ndarray([...BEYOND, 2147483647.5, -2147483648.5, 1e300, -1e300, 1e-300, 0.1, NAN], { dtype: "f64" }),
    i32: ndarray(INTEGERS, { dtype: "i32" }),
    bool: ndarray([true, false, true]),
  };
  return Object.entries(sources)
    .filter(([, { dtype }]) => dtype !== to)
    .map(([from, input]) => ({
      op: "cast",
      variant: `${from}-to-${to}`,
      inputs: [input],
      fn: ([x]) => cast(x as Tensor, to),
    }));
};

const SPECIALS: readonly Special[] = [
  unary("exp", exp),
  unary("log", log),
  unary("log1p", log1p),
  unary("sqrt", sqrt),
  unary("tanh", tanh),
  unary("sigmoid", sigmoid),
  unary("neg", neg),
  unary("floor", floor),
  unary("sign", sign),
  binary("add", add),
  binary("sub", sub),
  binary("mul", mul),
  binary("div", div),
  binary("maximum", maximum),
  binary("minimum", minimum),
  binary("equal", equal),
  binary("less", less),
  binary("lessEqual", lessEqual),
  binary("pow", pow, [0, 0.5, 1, 2, 3, 10]),
  ...casts("i32"),
  ...casts("bool"),
  ...casts("f32"),
  {
    // Two casts are not none.
    op: "cast",
    variant: "there-and-back",
    inputs: [ndarray(BEYOND)],
    fn: ([x]) => cast(cast(x as Tensor, "i32"), "f32"),
  },
  {
    // What is not taken must not show, not even as NaN.
    op: "select",
    inputs: [ndarray([true, false, true, false]), ndarray([1, NAN, INF, INF]), ndarray([NAN, 2, NAN, -INF])],
    fn: ([c, a, b]) => select(c as Tensor, a as Tensor, b as Tensor),
  },
  {
    op: "max",
    inputs: [
      ndarray([
        [-INF, -INF, -INF],
        [1, NAN, 2],
        [INF, 0, -INF],
        [-5, -7, -6],
      ]),
    ],
    fn: ([x]) => max(x as Tensor, { axis: 1 }),
  },
  {
    op: "sum",
    inputs: [
      ndarray([
        [INF, 1, 2],
        [INF, -INF, 0],
        [NAN, 1, 2],
        [1, 2, 3],
      ]),
    ],
    fn: ([x]) => sum(x as Tensor, { axis: 1 }),
  },
  // The ends of floats of which one step is more than 1.
  { ...unary("equal", (x) => equal(add(x, 1), x), FINITE), variant: "rounding" },
  ...ROW_SPECIALS,
];

/** `special/<op>`: NaN, infinities and overflow, held against `evaluate`. */
export const specialCases = (): Case[] =>
  SPECIALS.map(({ op, variant, inputs, fn }) => ({
    name: `special/${variant ? `${op}.${variant}` : op}`,
    async run({ backend, tolerance }) {
      const program = programOf(fn, inputs);
      // f64 need not run.
      if (inputs.some(({ dtype }) => dtype === "f64") && unsupported(backend, program).length > 0) return;
      const expected = evaluateProgram(program, inputs);
      // Below the smallest normal number a device may give 0.
      const allowed = { ...tolerance(op, "f32"), absolute: Math.max(tolerance(op, "f32").absolute ?? 0, 1e-37) };
      checkOutputs(program, await execute(backend, program, inputs), expected, (dtype) =>
        dtype === "f32" ? allowed : {},
      );
    },
  }));
