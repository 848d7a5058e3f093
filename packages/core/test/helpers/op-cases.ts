import type { Tensor } from "../../src/index.js";
import * as core from "../../src/index.js";
import { IMAGE_CASES } from "./image-cases.js";
import { type AnyOp, is, largest, type OpCase, type Options, type Read, total } from "./op-case.js";
import { between, bools, type Drawn, floats, ints, positive } from "./random.js";

type Draw = (...shape: number[]) => Drawn;
const whole: Draw = (...shape) => ints(-5, 6, ...shape);
const UNARY_SHAPES = [[], [1], [7], [0], [2, 3], [2, 0, 3], [1, 3, 1]];
const one = (
  fn: ((x: Tensor) => Tensor) & { op: AnyOp },
  draw: Draw,
  f: (x: number) => number,
  options: Options = {},
): OpCase[] =>
  UNARY_SHAPES.map((shape) => {
    const input = draw(...shape);
    return is(
      fn.op,
      `${input.dtype} [${shape}]`,
      [input],
      (x) => fn(x as Tensor),
      shape,
      (at, x) => f((x as Read)(...at)),
      options,
    );
  });

const BINARY_SHAPES = [
  [[], [], []],
  [[5], [5], [5]],
  [[2, 3], [3], [2, 3]],
  [[1], [4, 1], [4, 1]],
  [
    [2, 1],
    [1, 3],
    [2, 3],
  ],
  [[], [2, 3], [2, 3]],
  [[0, 3], [3], [0, 3]],
  [[2, 1], [0], [2, 0]],
  [
    [2, 1, 3],
    [4, 1],
    [2, 4, 3],
  ],
] as const;
const two = (
  fn: ((a: Tensor, b: Tensor) => Tensor) & { op?: AnyOp },
  draw: Draw | readonly [Draw, Draw],
  f: (a: number, b: number) => number,
  options: Options & { op?: AnyOp } = {},
): OpCase[] =>
  BINARY_SHAPES.map(([left, right, shape]) => {
    const [drawA, drawB] = typeof draw === "function" ? [draw, draw] : draw;
    const inputs = [drawA(...left), drawB(...right)];
    return is(
      (options.op ?? fn.op) as AnyOp,
      `${inputs[0]?.dtype} [${left}] and [${right}]`,
      inputs,
      (a, b) => fn(a as Tensor, b as Tensor),
      shape,
      (at, a, b) => f((a as Read)(...at), (b as Read)(...at)),
      options,
    );
  });

