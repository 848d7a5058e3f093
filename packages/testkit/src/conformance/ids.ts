import {
  add,
  argmax,
  bind,
  constantOf,
  crossEntropy,
  dim,
  evaluateProgram,
  gather,
  grad,
  greaterEqual,
  inferSizes,
  minimum,
  mul,
  type NdArray,
  ndarray,
  oneHot,
  type Program,
  reshape,
  scan,
  scatterAdd,
  select,
  slice,
  sub,
  sum,
  type Tensor,
  type Type,
  transpose,
  valueAndGrad,
  vmap,
} from "@throughtime/core";
import { same } from "./arrays.js";
import { type Case, type Context, fail } from "./case.js";
import { compileOn, execute, programOf, runOn } from "./run.js";

const [V, WIDTH] = [3, 2];
const TABLE = ndarray([
  [0.5, -1],
  [2, 3],
  [-0.25, 4],
]);
/** Ids that no table of 3 rows has: the next, the last before, those that would wrap, the ends of i32. */
const OUTSIDE = [-1, V, V + 4, -V, -(2 ** 31), 2 ** 31 - 1];
const i32 = (values: readonly (number | readonly number[])[]): NdArray => ndarray(values, { dtype: "i32" });

type Fn = (xs: readonly Tensor[]) => Tensor | readonly Tensor[];
interface LookUp {
  readonly name: string;
  readonly fn: Fn;
  /** The ids as input 1: those of a good run, of which the last is exchanged. */
  readonly ids: NdArray;
  /** What is fed for an id that shall be looked up. */
  readonly feed?: (id: number) => number;
  readonly table?: NdArray;
  readonly types?: readonly Type[];
}

const lookUp = (
  name: string,
  fn: (x: Tensor, ids: Tensor) => Tensor | readonly Tensor[],
  more: Partial<LookUp> = {},
) => ({
  name,
  fn: ([x, ids]: readonly Tensor[]) => fn(x as Tensor, ids as Tensor),
  ids: i32([0, 2, 1]),
  ...more,
});

/** The ids that are looked up are one more than those that come in. */
const shifted = (ids: Tensor): Tensor => sub(ids, 1);
const feed = (id: number): number => (id + 1) | 0;
const computed = { ids: i32([1, 3, 2]), feed };
const perStep = (x: Tensor, ids: Tensor): readonly Tensor[] =>
  scan(
    (h: Tensor, id: Tensor) => [add(h, gather(x, id)), gather(x, id)],
    constantOf({ shape: [WIDTH], dtype: "f32" }, 0),
    ids,
  );
/** The step's id is the one that came in at the step before. */
const carried = (x: Tensor, ids: Tensor): readonly Tensor[] => {
  const zero = constantOf({ shape: [], dtype: "i32" }, 0);
  const [last, rows] = scan((id: Tensor, next: Tensor) => [next, gather(x, id)], zero, ids);
  return [gather(x, last), rows];
};

const LOOK_UPS: readonly LookUp[] = [
  lookUp("gather", gather),
  lookUp("gather.computed", (x, ids) => gather(x, shifted(ids)), computed),
  lookUp("gather.view", (x, ids) => gather(x, transpose(reshape(ids, [3, 1]), [1, 0]))),
  lookUp("gather.slice", (x, ids) => gather(x, slice(ids, { axis: 0, start: 1 }))),
  lookUp("gather.bool", (x, ids) => gather(oneHot(gather(argmax(x), ids), WIDTH, "bool"), ids)),
  lookUp("gather.named", gather, {
    types: [
      { shape: [dim("V"), WIDTH], dtype: "f32" },
      { shape: [dim("N")], dtype: "i32" },
    ],
  }),
  lookUp("gather.perStep", perStep),
  lookUp("gather.perStep.computed", (x, ids) => perStep(x, shifted(ids)), computed),
  lookUp("gather.carried", carried),
  lookUp("gather.batched", (x, ids) => vmap((rows: Tensor, i: Tensor) => gather(rows, i))(x, ids), {
    table: ndarray([
      [[1], [2], [3]],
      [[4], [5], [6]],
    ]),
    ids: i32([
      [0, 2],
      [1, 1],
    ]),
  }),
  lookUp("gather.gradient", (x, ids) =>
    valueAndGrad((rows: Tensor) => sum(mul(gather(rows, ids), gather(rows, ids))), x),
  ),
  lookUp("scatterAdd", (x, ids) => scatterAdd(x, ids, constantOf({ shape: [3, WIDTH], dtype: "f32" }, 1))),
  lookUp(
    "scatterAdd.computed",
    (x, ids) => scatterAdd(x, shifted(ids), constantOf({ shape: [3, WIDTH], dtype: "f32" }, 1)),
    computed,
  ),
  lookUp("scatterAdd.gradient", (x, ids) => grad((rows: Tensor) => sum(gather(rows, ids)), x)),
  lookUp("crossEntropy", (x, ids) => crossEntropy(transpose(x, [1, 0]), slice(ids, { axis: 0, start: 1 }))),
  lookUp("crossEntropy.gradient", (x, ids) =>
    grad((logits: Tensor) => sum(crossEntropy(transpose(logits, [1, 0]), slice(ids, { axis: 0, start: 1 }))), x),
  ),
  lookUp("oneHot", (x, ids) => mul(oneHot(ids, V), reshape(slice(x, { axis: 1, end: 1 }), [V]))),
];

