import {
  dim,
  foldIn,
  key,
  makeProgram,
  type NdArray,
  type Program,
  placeholders,
  type Sizes,
  type Tensor,
} from "@throughtime/core";
import { dataFor } from "./data.js";
import { draws } from "./draws.js";
import { type Exact, FEATURES, HIDDEN, type InputSpec, type Scope, type Values, type World } from "./scope.js";
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
  /** Of tame floats only what is differentiable everywhere, so that gradients can be compared. Default false. */
  readonly smooth?: boolean;
  /**
   * What there is beside tame floats. "ties": i32, bool and floats of few digits, under every op, with ties, empty axes and
   * broadcasts of all kinds; gradients are determined, but where ties are no slopes. "special": these too with NaN, ±∞, −0,
   * denormals and the largest floats. Default "tame": nothing.
   */
  readonly values?: Values;
  /** Attention over memories too, much larger than a loop's other values. Default false. */
  readonly looks?: boolean;
  /** Numbers for T (steps) and B (batch). Default { T: 4, B: 2 }. */
  readonly sizes?: { readonly T: number; readonly B: number };
}

export type Precision = "random" | "rounded" | "exact";

export interface RandomProgram {
  readonly seed: number;
  readonly program: Program;
  readonly sizes: Sizes;
  /**
   * What each output may be off by, by its name among TOLERANCES: "random" where numbers are rounded on the way, "rounded"
   * where the last function does so, "exact" where none does.
   */
  readonly precision: readonly Precision[];
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
  const {
    size = 12,
    depth = 2,
    bodySize = 5,
    symbolic = false,
    smooth = false,
    values = "tame",
    looks = false,
    sizes = { T: 4, B: 2 },
  } = options;
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
  const world: World = { T, B, sizes, smooth, values, looks, bodySize, input };
  const exact: Exact[] = [];
  const pool = [
    { tensor: input({ shape: [T, B, FEATURES], dtype: "f32", bound: 1 }), bound: 1 },
    { tensor: input({ shape: [B, HIDDEN], dtype: "f32", bound: 1 }), bound: 1 },
  ];
  for (let i = 0; i < size; i++) {
    // Every piece draws from a stream of its own, so the first pieces do not depend on how many follow.
    const scope: Scope = { world, draws: draws(foldIn(root, i)), pool, exact, depth };
    step(scope);
  }
  const made = new Map<Tensor, Precision>(
    exact.map(({ tensor, domain }) => [tensor, domain === "rounded" ? "rounded" : "exact"]),
  );
  for (const { tensor } of pool) made.set(tensor, made.get(tensor) ?? "random");
  const outputs = outputsOf([...made.keys()], inputs);
  return {
    seed,
    program: makeProgram(inputs, outputs, { inputNames: inputs.map((_, i) => `x${i}`) }),
    sizes,
    precision: outputs.map((output) => made.get(output) as Precision),
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
