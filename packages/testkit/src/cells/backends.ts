import { type AnyUnrollable, noiseDims } from "@throughtime/cells";
import {
  type Backend,
  compile,
  type DimNames,
  download,
  isNdArray,
  mapTree,
  type NdArray,
  release,
} from "@throughtime/core";
import { fail } from "../conformance/case.js";
import { TOLERANCES } from "../conformance/tolerances.js";
import { padded } from "./arrays.js";
import type { CellCase, CellContext } from "./case.js";
import {
  BATCH,
  type Batch,
  evaluate,
  gradientOf,
  type Inputs,
  inputsOf,
  lengthsOf,
  noiseOf,
  type Rest,
  same,
  WAYS,
  type Way,
} from "./subject.js";

/** One executable serves all of these. */
const BATCHES: readonly Batch[] = [BATCH, { T: 1, B: 1, lengths: [1] }, { T: 7, B: 2, lengths: [0, 7] }];

const GARBAGE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e38];

/** Each of the two options with and without. */
const ON_BACKENDS = WAYS.filter(({ reverse, lengths }) => reverse !== lengths);

/** `on/<backend>/…`: results and gradients of the compiled Program, with every pass, at several sizes and lengths. */
export function backendCases(cell: AnyUnrollable, backends: readonly string[]): CellCase[] {
  return ON_BACKENDS.flatMap((way) => {
    let points: readonly Point[] | undefined;
    return backends.map((name) => ({
      name: `on/${name}/${way.name}`,
      async run(context: CellContext) {
        points ??= BATCHES.map((batch) => pointOf(cell, way, batch));
        await checkBackend(cell, way, points, await context.backend(name));
      },
    }));
  });
}

/** Inputs at some sizes, and what they give in f64. */
interface Point {
  readonly batch: Batch;
  readonly inputs: Inputs<NdArray>;
  readonly rest: Rest<NdArray>;
  readonly exact: unknown;
}

function pointOf(cell: AnyUnrollable, way: Way, batch: Batch): Point {
  const [inputs, rest] = [inputsOf(cell, batch), { ...lengthsOf(way, batch), ...noiseOf(cell, batch) }];
  return { batch, inputs, rest, exact: evaluate(gradientOf(cell, way), inputs, rest) };
}

async function checkBackend(cell: AnyUnrollable, way: Way, points: readonly Point[], backend: Backend): Promise<void> {
  const state = mapTree(inputsOf(cell).state, isNdArray, ({ shape }) => ["B", ...shape.slice(1)]) as DimNames;
  const noise = noiseDims(cell);
  const dims: DimNames[] = [
    { xs: ["T", "B", cell.inputSize], state },
    { ...(way.lengths ? { lengths: ["B"] } : {}), ...(noise ? { noise } : {}) },
  ];
  const run = compile(backend, gradientOf(cell, way) as (...args: readonly unknown[]) => unknown, { dims });
  const resultsOf = async (...args: readonly unknown[]): Promise<unknown> => {
    const arrays = await run(...args);
    try {
      return await download(backend, arrays);
    } finally {
      release(backend, arrays);
    }
  };
  try {
    for (const { batch, inputs, rest, exact } of points) {
      const actual = await resultsOf(inputs, rest);
      same(`at T = ${batch.T} and B = ${batch.B}`, actual, exact, TOLERANCES.gradient);
      if (!way.lengths) continue;
      const dxs = (actual as [unknown, Inputs<NdArray>])[1].xs;
      same(
        "the gradient after the ends of sequences",
        dxs,
        padded(dxs, batch.lengths, () => 0),
        {},
      );
      for (const value of [...GARBAGE.map((one) => () => one), (k: number) => GARBAGE[k % 4] as number]) {
        const other = await resultsOf({ ...inputs, xs: padded(inputs.xs, batch.lengths, value) }, rest);
        same(`with ${value(0)} after the ends of sequences`, other, actual, {});
      }
    }
    const programs = run.programs().length;
    if (programs !== 1) fail(`one Program serves all sizes and lengths, but ${programs} were compiled`);
  } finally {
    run.release();
  }
}
