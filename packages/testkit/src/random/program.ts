import {
  castArray,
  dim,
  evaluateDim,
  foldIn,
  fullArray,
  type Key,
  key,
  makeProgram,
  type NdArray,
  ndarray,
  type Program,
  placeholders,
  randomBits,
  type Sizes,
  type Tensor,
  uniform,
} from "@throughtime/core";
import { draws } from "./draws.js";
import { FEATURES, HIDDEN, type InputSpec, type Scope, type World } from "./scope.js";
import { step } from "./step.js";

export interface RandomProgramOptions {
  /** How many pieces of computation; each is a few equations. Default 12. */
  readonly size?: number;
  /** How many scans may stand inside each other. Default 2; 0 for none. */
  readonly depth?: number;
  /** How many pieces a scan's body has at most. Default 5. */
  readonly bodySize?: number;
  /** Name the sizes T and B instead of fixing them. Default false. */
  readonly symbolic?: boolean;
  /** Only what is differentiable everywhere, so that gradients can be compared. Default false. */
  readonly smooth?: boolean;
  /** Numbers for T (steps, 1 or more) and B (batch). Default { T: 4, B: 2 }. */
  readonly sizes?: { readonly T: number; readonly B: number };
}

export interface RandomProgram {
  readonly seed: number;
  readonly program: Program;
  readonly sizes: Sizes;
  /** Data for its inputs; for a Program with named sizes, at any sizes (T at least 1). The same data each time. */
  inputs(sizes?: Sizes): NdArray[];
}

/**
 * A random, well-formed Program: elementwise ops, products, reductions, slices, concats, gathers, gates, and scans within
 * scans. Values stay within about ±10 and no op is steep there, so that two ways of computing it agree to about 1e-4 of
 * its largest value in f32 and 1e-9 in f64.
 *
 * One seed with a smaller `size` gives the beginning of the same Program. So a property over (seed, size), with any
 * property-testing library, shrinks to a short Program by shrinking one integer:
 *
 *     fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 20 }), (seed, size) => holds(randomProgram(seed, { size }))));
 */
export function randomProgram(seed: number, options: RandomProgramOptions = {}): RandomProgram {
  const { size = 12, depth = 2, bodySize = 5, symbolic = false, smooth = false, sizes = { T: 4, B: 2 } } = options;
  const root = key(seed);
  const specs: InputSpec[] = [];
  const inputs: Tensor[] = [];
  // All inputs share a scope, those that a scan's body asks for too: they belong to the Program around it.
  const scopeId = (placeholders([{ shape: [], dtype: "f32" }])[0] as Tensor).node.scope;
  const input = (spec: InputSpec): Tensor => {
    const tensor = placeholders([spec], scopeId)[0] as Tensor;
    specs.push(spec);
    inputs.push(tensor);
    return tensor;
  };
  const [T, B] = symbolic ? [dim("T"), dim("B")] : [sizes.T, sizes.B];
  const world: World = { T, B, sizes, smooth, bodySize, input };
  const pool = [
    { tensor: input({ shape: [T, B, FEATURES], dtype: "f32", bound: 1 }), bound: 1 },
    { tensor: input({ shape: [B, HIDDEN], dtype: "f32", bound: 1 }), bound: 1 },
  ];
  for (let i = 0; i < size; i++) {
    // Every piece draws from a stream of its own, so the first pieces do not depend on how many follow.
    const scope: Scope = { world, draws: draws(foldIn(root, i)), pool, depth };
    step(scope);
  }
  const program = makeProgram(
    inputs,
    outputsOf(
      pool.map(({ tensor }) => tensor),
      inputs,
    ),
    {
      inputNames: inputs.map((_, i) => `x${i}`),
    },
  );
  return {
    seed,
    program,
    sizes,
    inputs: (at = sizes) => specs.map((spec, i) => dataFor(spec, at, foldIn(root, 1_000_000 + i))),
  };
}

/** What nothing else uses: with these as outputs no equation is dead. */
function outputsOf(pool: readonly Tensor[], inputs: readonly Tensor[]): readonly Tensor[] {
  const made = pool.filter((tensor) => !inputs.includes(tensor));
  const used = new Set(makeProgram(inputs, made).equations.flatMap(({ inputs: operands }) => operands));
  const last = made.filter((tensor) => !used.has(tensor));
  return last.length > 0 ? last : pool.slice(0, 1);
}

function dataFor({ shape, dtype, bound }: InputSpec, sizes: Sizes, k: Key): NdArray {
  const numbers = shape.map((d) => evaluateDim(d, sizes));
  if (dtype === "f32") return uniform(k, numbers, -bound, bound);
  const { data, shape: at } = fullArray(numbers, 0, "i32");
  randomBits(k, data.length).forEach((bits, i) => {
    data[i] = bits % bound;
  });
  return castArray(ndarray(data, { shape: at, dtype: "i32" }), dtype);
}
