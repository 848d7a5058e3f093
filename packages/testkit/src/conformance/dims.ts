import {
  add,
  addDim,
  bind,
  broadcast,
  cast,
  concat,
  type Dim,
  dim,
  elementCount,
  inferSizes,
  iota,
  matmul,
  max,
  mean,
  mul,
  mulDim,
  type NdArray,
  type Program,
  reshape,
  type Sizes,
  scan,
  slice,
  softmax,
  subDim,
  sum,
  type Tensor,
  tanh,
  transpose,
} from "@throughtime/core";
import { evaluateInF64 } from "../compare.js";
import { type Case, type Context, rejects } from "./case.js";
import { gradientOf } from "./gradients.js";
import { checkOutputs, compileOn, programOf, runOn } from "./run.js";
import { indices, type Operand, operand, valuesOf } from "./values.js";

const [T, B] = [dim("T"), dim("B")];

interface Named {
  readonly name: string;
  readonly operands: readonly Operand[];
  readonly fn: (xs: readonly Tensor[]) => readonly Tensor[];
  /** Sizes to run at, through one executable. */
  readonly at?: readonly Sizes[];
}

/** There and back again, so that what is cached for one size meets the others. */
const SIZES: readonly Sizes[] = [
  { T: 5, B: 3 },
  { T: 1, B: 1 },
  { T: 2, B: 7 },
  { T: 5, B: 3 },
];
const WITH_EMPTY: readonly Sizes[] = [
  { T: 5, B: 3 },
  { T: 0, B: 3 },
  { T: 4, B: 0 },
  { T: 1, B: 2 },
];

const rnn = ([x, h, w, u]: readonly Tensor[], reverse: boolean): readonly Tensor[] =>
  scan(
    (c: Tensor, xt: Tensor) => {
      const next = tanh(add(matmul(xt, w as Tensor), matmul(c, u as Tensor)));
      return [next, next];
    },
    h as Tensor,
    x as Tensor,
    { reverse },
  );

const sequence = [operand([T, B, 4]), operand([B, 6]), operand([4, 6]), operand([6, 6])];

const PROGRAMS: readonly Named[] = [
  { name: "scan", operands: sequence, fn: (xs) => rnn(xs, false) },
  { name: "scanReverse", operands: sequence, fn: (xs) => rnn(xs, true) },
  { name: "scanZeroSteps", operands: sequence, fn: (xs) => rnn(xs, false), at: WITH_EMPTY },
  {
    name: "elementwise",
    operands: [operand([T, B]), operand([B]), operand([])],
    fn: ([a, b, c]) => [add(mul(a as Tensor, b as Tensor), c as Tensor)],
    at: WITH_EMPTY,
  },
  {
    name: "product",
    operands: [operand([T, B]), operand([B, T])],
    fn: ([a, b]) => [matmul(a as Tensor, b as Tensor), matmul(b as Tensor, a as Tensor)],
    at: WITH_EMPTY,
  },
  {
    name: "merged",
    operands: [operand([T, B, 3]), operand([3, 4])],
    fn: ([x, w]) => {
      const rows = reshape(x as Tensor, [mulDim(T, B), 3]);
      return [rows, reshape(matmul(rows, w as Tensor), [T, B, 4]), reshape(x as Tensor, [elementCount([T, B, 3])])];
    },
    at: WITH_EMPTY,
  },
  {
    name: "reductions",
    operands: [operand([T, B, 3], "f32", "distinct")],
    fn: ([x]) => [
      mean(x as Tensor),
      mean(x as Tensor, { axis: 0 }),
      sum(x as Tensor, { axis: 1 }),
      max(x as Tensor, { axis: 0 }),
    ],
  },
  {
    name: "positions",
    operands: [operand([T, B])],
    fn: ([x]) => [iota(T), add(x as Tensor, reshape(cast(iota(T), "f32"), [T, 1])), iota(mulDim(T, 2), "f32")],
  },
  {
    name: "broadcast",
    operands: [operand([B, 1]), operand([T])],
    fn: ([x, y]) => [broadcast(x as Tensor, [T, B, 2]), broadcast(y as Tensor, [B, T])],
  },
  {
    name: "transpose",
    operands: [operand([T, B, 3])],
    fn: ([x]) => [transpose(x as Tensor, [1, 0, 2]), softmax(transpose(x as Tensor))],
  },
  {
    name: "shift",
    operands: [operand([T, B])],
    fn: ([x]) => [
      slice(x as Tensor, { axis: 0, start: 1 }),
      slice(x as Tensor, { axis: 0, start: 0, end: subDim(T, 1) }),
      concat([slice(x as Tensor, { axis: 0, start: subDim(T, 1) }), x as Tensor], { axis: 0 }),
    ],
  },
  {
    // Inputs are one step longer than what is predicted.
    name: "derived",
    operands: [operand([addDim(T, 1), B]), operand([T, B])],
    fn: ([x, y]) => [mul(slice(x as Tensor, { axis: 0, start: 1 }), y as Tensor)],
  },
  {
    name: "indices",
    operands: [indices([T, B], 5), operand([5, 3])],
    fn: ([ids, table]) => [reshape(cast(ids as Tensor, "f32"), [mulDim(T, B)]), sum(table as Tensor, { axis: 0 })],
    at: WITH_EMPTY,
  },
];