/** A&S 7.1.5, another series than the op's; good to 1e-12 for |x| ≤ 2. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const bool = { dtype: "bool" } as const;
const truth = (holds: boolean): number => (holds ? 1 : 0);

const elementwise: OpCase[] = [
  ...two(core.add, floats, (a, b) => a + b, { op: core.addOp }),
  ...two(core.add, whole, (a, b) => a + b, { op: core.addOp }),
  ...two(core.sub, floats, (a, b) => a - b),
  ...two(core.sub, whole, (a, b) => a - b),
  ...two(core.mul, floats, (a, b) => a * b, { op: core.mulOp }),
  ...two(core.mul, whole, (a, b) => a * b, { op: core.mulOp }),
  ...two(core.div, [floats, positive], (a, b) => a / b),
  ...two(core.div, [whole, (...shape) => ints(1, 4, ...shape)], (a, b) => Math.trunc(a / b)),
  ...two(core.pow, [positive, floats], (a, b) => Math.exp(b * Math.log(a))),
  ...two(core.maximum, floats, (a, b) => (a + b + Math.abs(a - b)) / 2),
  ...two(core.maximum, whole, (a, b) => (a + b + Math.abs(a - b)) / 2),
  ...two(core.minimum, floats, (a, b) => (a + b - Math.abs(a - b)) / 2),
  ...two(core.minimum, whole, (a, b) => (a + b - Math.abs(a - b)) / 2),
  ...two(core.equal, whole, (a, b) => truth(a === b), bool),
  ...two(core.equal, bools, (a, b) => truth(a === b), bool),
  ...two(core.less, floats, (a, b) => truth(a < b), bool),
  ...two(core.less, whole, (a, b) => truth(a < b), bool),
  ...two(core.lessEqual, whole, (a, b) => truth(a <= b), bool),
  ...two(core.greater, whole, (a, b) => truth(a > b), { ...bool, op: core.lessOp }),
  ...two(core.greaterEqual, whole, (a, b) => truth(a >= b), { ...bool, op: core.lessEqualOp }),
  ...two(core.notEqual, whole, (a, b) => truth(a !== b), { ...bool, op: core.equalOp }),
  ...two(core.and, bools, (a, b) => truth(a === 1 && b === 1), bool),
  ...two(core.or, bools, (a, b) => truth(a === 1 || b === 1), bool),
  ...one(core.not, bools, (x) => truth(x === 0), bool),
  ...one(core.neg, floats, (x) => -x),
  ...one(core.neg, whole, (x) => -x),
  ...one(core.abs, floats, (x) => (x < 0 ? -x : x)),
  ...one(core.abs, whole, (x) => (x < 0 ? -x : x)),
  ...one(core.sign, floats, (x) => (x < 0 ? -1 : x > 0 ? 1 : 0)),
  ...one(core.sign, whole, (x) => (x < 0 ? -1 : x > 0 ? 1 : 0)),
  ...one(core.exp, floats, (x) => Math.E ** x),
  ...one(core.log, positive, (x) => Math.log2(x) * Math.LN2),
  ...one(core.log1p, positive, (x) => Math.log(1 + x)),
  ...one(core.sqrt, positive, (x) => x ** 0.5),
  ...one(core.tanh, floats, (x) => (Math.exp(2 * x) - 1) / (Math.exp(2 * x) + 1)),
  ...one(core.sigmoid, floats, (x) => (1 + Math.tanh(x / 2)) / 2),
  ...one(core.sin, floats, (x) => (Math.tan(x / 2) * 2) / (1 + Math.tan(x / 2) ** 2)),
  ...one(core.cos, floats, (x) => (1 - Math.tan(x / 2) ** 2) / (1 + Math.tan(x / 2) ** 2)),
  ...one(core.floor, floats, (x) => x - (((x % 1) + 1) % 1)),
  ...one(core.erf, floats, erfSeries),
  ...one(Object.assign(core.relu, { op: core.maximumOp }), floats, (x) => (x + Math.abs(x)) / 2),
  ...one(
    Object.assign((x: Tensor) => core.identity(x), { op: core.identityOp }),
    floats,
    (x) => x,
  ),
  ...one(core.stopGradient, whole, (x) => x),
  is(
    core.selectOp,
    "[2, 3], [3], [2, 1]",
    [bools(2, 3), floats(3), floats(2, 1)],
    (c, a, b) => core.select(c as Tensor, a as Tensor, b as Tensor),
    [2, 3],
    (at, c, a, b) => ((c as Read)(...at) ? (a as Read)(...at) : (b as Read)(...at)),
  ),
  is(
    core.selectOp,
    "[4], [], [2, 4]: a number of i32 beside a tensor",
    [bools(4), ints(0, 9, 2, 4)],
    (c, b) => core.select(c as Tensor, -1, b as Tensor),
    [2, 4],
    (at, c, b) => ((c as Read)(...at) ? -1 : (b as Read)(...at)),
    { dtype: "i32" },
  ),
  is(
    core.selectOp,
    "[], [0, 2], []",
    [bools(), floats(0, 2), floats()],
    (c, a, b) => core.select(c as Tensor, a as Tensor, b as Tensor),
    [0, 2],
    () => 0,
  ),
  is(
    core.castOp,
    "i32 to f64",
    [whole(2, 3)],
    (x) => core.cast(x as Tensor, "f64"),
    [2, 3],
    (at, x) => (x as Read)(...at),
    { dtype: "f64" },
  ),
  is(
    core.castOp,
    "float to i32",
    [floats(3, 3)],
    (x) => core.cast(x as Tensor, "i32"),
    [3, 3],
    (at, x) => Math.trunc((x as Read)(...at)),
    { dtype: "i32" },
  ),
  is(
    core.castOp,
    "i32 to bool",
    [ints(-1, 2, 0)],
    (x) => core.cast(x as Tensor, "bool"),
    [0],
    (at, x) => truth((x as Read)(...at) !== 0),
    bool,
  ),
  is(
    core.castOp,
    "bool to float and back",
    [bools(5)],
    (x) => core.cast(core.cast(x as Tensor, "f32"), "bool"),
    [5],
    (at, x) => (x as Read)(...at),
    bool,
  ),
];

function matmulCases(): OpCase[] {
  const sizes = [
    [2, 3, 4],
    [1, 1, 1],
    [5, 7, 3],
    [0, 3, 2],
    [2, 0, 3],
    [2, 3, 0],
  ] as const;
  return sizes.flatMap(([m, k, p]) =>
    [false, true].flatMap((transposeA) =>
      [false, true].flatMap((transposeB) =>
        [[], [2], [3, 1], [0]].map((lead) => {
          const a = floats(...lead, ...(transposeA ? [k, m] : [m, k]));
          const b = floats(...lead, ...(transposeB ? [p, k] : [k, p]));
          return is(
            core.matmulOp,
            `[${a.shape}]${transposeA ? "ᵀ" : ""}·[${b.shape}]${transposeB ? "ᵀ" : ""}`,
            [a, b],
            (x, y) => core.matmul(x as Tensor, y as Tensor, { transposeA, transposeB }),
            [...lead, m, p],
            (at, x, y) => {
              const [i, j] = at.slice(-2) as [number, number];
              const left = (q: number) => (x as Read)(...at.slice(0, -2), ...(transposeA ? [q, i] : [i, q]));
              const right = (q: number) => (y as Read)(...at.slice(0, -2), ...(transposeB ? [j, q] : [q, j]));
              return total(k, (q) => left(q) * right(q));
            },
          );
        }),
      ),
    ),
  );
}

function mixedRankCases(): OpCase[] {
  return [false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB) =>
      [[[2], []] as const, [[2, 3], []] as const, [[], [2]] as const, [[], [3, 2]] as const].map(([leadA, leadB]) => {
        const a = floats(...leadA, ...(transposeA ? [4, 5] : [5, 4]));
        const b = floats(...leadB, ...(transposeB ? [3, 4] : [4, 3]));
        return is(
          core.matmulOp,
          `of mixed rank, [${a.shape}]${transposeA ? "ᵀ" : ""}·[${b.shape}]${transposeB ? "ᵀ" : ""}`,
          [a, b],
          (x, y) => core.matmul(x as Tensor, y as Tensor, { transposeA, transposeB }),
          [...leadA, ...leadB, 5, 3],
          (at, x, y) => {
            const [i, j] = at.slice(-2) as [number, number];
            const lead = at.slice(0, -2);
            return total(
              4,
              (q) =>
                (x as Read)(...lead, ...(transposeA ? [q, i] : [i, q])) *
                (y as Read)(...lead, ...(transposeB ? [j, q] : [q, j])),
            );
          },
        );
      }),
    ),
  );
}

const x3 = (fn: (x: Tensor) => Tensor) => (x?: Tensor) => fn(x as Tensor);
const reductions: OpCase[] = [
  is(
    core.sumOp,
    "of all",
    [floats(2, 3, 4)],
    x3((x) => core.sum(x)),
    [],
    (_, x) => total(2, (i) => total(3, (j) => total(4, (k) => (x as Read)(i, j, k)))),
  ),
  is(
    core.sumOp,
    "over the middle",
    [floats(2, 3, 4)],
    x3((x) => core.sum(x, { axis: 1 })),
    [2, 4],
    ([i, k], x) => total(3, (j) => (x as Read)(i as number, j, k as number)),
  ),
  is(
    core.sumOp,
    "over both ends, dims kept",
    [floats(2, 3, 4)],
    x3((x) => core.sum(x, { axis: [-1, 0], keepDims: true })),
    [1, 3, 1],
    ([, j], x) => total(2, (i) => total(4, (k) => (x as Read)(i, j as number, k))),
  ),
  is(
    core.sumOp,
    "i32",
    [ints(-9, 9, 3, 2)],
    x3((x) => core.sum(x, { axis: 0 })),
    [2],
    ([j], x) => total(3, (i) => (x as Read)(i, j as number)),
  ),
  is(
    core.sumOp,
    "over an empty axis",
    [floats(2, 0)],
    x3((x) => core.sum(x, { axis: 1 })),
    [2],
    () => 0,
  ),
  is(
    core.sumOp,
    "beside an empty axis",
    [floats(0, 3)],
    x3((x) => core.sum(x, { axis: 1 })),
    [0],
    () => 0,
  ),
  is(
    core.sumOp,
    "of a scalar",
    [floats()],
    x3((x) => core.sum(x)),
    [],
    (_, x) => (x as Read)(),
  ),
  is(
    core.sumOp,
    "as mean",
    [floats(2, 5)],
    x3((x) => core.mean(x, { axis: 1 })),
    [2],
    ([i], x) => total(5, (j) => (x as Read)(i as number, j) / 5),
  ),
  is(
    core.sumOp,
    "as mean of all, dims kept",
    [floats(3, 1)],
    x3((x) => core.mean(x, { keepDims: true })),
    [1, 1],
    (_, x) => total(3, (i) => (x as Read)(i, 0) / 3),
  ),
  is(
    core.maxOp,
    "of all",
    [floats(2, 3)],
    x3((x) => core.max(x)),
    [],
    (_, x) => largest(2, (i) => largest(3, (j) => (x as Read)(i, j))),
  ),
  is(
    core.maxOp,
    "over the middle",
    [floats(2, 3, 4)],
    x3((x) => core.max(x, { axis: 1 })),
    [2, 4],
    ([i, k], x) => largest(3, (j) => (x as Read)(i as number, j, k as number)),
  ),
  is(
    core.maxOp,
    "dims kept",
    [floats(4, 1)],
    x3((x) => core.max(x, { axis: -2, keepDims: true })),
    [1, 1],
    (_, x) => largest(4, (i) => (x as Read)(i, 0)),
  ),
  is(
    core.maxOp,
    "i32",
    [ints(-9, 9, 3, 2)],
    x3((x) => core.max(x, { axis: 1 })),
    [3],
    ([i], x) => largest(2, (j) => (x as Read)(i as number, j)),
  ),
  is(
    core.maxOp,
    "over an empty axis",
    [floats(2, 0)],
    x3((x) => core.max(x, { axis: 1 })),
    [2],
    () => Number.NEGATIVE_INFINITY,
  ),
  is(
    core.maxOp,
    "as min",
    [floats(3, 4)],
    x3((x) => core.min(x, { axis: 0 })),
    [4],
    ([j], x) => -largest(3, (i) => -(x as Read)(i, j as number)),
  ),
  ...[0, 1, -1].map((axis) =>
    is(
      core.argmaxOp,
      `axis ${axis}, with ties`,
      [ints(0, 3, 4, 5)],
      x3((x) => core.argmax(x, { axis })),
      axis === 0 ? [5] : [4],
      ([at], x) => {
        const row = Array.from({ length: axis === 0 ? 4 : 5 }, (_, i) =>
          axis === 0 ? (x as Read)(i, at as number) : (x as Read)(at as number, i),
        );
        return row.indexOf(Math.max(...row));
      },
      { dtype: "i32" },
    ),
  ),
  is(
    core.argmaxOp,
    "float",
    [floats(3)],
    x3((x) => core.argmax(x)),
    [],
    (_, x) => {
      const row = [0, 1, 2].map((i) => (x as Read)(i));
      return row.indexOf(Math.max(...row));
    },
    { dtype: "i32" },
  ),
  is(
    core.argmaxOp,
    "beside an empty axis",
    [floats(0, 3)],
    x3((x) => core.argmax(x)),
    [0],
    () => 0,
    { dtype: "i32" },
  ),
];

const shapes: OpCase[] = [
  is(
    core.reshapeOp,
    "[2, 6] to [3, 4]",
    [floats(2, 6)],
    x3((x) => core.reshape(x, [3, 4])),
    [3, 4],
    ([i, j], x) => {
      const flat = (i as number) * 4 + (j as number);
      return (x as Read)(Math.floor(flat / 6), flat % 6);
    },
  ),
  is(
    core.reshapeOp,
    "with −1",
    [whole(2, 3, 2)],
    x3((x) => core.reshape(x, [-1, 2])),
    [6, 2],
    ([i, j], x) => (x as Read)(Math.floor((i as number) / 3), (i as number) % 3, j as number),
  ),
  is(
    core.reshapeOp,
    "of a scalar",
    [bools()],
    x3((x) => core.reshape(x, [1, 1])),
    [1, 1],
    (_, x) => (x as Read)(),
    bool,
  ),
  is(
    core.reshapeOp,
    "empty",
    [floats(0, 3)],
    x3((x) => core.reshape(x, [2, 0])),
    [2, 0],
    () => 0,
  ),
  is(
    core.reshapeOp,
    "as expandDims",
    [floats(2, 3)],
    x3((x) => core.expandDims(x, { axis: -1 })),
    [2, 3, 1],
    ([i, j], x) => (x as Read)(i as number, j as number),
  ),
  is(
    core.reshapeOp,
    "as squeeze",
    [floats(2, 1, 3)],
    x3((x) => core.squeeze(x, { axis: 1 })),
    [2, 3],
    ([i, j], x) => (x as Read)(i as number, 0, j as number),
  ),
  is(
    core.transposeOp,
    "reversed",
    [floats(2, 3, 4)],
    x3((x) => core.transpose(x)),
    [4, 3, 2],
    ([i, j, k], x) => (x as Read)(k as number, j as number, i as number),
  ),
  is(
    core.transposeOp,
    "rotated",
    [whole(2, 3, 4)],
    x3((x) => core.transpose(x, [1, 2, 0])),
    [3, 4, 2],
    ([i, j, k], x) => (x as Read)(k as number, i as number, j as number),
  ),
  is(
    core.transposeOp,
    "empty",
    [floats(2, 0)],
    x3((x) => core.transpose(x)),
    [0, 2],
    () => 0,
  ),
  is(
    core.transposeOp,
    "as moveAxis",
    [floats(2, 3, 4)],
    x3((x) => core.moveAxis(x, { axis: 0, to: -1 })),
    [3, 4, 2],
    ([i, j, k], x) => (x as Read)(k as number, i as number, j as number),
  ),
  is(
    core.broadcastOp,
    "a scalar",
    [floats()],
    x3((x) => core.broadcast(x, [2, 3])),
    [2, 3],
    (_, x) => (x as Read)(),
  ),
  is(
    core.broadcastOp,
    "[3, 1] to [2, 3, 4]",
    [floats(3, 1)],
    x3((x) => core.broadcast(x, [2, 3, 4])),
    [2, 3, 4],
    ([, j], x) => (x as Read)(j as number, 0),
  ),
  is(
    core.broadcastOp,
    "to nothing",
    [bools(1, 2)],
    x3((x) => core.broadcast(x, [0, 2])),
    [0, 2],
    () => 0,
    bool,
  ),
  is(
    core.broadcastOp,
    "nothing",
    [floats(0)],
    x3((x) => core.broadcast(x, [3, 0])),
    [3, 0],
    () => 0,
  ),
  is(
    core.sliceOp,
    "inside",
    [floats(2, 5)],
    x3((x) => core.slice(x, { axis: 1, start: 1, end: 4 })),
    [2, 3],
    ([i, j], x) => (x as Read)(i as number, (j as number) + 1),
  ),
  is(
    core.sliceOp,
    "to the end of axis 0",
    [whole(4, 2)],
    x3((x) => core.slice(x, { axis: 0, start: 3 })),
    [1, 2],
    ([, j], x) => (x as Read)(3, j as number),
  ),
  is(
    core.sliceOp,
    "of nothing",
    [floats(3, 2)],
    x3((x) => core.slice(x, { axis: -2, start: 2, end: 2 })),
    [0, 2],
    () => 0,
  ),
  is(
    core.sliceOp,
    "as split",
    [floats(2, 6)],
    x3((x) => core.sub(...core.split(x, 2))),
    [2, 3],
    ([i, j], x) => (x as Read)(i as number, j as number) - (x as Read)(i as number, (j as number) + 3),
  ),
  is(
    core.sliceOp,
    "as split by sizes",
    [floats(4, 2)],
    x3((x) => core.mul(core.split(x, [1, 3], { axis: 0 })[0], core.split(x, [1, 3], { axis: 0 })[1])),
    [3, 2],
    ([i, j], x) => (x as Read)(0, j as number) * (x as Read)((i as number) + 1, j as number),
  ),
  is(
    core.concatOp,
    "three, last axis",
    [floats(2, 1), floats(2, 0), floats(2, 3)],
    (a, b, c) => core.concat([a as Tensor, b as Tensor, c as Tensor]),
    [2, 4],
    ([i, j], a, _, c) => (j === 0 ? (a as Read)(i as number, 0) : (c as Read)(i as number, (j as number) - 1)),
  ),
  is(
    core.concatOp,
    "axis 0",
    [whole(1, 3), whole(2, 3)],
    (a, b) => core.concat([a as Tensor, b as Tensor], { axis: 0 }),
    [3, 3],
    ([i, j], a, b) => (i === 0 ? (a as Read)(0, j as number) : (b as Read)((i as number) - 1, j as number)),
  ),
  is(
    core.concatOp,
    "the same twice, inside",
    [floats(2, 1, 2)],
    (a) => core.concat([a as Tensor, a as Tensor], { axis: 1 }),
    [2, 2, 2],
    ([i, , k], a) => (a as Read)(i as number, 0, k as number),
  ),
  is(
    core.concatOp,
    "as stack",
    [floats(3), floats(3)],
    (a, b) => core.stack([a as Tensor, b as Tensor], { axis: -1 }),
    [3, 2],
    ([i, j], a, b) => ((j === 0 ? a : b) as Read)(i as number),
  ),
  is(
    core.concatOp,
    "as stack of scalars",
    [bools(), bools()],
    (a, b) => core.stack([a as Tensor, b as Tensor]),
    [2],
    ([i], a, b) => ((i === 0 ? a : b) as Read)(),
    bool,
  ),
  is(
    core.padOp,
    "with zeros",
    [floats(2, 3)],
    x3((x) => core.pad(x, { axis: 1, before: 2, after: 1 })),
    [2, 6],
    ([i, j], x) => ((j as number) >= 2 && (j as number) < 5 ? (x as Read)(i as number, (j as number) - 2) : 0),
  ),
  is(
    core.padOp,
    "with 7 before",
    [whole(2)],
    x3((x) => core.pad(x, { axis: 0, before: 1, after: 0, value: 7 })),
    [3],
    ([i], x) => (i === 0 ? 7 : (x as Read)((i as number) - 1)),
  ),
  is(
    core.padOp,
    "nothing",
    [floats(0, 2)],
    x3((x) => core.pad(x, { axis: 0, before: 1, after: 1 })),
    [2, 2],
    () => 0,
  ),
];

const table = (...inputs: Drawn[]) => inputs;
const indexed: OpCase[] = [
  is(
    core.gatherOp,
    "[5, 2] at [4]",
    table(floats(5, 2), ints(0, 5, 4)),
    (x, i) => core.gather(x as Tensor, i as Tensor),
    [4, 2],
    ([i, j], x, at) => (x as Read)((at as Read)(i as number), j as number),
  ),
  is(
    core.gatherOp,
    "[5] at [2, 3]",
    table(floats(5), ints(0, 5, 2, 3)),
    (x, i) => core.gather(x as Tensor, i as Tensor),
    [2, 3],
    (at, x, i) => (x as Read)((i as Read)(...at)),
  ),
  is(
    core.gatherOp,
    "[3, 2, 2] at a scalar",
    table(whole(3, 2, 2), ints(0, 3)),
    (x, i) => core.gather(x as Tensor, i as Tensor),
    [2, 2],
    (at, x, i) => (x as Read)((i as Read)(), ...at),
  ),
  is(
    core.gatherOp,
    "at no indices",
    table(floats(3, 2), ints(0, 3, 0)),
    (x, i) => core.gather(x as Tensor, i as Tensor),
    [0, 2],
    () => 0,
  ),
  is(
    core.gatherOp,
    "empty rows",
    table(floats(3, 0), ints(0, 3, 2)),
    (x, i) => core.gather(x as Tensor, i as Tensor),
    [2, 0],
    () => 0,
  ),
  ...[
    [[5, 2], [4]],
    [[3], [2, 3]],
    [[2, 2], []],
    [[3, 2], [0]],
    [[4, 0], [2]],
    [[1, 3], [5]],
  ].map(([shape, at]) => {
    const [v, ...inner] = shape as number[];
    return is(
      core.scatterAddOp,
      `[${at}] rows into [${shape}]`,
      [
        floats(...(shape as number[])),
        ints(0, v as number, ...(at as number[])),
        floats(...(at as number[]), ...inner),
      ],
      (x, i, u) => core.scatterAdd(x as Tensor, i as Tensor, u as Tensor),
      shape as number[],
      ([row, ...rest], x, i, u) => {
        let sum = (x as Read)(row as number, ...rest);
        const visit = (index: number[]) => {
          if (index.length === (at as number[]).length) {
            if ((i as Read)(...index) === row) sum += (u as Read)(...index, ...rest);
          } else for (let k = 0; k < ((at as number[])[index.length] as number); k++) visit([...index, k]);
        };
        visit([]);
        return sum;
      },
    );
  }),
  is(
    core.scatterAddOp,
    "i32",
    table(whole(3), ints(0, 3, 9), whole(9)),
    (x, i, u) => core.scatterAdd(x as Tensor, i as Tensor, u as Tensor),
    [3],
    ([v], x, i, u) => (x as Read)(v as number) + total(9, (k) => ((i as Read)(k) === v ? (u as Read)(k) : 0)),
  ),
  is(
    core.iotaOp,
    "4",
    [],
    () => core.iota(4),
    [4],
    ([i]) => i as number,
    { dtype: "i32" },
  ),
  is(
    core.iotaOp,
    "0, f32",
    [],
    () => core.iota(0, "f32"),
    [0],
    () => 0,
    { dtype: "f32" },
  ),
  is(
    core.equalOp,
    "as oneHot",
    [ints(0, 3, 2, 3)],
    (x) => core.oneHot(x as Tensor, 3, "f64"),
    [2, 3, 3],
    ([i, j, v], x) => truth((x as Read)(i as number, j as number) === v),
    { dtype: "f64" },
  ),
];

const softmaxOf = (count: number, at: number, x: (i: number) => number): number =>
  Math.exp(x(at)) / total(count, (i) => Math.exp(x(i)));
const composites: OpCase[] = [
  is(
    core.softmaxOp,
    "last axis",
    [floats(2, 4)],
    x3((x) => core.softmax(x)),
    [2, 4],
    ([i, j], x) => softmaxOf(4, j as number, (k) => (x as Read)(i as number, k)),
  ),
  is(
    core.softmaxOp,
    "axis 0",
    [floats(3, 2)],
    x3((x) => core.softmax(x, { axis: 0 })),
    [3, 2],
    ([i, j], x) => softmaxOf(3, i as number, (k) => (x as Read)(k, j as number)),
  ),
  is(
    core.softmaxOp,
    "of one, and beside an empty axis",
    [floats(0, 1)],
    x3((x) => core.softmax(x)),
    [0, 1],
    () => 0,
  ),
  is(
    core.logSoftmaxOp,
    "last axis",
    [floats(2, 4)],
    x3((x) => core.logSoftmax(x)),
    [2, 4],
    ([i, j], x) => Math.log(softmaxOf(4, j as number, (k) => (x as Read)(i as number, k))),
  ),
  is(
    core.logSoftmaxOp,
    "axis 1 of 3",
    [floats(2, 3, 2)],
    x3((x) => core.logSoftmax(x, { axis: 1 })),
    [2, 3, 2],
    ([i, j, k], x) => Math.log(softmaxOf(3, j as number, (q) => (x as Read)(i as number, q, k as number))),
  ),
  is(
    core.sumOp,
    "as logsumexp",
    [floats(2, 3)],
    x3((x) => core.logsumexp(x, { axis: -1 })),
    [2],
    ([i], x) => Math.log(total(3, (j) => Math.exp((x as Read)(i as number, j)))),
  ),
  is(
    core.sumOp,
    "as logsumexp of all, dims kept",
    [floats(2, 3)],
    x3((x) => core.logsumexp(x, { keepDims: true })),
    [1, 1],
    (_, x) => Math.log(total(2, (i) => total(3, (j) => Math.exp((x as Read)(i, j))))),
  ),
  is(
    core.crossEntropyOp,
    "[3, 5]",
    [floats(3, 5), ints(0, 5, 3)],
    (x, t) => core.crossEntropy(x as Tensor, t as Tensor),
    [3],
    ([i], x, t) => -Math.log(softmaxOf(5, (t as Read)(i as number), (k) => (x as Read)(i as number, k))),
  ),
  is(
    core.crossEntropyOp,
    "[2, 3, 4]",
    [floats(2, 3, 4), ints(0, 4, 2, 3)],
    (x, t) => core.crossEntropy(x as Tensor, t as Tensor),
    [2, 3],
    ([i, j], x, t) =>
      -Math.log(softmaxOf(4, (t as Read)(i as number, j as number), (k) => (x as Read)(i as number, j as number, k))),
  ),
  is(
    core.crossEntropyOp,
    "one position",
    [floats(4), ints(0, 4)],
    (x, t) => core.crossEntropy(x as Tensor, t as Tensor),
    [],
    (_, x, t) => -Math.log(softmaxOf(4, (t as Read)(), (k) => (x as Read)(k))),
  ),
  ...[[3, 4], [4], [2, 1, 4], [0, 4]].map((shape) =>
    is(
      core.layerNormOp,
      `[${shape}]`,
      [floats(...shape), positive(4), between(-1, 1, 4)],
      (x, g, b) => core.layerNorm(x as Tensor, g as Tensor, b as Tensor, { epsilon: 0.01 }),
      shape,
      (at, x, g, b) => {
        const [row, j] = [at.slice(0, -1), at.at(-1) as number];
        const mean = total(4, (k) => (x as Read)(...row, k)) / 4;
        const variance = total(4, (k) => ((x as Read)(...row, k) - mean) ** 2) / 4;
        return (((x as Read)(...at) - mean) / Math.sqrt(variance + 0.01)) * (g as Read)(j) + (b as Read)(j);
      },
    ),
  ),
];

export const OP_CASES: readonly OpCase[] = [
  ...elementwise,
  ...matmulCases(),
  ...mixedRankCases(),
  ...reductions,
  ...shapes,
  ...indexed,
  ...composites,
  ...IMAGE_CASES,
];
