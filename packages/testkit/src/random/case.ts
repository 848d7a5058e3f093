import { bind, evaluateProgram, foldIn, key, type NdArray, type Program, type Sizes } from "@throughtime/core";
import { evaluateInF64 } from "../compare.js";
import { draws } from "./draws.js";
import { gradientProgram } from "./gradients.js";
import { type Precision, type RandomProgramOptions, randomProgram } from "./program.js";
import type { Values } from "./scope.js";

/** Of what kind a random case is. */
export interface RandomKind extends RandomProgramOptions {
  readonly values: Values;
  readonly gradient: boolean;
  /** Whether to run it as it stands or optimized, as compile does. */
  readonly optimized: boolean;
}

/** A random Program of a random kind, and what comes out of it. */
export interface RandomCase {
  readonly seed: number;
  readonly kind: RandomKind;
  /** As it was traced, with named sizes where it has them. */
  readonly program: Program;
  /** Numbers for its named sizes: those that it was made for, and larger ones; once where it has no names. */
  readonly sizes: readonly Sizes[];
  inputs(sizes: Sizes): readonly NdArray[];
  /** What each output may be off by: a name among TOLERANCES, or "exact". */
  readonly precision: readonly Precision[];
  /**
   * What `evaluate` says, in f64; with special values in f32, where the same overflows. The rule for what compares: zeros of
   * either sign are equal, NaN equals NaN, an infinity only itself; "exact" outputs are equal, others within TOLERANCES.
   * Infinities and NaN are added, which is the same in any order; they are multiplied and divided only where the result is
   * an output, since a·A + a·B = a·(A + B) does not hold for them. Nothing is left out, denormals neither.
   */
  expected(sizes: Sizes): NdArray[];
}

/**
 * The kinds of Programs that a backend meets: plain ones and gradients; tame values, ties and special ones; sizes 4 to 20,
 * small ones more often; scans three deep; named sizes and numbers, none and one too; optimized or not.
 */
export function randomKind(seed: number): RandomKind {
  const { int, chance, one, weighted } = draws(foldIn(key(seed), 2_000_000));
  const gradient = chance(0.35);
  const values = weighted<Values>([
    [1, "tame"],
    [1, "ties"],
    [gradient ? 0 : 2, "special"],
  ]);
  // The older steps, which are all that tame Programs have, know no axes of size 0.
  const none = values === "tame" ? 1 : 0;
  return {
    gradient,
    values,
    looks: values === "tame" && draws(foldIn(key(seed), 3_000_000)).chance(0.4),
    optimized: chance(0.5),
    size: Math.min(int(4, gradient ? 12 : 20), int(4, 20)),
    depth: one([1, 2, 2, 3]),
    bodySize: int(2, 6),
    symbolic: chance(0.4),
    smooth: gradient,
    sizes: { T: one([none, 1, 2, 3, 4]), B: one([none, 1, 2, 2, 3, 3, 9]) },
  };
}

/** One of these, by its seed. */
export function randomCase(seed: number): RandomCase {
  const kind = randomKind(seed);
  const random = randomProgram(seed, kind);
  const program = kind.gradient ? gradientProgram(random.program, random.sizes) : random.program;
  const { T = 0, B = 0 } = random.sizes;
  return {
    seed,
    kind,
    program,
    sizes: [random.sizes, ...(kind.symbolic ? [{ T: T + 1, B: B + 2 }] : [])],
    inputs: random.inputs,
    precision: kind.gradient ? program.outputs.map(() => "random") : random.precision,
    expected(sizes) {
      const evaluate = kind.values === "special" ? evaluateProgram : evaluateInF64;
      return evaluate(bind(program, sizes), random.inputs(sizes));
    },
  };
}