const sizesOf = (program: Program, inputs: readonly NdArray[]): Sizes =>
  inferSizes(
    program,
    inputs.map(({ shape }) => shape),
  );

/** One executable at each of the sizes in turn. */
async function checkAt(
  context: Context,
  program: Program,
  operands: readonly Operand[],
  at: readonly Sizes[],
): Promise<void> {
  const { backend, tolerance } = context;
  const executable = await compileOn(backend, program);
  try {
    for (const sizes of at) {
      const inputs = valuesOf(`dims ${JSON.stringify(sizes)}`, operands, sizes);
      const bound = bind(program, sizesOf(program, inputs));
      const actual = await runOn(backend, executable, inputs);
      checkOutputs(bound, actual, evaluateInF64(bound, inputs), (dtype) => tolerance("dims", dtype));
    }
  } finally {
    executable.release();
  }
}

async function refuses(
  context: Context,
  shapes: readonly (readonly Dim[])[],
  given: readonly (readonly number[])[],
): Promise<void> {
  const { backend } = context;
  const program = programOf(
    ([a, b]) => [sum(a as Tensor), sum(b as Tensor)],
    shapes.map((shape) => operand(shape)),
  );
  const executable = await compileOn(backend, program);
  const inputs = valuesOf(
    "refused",
    given.map((shape) => operand(shape)),
  );
  await rejects(
    runOn(backend, executable, inputs),
    ["ShapeError"],
    `running [${shapes}] on shapes [${given.map((s) => `[${s}]`)}]`,
  );
  // And goes on working.
  const fitting = valuesOf(
    "fitting",
    shapes.map((shape) => operand(shape)),
    { T: 2, B: 2 },
  );
  await runOn(backend, executable, fitting);
  executable.release();
}

/** `dims/<name>`: named sizes, several through one executable. */
export const dimCases = (): Case[] => [
  ...PROGRAMS.map(
    ({ name, operands, fn, at = SIZES }): Case => ({
      name: `dims/${name}`,
      run: (context) => checkAt(context, programOf(fn, operands), operands, at),
    }),
  ),
  ...PROGRAMS.filter(({ name }) => name.startsWith("scan")).map(
    ({ name, operands, fn, at = SIZES }): Case => ({
      name: `dims/gradient/${name}`,
      run: (context) => checkAt(context, gradientOf(programOf(fn, operands)), operands, at),
    }),
  ),
  {
    name: "dims/refusesWrongSize",
    run: (context) => refuses(context, [[T, 3], [B]], [[2, 4], [2]]),
  },
  {
    name: "dims/refusesWrongRank",
    run: (context) => refuses(context, [[T, 3], [B]], [[2, 3, 1], [2]]),
  },
  {
    name: "dims/refusesContradiction",
    run: (context) => refuses(context, [[T, 3], [T]], [[2, 3], [4]]),
  },
];
