import {
  type Dim,
  type DType,
  elementCount,
  evaluateDim,
  mul,
  type Shape,
  type Sizes,
  sameShape,
  type Tensor,
  tanh,
} from "@throughtime/core";
import type { Draws } from "./draws.js";

/** A float value that later equations may use, and what its magnitude is at most. */
export interface Entry {
  readonly tensor: Tensor;
  readonly bound: number;
}

/** What an input's data is drawn from: floats in [−bound, bound], integers in [0, bound), fair booleans; or a domain. */
export interface InputSpec {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly bound: number;
  readonly domain?: Domain;
}

/**
 * What exact floats may be. "few": multiples of ½ that are small, with many ties; "infinite": these, NaN and ±∞; "any": any
 * float, of any magnitude. i32 of a domain are any integers.
 */
export type Domain = "few" | "infinite" | "any";

/**
 * A value that does not depend on how it is computed, but for the sign of a zero: it is moved, compared, selected,
 * counted, or made of so few digits that nothing is rounded. So conditions and indices may be made of it.
 */
export interface Exact {
  readonly tensor: Tensor;
  /** Where floats may lie; "few" for i32 and bool. "rounded": what a function made of any float, not exact any more. */
  readonly domain: Domain | "rounded";
  /** Of finite floats in "few" and "infinite": their magnitude at most, and what they are multiples of. */
  readonly bound: number;
  readonly unit: number;
}

/**
 * Which values are in a Program beside tame floats. "tame": none; "ties": i32, bool and exact floats; "special": these
 * too with NaN, infinities, −0, denormals and the largest.
 */
export type Values = "tame" | "ties" | "special";

/** What holds for the whole Program. */
export interface World {
  readonly T: Dim;
  readonly B: Dim;
  /** Numbers for the named sizes. */
  readonly sizes: Sizes;
  /** Leave out what has kinks, so that gradients are stable. */
  readonly smooth: boolean;
  readonly values: Values;
  /** Whether there is attention. */
  readonly looks: boolean;
  readonly bodySize: number;
  /** A new input of the whole Program, also from within a scan's body. */
  input(spec: InputSpec): Tensor;
}

/** The values at hand in the Program or in one scan's body. */
export interface Scope {
  readonly world: World;
  readonly draws: Draws;
  readonly pool: Entry[];
  readonly exact: Exact[];
  readonly outer?: Scope;
  /** How many scans may still be nested here. */
  readonly depth: number;
}

/** Widths of feature axes; small, odd and even. */
export const HIDDEN = 4;
export const FEATURES = 3;
export const VOCABULARY = 5;

export const MOST_ELEMENTS = 3000;
const LARGEST = 6;

export const countOf = ({ world }: Scope, shape: Shape): number => evaluateDim(elementCount(shape), world.sizes);

/** Adds a value to the pool, squashed if it may be large; nothing where it has too many elements. */
export function keep(scope: Scope, tensor: Tensor, bound: number): void {
  if (countOf(scope, tensor.shape) > MOST_ELEMENTS || tensor.shape.length > 4) return;
  scope.pool.push(bound <= LARGEST ? { tensor, bound } : squash(scope, { tensor, bound }));
}

/** The value brought to a magnitude of at most 2. */
export function squash({ draws }: Scope, { tensor, bound }: Entry): Entry {
  if (bound <= 2) return { tensor, bound };
  const scaled = mul(tensor, 2 / bound);
  return draws.chance(0.5) ? { tensor: tanh(scaled), bound: 1 } : { tensor: scaled, bound: 2 };
}

/** A value from this scope or from around it, newer ones more often; undefined where none fits. */
export function pick(scope: Scope, fits: (entry: Entry) => boolean = () => true): Entry | undefined {
  const here = scope.pool.filter(fits);
  const around = scope.outer ? visible(scope.outer).filter(fits) : [];
  return oneOf(scope, here, around);
}

/** One from this scope rather than from around it, newer ones more often; undefined where there is none. */
export function oneOf<T>({ draws }: Scope, here: readonly T[], around: readonly T[]): T | undefined {
  const from = here.length > 0 && (around.length === 0 || draws.chance(0.8)) ? here : around;
  if (from.length === 0) return undefined;
  return draws.one(draws.chance(0.5) ? from.slice(-4) : from);
}

const visible = (scope: Scope): readonly Entry[] => [...(scope.outer ? visible(scope.outer) : []), ...scope.pool];

/** A value of a shape: one at hand, or a new input. */
export const pickShape = (scope: Scope, shape: Shape): Entry =>
  pick(scope, ({ tensor }) => sameShape(tensor.shape, shape)) ?? newInput(scope, shape);

export function newInput({ world }: Scope, shape: Shape, bound = 1): Entry {
  return { tensor: world.input({ shape, dtype: "f32", bound }), bound };
}
