import { ShapeError } from "./errors.js";
import { quote } from "./quote.js";
import { requireList } from "./require.js";

/**
 * An integer polynomial over named sizes, such as `T·B` or `S + 1`. One Program with such dimensions serves every
 * batch and every length. Canonical: terms are sorted, none is zero, and at least one has a name (else it is a number).
 */
export interface SymbolicDim {
  readonly kind: "dim";
  readonly terms: readonly Term[];
  /** The canonical text; two dims are the same exactly if their keys are. */
  readonly key: string;
}

interface Term {
  readonly coefficient: number;
  /** Sorted, with repetition: T²·B is ["B", "T", "T"]. */
  readonly names: readonly string[];
}

export type Dim = number | SymbolicDim;
export type Shape = readonly Dim[];
/** Numbers for the named sizes. */
export type Sizes = Readonly<Record<string, number>>;

/** A named size: `dim("T")`. */
export function dim(name: string): SymbolicDim {
  if (typeof name !== "string" || !/^[A-Za-z_]\w*$/.test(name)) {
    throw new ShapeError(`dim: a size's name is letters, digits and _, received ${quote(name)}.`, { name });
  }
  return fromTerms([{ coefficient: 1, names: [name] }]) as SymbolicDim;
}

/** Throws ArgumentError where a shape is no list. */
export function listed(op: string, shape: Shape): Shape {
  requireList(`${op}: the shape`, shape);
  return shape;
}

export const isSymbolic = (d: unknown): d is SymbolicDim =>
  typeof d === "object" && d !== null && (d as SymbolicDim).kind === "dim";

export const isStatic = (shape: Shape): shape is readonly number[] =>
  listed("isStatic", shape).every((d) => typeof d === "number");

export const dimKey = (d: Dim): string => (typeof d === "number" ? String(d) : requireSymbolic(d).key);

export const sameDim = (a: Dim, b: Dim): boolean => a === b || dimKey(a) === dimKey(b);

export const sameShape = (a: Shape, b: Shape): boolean =>
  listed("sameShape", a).length === listed("sameShape", b).length && a.every((d, i) => sameDim(d, b[i] as Dim));

export const shapeText = (shape: Shape): string => `[${listed("shapeText", shape).map(dimKey).join(", ")}]`;

export function addDim(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  return fromTerms([...termsOf(a), ...termsOf(b)]);
}

export const subDim = (a: Dim, b: Dim): Dim => addDim(a, mulDim(b, -1));

export function mulDim(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a * b;
  const terms = termsOf(a).flatMap((x) =>
    termsOf(b).map((y) => ({ coefficient: x.coefficient * y.coefficient, names: [...x.names, ...y.names].sort() })),
  );
  return fromTerms(terms);
}

/** The product of a shape's dims: its number of elements. */
export const elementCount = (shape: Shape): Dim => listed("elementCount", shape).reduce<Dim>(mulDim, 1);

/** a / b where b divides a exactly as a polynomial with one term; undefined where it does not. */
export function divDim(a: Dim, b: Dim): Dim | undefined {
  if (sameDim(a, b)) return 1;
  const [divisor, ...rest] = termsOf(b);
  if (divisor === undefined || rest.length > 0) return undefined;
  const quotient: Term[] = [];
  for (const term of termsOf(a)) {
    if (term.coefficient % divisor.coefficient !== 0) return undefined;
    const names = [...term.names];
    for (const name of divisor.names) {
      const at = names.indexOf(name);
      if (at < 0) return undefined;
      names.splice(at, 1);
    }
    quotient.push({ coefficient: term.coefficient / divisor.coefficient, names });
  }
  return fromTerms(quotient);
}

/** The number that a dim is at given sizes. Throws ShapeError where a size is missing or the result is negative. */
export function evaluateDim(d: Dim, sizes: Sizes): number {
  if (typeof d === "number") return d;
  let sum = 0;
  for (const { coefficient, names } of requireSymbolic(d).terms) {
    sum += names.reduce((product, name) => {
      const size = sizes[name];
      if (size === undefined) {
        throw new ShapeError(
          `bind: no number was given for the size ${name}. Known: ${Object.keys(sizes).join(", ")}.`,
        );
      }
      return product * size;
    }, coefficient);
  }
  if (sum < 0) throw new ShapeError(`bind: ${d.key} is ${sum} at ${JSON.stringify(sizes)}; a dimension is 0 or more.`);
  return sum;
}

export const namesOf = (d: Dim): readonly string[] =>
  typeof d === "number" ? [] : [...new Set(requireSymbolic(d).terms.flatMap((t) => t.names))].sort();

/**
 * Learns sizes from one dim of a declared shape and the number it met: `T + 1` against 9 gives T = 8. Adds to `sizes`.
 * Returns false where the two cannot agree; dims with several unknown names are left for later (`undefined`).
 */
export function matchDim(declared: Dim, actual: number, sizes: Record<string, number>): boolean | undefined {
  if (typeof declared === "number") return declared === actual;
  const unknown = namesOf(declared).filter((name) => sizes[name] === undefined);
  if (unknown.length === 0) return evaluateDim(declared, sizes) === actual;
  const name = unknown[0] as string;
  let slope = 0;
  let offset = 0;
  for (const term of declared.terms) {
    const open = term.names.filter((n) => unknown.includes(n));
    if (open.length > 1 || (open.length === 1 && open[0] !== name)) return undefined;
    const known = term.names
      .filter((n) => !open.includes(n))
      .reduce((p, n) => p * (sizes[n] as number), term.coefficient);
    if (open.length === 1) slope += known;
    else offset += known;
  }
  // 0·B fits any B, which another dim may tell.
  if (slope === 0) return offset === actual ? undefined : false;
  const solved = (actual - offset) / slope;
  if (!Number.isInteger(solved) || solved < 0) return false;
  sizes[name] = solved;
  return true;
}

const termsOf = (d: Dim): readonly Term[] =>
  typeof d === "number" ? (d === 0 ? [] : [{ coefficient: d, names: [] }]) : requireSymbolic(d).terms;

/** A size comes from the user: a string or undefined in its place is said before it is computed with. */
function requireSymbolic(d: SymbolicDim): SymbolicDim {
  if (isSymbolic(d)) return d;
  throw new ShapeError(`dim: ${d === null ? "null" : typeof d} stands for a size; expected 0, 1, 2 … or dim("B").`, {
    dim: d,
  });
}

function fromTerms(terms: readonly Term[]): Dim {
  const sums = new Map<string, Term>();
  for (const term of terms) {
    const id = term.names.join("·");
    const sum = (sums.get(id)?.coefficient ?? 0) + term.coefficient;
    sums.set(id, { coefficient: sum, names: term.names });
  }
  const kept = [...sums].filter(([, term]) => term.coefficient !== 0);
  // Names first and constants last, so that S + 1 prints as it is written.
  kept.sort(([a], [b]) => (a === "" ? 1 : b === "" ? -1 : a < b ? -1 : 1));
  const canonical = kept.map(([, term]) => term);
  if (canonical.length === 0) return 0;
  if (canonical.length === 1 && canonical[0]?.names.length === 0) return canonical[0].coefficient;
  return Object.freeze({ kind: "dim", terms: canonical, key: canonical.map(termText).join("").replace(/^ \+ /, "") });
}

function termText({ coefficient, names }: Term, index: number): string {
  const sign = coefficient < 0 ? (index === 0 ? "-" : " - ") : " + ";
  const size = Math.abs(coefficient);
  const factors = size === 1 && names.length > 0 ? names : [String(size), ...names];
  return sign + factors.join("·");
}
