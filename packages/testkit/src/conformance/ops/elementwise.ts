import {
  abs,
  add,
  and,
  cast,
  cos,
  type DType,
  div,
  equal,
  erf,
  exp,
  floor,
  identity,
  less,
  lessEqual,
  log,
  log1p,
  maximum,
  minimum,
  mul,
  neg,
  not,
  or,
  pow,
  select,
  sigmoid,
  sign,
  sin,
  sqrt,
  stopGradient,
  sub,
  type Tensor,
  tanh,
} from "@throughtime/core";
import { type Domain, operand } from "../values.js";
import { ALL, FLOATS, NUMBERS, type OpCase, type Size } from "./op-case.js";

const SHAPES: Readonly<Record<Size, readonly number[]>> = {
  empty: [0, 3],
  one: [],
  odd: [3, 5, 7],
  large: [257, 129],
};

interface Rule {
  readonly dtypes?: readonly DType[];
  readonly domain?: Domain;
  /** Of the second operand, where it differs. */
  readonly second?: Domain;
  readonly differentiable?: boolean;
}

const unary = (
  op: string,
  f: (x: Tensor) => Tensor,
  { dtypes = FLOATS, domain = "any", differentiable = true }: Rule = {},
): OpCase => ({
  op,
  dtypes,
  differentiable,
  operands: (size, dtype) => [operand(SHAPES[size], dtype, domain)],
  apply: ([x]) => f(x as Tensor),
});

/** On equal shapes, and broadcast: a row, a column against a row, a scalar on either side. */
function binary(op: string, f: (a: Tensor, b: Tensor) => Tensor, rule: Rule = {}): OpCase[] {
  const { dtypes = NUMBERS, domain = "any", second = domain, differentiable = true } = rule;
  const apply: OpCase["apply"] = ([a, b]) => f(a as Tensor, b as Tensor);
  const broadcast = (variant: string, a: readonly number[], b: readonly number[]): OpCase => ({
    op,
    variant,
    dtypes: dtypes.slice(0, 1),
    sizes: ["odd"],
    differentiable,
    operands: (_, dtype) => [operand(a, dtype, domain), operand(b, dtype, second)],
    apply,
  });
  return [
    {
      op,
      dtypes,
      differentiable,
      operands: (size, dtype) => [operand(SHAPES[size], dtype, domain), operand(SHAPES[size], dtype, second)],
      apply,
    },
    broadcast("row", [3, 5, 7], [7]),
    broadcast("outer", [5, 1], [1, 7]),
    broadcast("ranks", [5, 1, 3], [4, 1]),
    broadcast("scalarLeft", [], [3, 5]),
    broadcast("scalarRight", [3, 5], []),
    broadcast("emptyByRow", [0, 7], [7]),
    broadcast("emptyByOne", [0, 7], [1, 7]),
  ];
}

const constantGradient = { differentiable: false };

const casts: readonly OpCase[] = ALL.flatMap((from) =>
  ALL.filter((to) => to !== from).map((to) => ({
    op: "cast",
    variant: `to-${to}`,
    dtypes: [from],
    differentiable: from === "f32" && to === "f64",
    operands: (size: Size) => [operand(SHAPES[size], from, to === "bool" ? "integers" : "fractions")],
    apply: ([x]: readonly Tensor[]) => cast(x as Tensor, to),
  })),
);

export const ELEMENTWISE: readonly OpCase[] = [
  unary("abs", abs, { dtypes: NUMBERS, domain: "nonzero" }),
  unary("neg", neg, { dtypes: NUMBERS }),
  unary("sign", sign, { dtypes: NUMBERS, domain: "integers", ...constantGradient }),
  unary("floor", floor, { domain: "fractions", ...constantGradient }),
  unary("exp", exp),
  unary("log", log, { domain: "positive" }),
  unary("log1p", log1p, { domain: "positive" }),
  unary("sqrt", sqrt, { domain: "positive" }),
  unary("sin", sin),
  unary("cos", cos),
  unary("tanh", tanh),
  unary("sigmoid", sigmoid),
  unary("erf", erf),
  unary("not", not, { dtypes: ["bool"], ...constantGradient }),
  unary("identity", identity, { dtypes: ALL }),
  unary("stopGradient", stopGradient, { dtypes: ALL, ...constantGradient }),
  ...binary("add", add),
  ...binary("sub", sub),
  ...binary("mul", mul),
  ...binary("div", div, { second: "nonzero" }),
  ...binary("pow", pow, { dtypes: FLOATS, domain: "positive", second: "any" }),
  ...binary("maximum", maximum),
  ...binary("minimum", minimum),
  ...binary("equal", equal, { dtypes: ALL, domain: "integers", ...constantGradient }),
  ...binary("less", less, { domain: "integers", ...constantGradient }),
  ...binary("lessEqual", lessEqual, { domain: "integers", ...constantGradient }),
  ...binary("and", and, { dtypes: ["bool"], ...constantGradient }),
  ...binary("or", or, { dtypes: ["bool"], ...constantGradient }),
  ...casts,
  {
    op: "select",
    dtypes: ALL,
    differentiable: true,
    operands: (size, dtype) => [
      operand(SHAPES[size], "bool"),
      operand(SHAPES[size], dtype),
      operand(SHAPES[size], dtype),
    ],
    apply: ([c, a, b]) => select(c as Tensor, a as Tensor, b as Tensor),
  },
  {
    op: "select",
    variant: "broadcast",
    sizes: ["odd"],
    differentiable: true,
    operands: (_, dtype) => [operand([3, 1, 1], "bool"), operand([5, 1], dtype), operand([], dtype)],
    apply: ([c, a, b]) => select(c as Tensor, a as Tensor, b as Tensor),
  },
];
