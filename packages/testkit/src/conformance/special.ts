import {
  add,
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
import { checkOutputs, execute, programOf } from "./run.js";

const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;

const VALUES = [0, 1, -1, 0.5, -2.5, INF, -INF, NAN, 1e30, -1e30, 1e-30, 88, -88, 104, -104, 1000, -1000];
const FINITE = VALUES.filter(Number.isFinite);

interface Special {
  readonly op: string;
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

const SPECIALS: readonly Special[] = [
  unary("exp", exp),
  unary("log", log),
  unary("log1p", log1p),
  unary("sqrt", sqrt),
  unary("tanh", tanh),
  unary("sigmoid", sigmoid),
  unary("neg", neg),
  unary("floor", floor),
  unary(
    "sign",
    sign,
    VALUES.filter((value) => !Number.isNaN(value)),
  ),
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
  unary("equal", (x) => equal(add(x, 1), x), FINITE),
];

/** `special/<op>`: NaN, infinities and overflow in f32, held against `evaluate` in f32. */
export const specialCases = (): Case[] =>
  SPECIALS.map(({ op, inputs, fn }, i) => ({
    name: `special/${op}${SPECIALS.findIndex((other) => other.op === op) === i ? "" : ".rounding"}`,
    async run({ backend, tolerance }) {
      const program = programOf(fn, inputs);
      const expected = evaluateProgram(program, inputs);
      // Below the smallest normal number a device may give 0.
      const allowed = { ...tolerance(op, "f32"), absolute: Math.max(tolerance(op, "f32").absolute ?? 0, 1e-37) };
      checkOutputs(program, await execute(backend, program, inputs), expected, (dtype) =>
        dtype === "f32" ? allowed : {},
      );
    },
  }));