function cases({ name, fn, ids, feed: fed = (id) => id, table = TABLE, types }: LookUp): Case {
  const program = programOf(fn, types ?? [table, ids]);
  const withId = (id: number): NdArray => ({ ...ids, data: Int32Array.from([...ids.data.slice(0, -1), fed(id)]) });
  return {
    name: `ids/${name}`,
    async run({ backend }) {
      const executable = await compileOn(backend, program);
      try {
        for (const id of OUTSIDE) {
          const inputs = [table, withId(id)];
          await fails(runOn(backend, executable, inputs), program, inputs, `id ${id}`);
        }
        const [actual] = (await runOn(backend, executable, [table, ids])) as [NdArray];
        const [expected] = evaluateProgram(bound(program, [table, ids]), [table, ids]) as [NdArray];
        if (expected.dtype === "bool") same(actual, expected, "ids in range");
        else if (actual.data.some((value, i) => Math.abs(value - (expected.data[i] as number)) > 1e-5)) {
          fail(`ids in range: received ${actual.data}, expected ${expected.data}.`);
        }
      } finally {
        executable.release();
      }
    },
  };
}

const bound = (program: Program, inputs: readonly NdArray[]): Program =>
  bind(
    program,
    inferSizes(
      program,
      inputs.map(({ shape }) => shape),
    ),
  );

/** Fails unless the run rejects with the error that `evaluate` throws, word for word. */
async function fails(run: Promise<unknown>, program: Program, inputs: readonly NdArray[], what: string): Promise<void> {
  const text = (error: unknown): string =>
    error instanceof Error
      ? `${error.name}: ${error.message} ${JSON.stringify((error as { details?: object }).details)}`
      : "no error";
  const thrown = (f: () => unknown): unknown => {
    try {
      return f();
    } catch (error) {
      return error;
    }
  };
  const expected = text(thrown(() => evaluateProgram(bound(program, inputs), inputs)));
  if (!expected.startsWith("DataError")) fail(`${what}: evaluate should throw DataError, but gave ${expected}.`);
  const actual = text(await run.catch((error: unknown) => error));
  if (actual !== expected) fail(`${what}: received ${actual}, expected ${expected}.`);
}

/** Nothing is consumed by a call with a bad id, so a training stands where it stood. */
const consumesNothing: Case = {
  name: "ids/consumesNothing",
  async run({ backend, liveArrays }: Context) {
    const before = liveArrays?.(backend);
    const program = programOf(
      ([x, ids]) => [scatterAdd(x as Tensor, ids as Tensor, gather(x as Tensor, ids as Tensor))],
      [TABLE, i32([0, 1])],
    );
    const executable = await compileOn(backend, program, [true, true]);
    const [table, bad] = await Promise.all([backend.upload(TABLE), backend.upload(i32([0, V]))]);
    await fails(executable.run([table, bad]), program, [TABLE, i32([0, V])], "id 3");
    if (table.state !== "live" || bad.state !== "live")
      fail(`the inputs are ${table.state} and ${bad.state}; expected live.`);
    same(await backend.download(table), TABLE, "the table");
    backend.release(bad);
    const [after] = await executable.run([table, await backend.upload(i32([0, 1]))]);
    if (after) backend.release(after);
    executable.release();
    if (before !== liveArrays?.(backend)) fail(`${liveArrays?.(backend)} arrays are live; expected ${before}.`);
  },
};

/** Ids of words that do not count may be anything, as long as they are selected away before they are looked up. */
const selectedAway: Case = {
  name: "ids/selectedAway",
  async run({ backend }) {
    const fn: Fn = ([x, ids]) => {
      const counts = greaterEqual(ids as Tensor, 0);
      return [
        gather(x as Tensor, select(counts, ids as Tensor, 0)),
        gather(x as Tensor, minimum(select(counts, ids as Tensor, 0), V - 1)),
      ];
    };
    const inputs = [TABLE, i32([-100, 2, 1])];
    const program = programOf(fn, inputs);
    const [first, second] = (await execute(backend, program, inputs)) as [NdArray, NdArray];
    const expected = evaluateProgram(program, inputs) as [NdArray, NdArray];
    same(first, expected[0], "selected");
    same(second, expected[1], "limited");
  },
};

/** What is looked up in nothing is out of range, and looking nothing up is not. */
const noRows: Case = {
  name: "ids/noRows",
  async run({ backend }) {
    const none: NdArray = { data: new Float32Array(0), shape: [0, WIDTH], dtype: "f32" };
    for (const ids of [i32([0]), i32([])]) {
      for (const fn of [
        ([x, i]) => gather(x as Tensor, i as Tensor),
        ([x, i]) => gather(x as Tensor, shifted(i as Tensor)),
      ] as Fn[]) {
        const program = programOf(fn, [none, ids]);
        if (ids.data.length > 0) await fails(execute(backend, program, [none, ids]), program, [none, ids], "no rows");
        else same((await execute(backend, program, [none, ids]))[0] as NdArray, { ...none }, "no ids");
      }
    }
  },
};

/** `ids/…`: an index that is out of range is the DataError of the op that looks it up, wherever it comes from. */
export const idCases = (): Case[] => [...LOOK_UPS.map(cases), consumesNothing, selectedAway, noRows];
