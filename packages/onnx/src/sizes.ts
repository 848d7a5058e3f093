import {
  type Dim,
  dimKey,
  evaluateDim,
  isSymbolic,
  namesOf,
  type Program,
  ShapeError,
  type SymbolicDim,
} from "@throughtime/core";

/** Adds a node to the outermost graph, before everything else, and returns its output's name. */
export type Prologue = (opType: string, inputs: readonly string[], attributes?: Record<string, number>) => string;
export type Integers = (values: readonly number[]) => string;

/** Named sizes, and polynomials of them, as i64 values that are worked out once from the shapes of a model's inputs. */
export interface Sizes {
  /** A dim as an i64 vector of one element. */
  size(d: Dim): string;
  /** Dims as one i64 vector. */
  shape(dims: readonly Dim[]): string;
}

/**
 * Throws ShapeError where a size cannot be read off any input: each name must be, after those known from elsewhere, the
 * only unknown one of some input's dim, to the first power.
 */
export function sizesOf(program: Program, inputNames: readonly string[], integers: Integers, node: Prologue): Sizes {
  const made = new Map<string, string>();
  const solving = new Set<string>();

  const once = (key: string, make: () => string): string => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const name = make();
    made.set(key, name);
    return name;
  };
  const size = (d: Dim): string => (typeof d === "number" ? integers([d]) : once(d.key, () => polynomial(d.terms)));

  const polynomial = (terms: SymbolicDim["terms"]): string => {
    const parts = terms.map(({ coefficient, names }) => {
      const factors = [
        ...(coefficient === 1 && names.length > 0 ? [] : [integers([coefficient])]),
        ...names.map(named),
      ];
      return factors.reduce((product, factor) => node("Mul", [product, factor]));
    });
    return parts.reduce((sum, part) => node("Add", [sum, part]));
  };

  const named = (name: string): string =>
    once(name, () => {
      solving.add(name);
      const found = solve(name);
      solving.delete(name);
      if (found === undefined) {
        throw new ShapeError(`toOnnx: the size ${name} cannot be read off the shape of any input.`, { name });
      }
      return found;
    });

  const solve = (name: string): string | undefined => {
    const places = program.inputs.flatMap(({ shape }, input) =>
      shape.flatMap((d, axis) => (isSymbolic(d) && namesOf(d).includes(name) ? [{ d, input, axis }] : [])),
    );
    const direct = places.find(({ d }) => dimKey(d) === name);
    for (const { d, input, axis } of direct ? [direct] : places) {
      const others = namesOf(d).filter((other) => other !== name);
      const linear = d.terms.every(({ names }) => names.filter((n) => n === name).length <= 1);
      if (!linear || others.some((other) => solving.has(other))) continue;
      const total = node("Shape", [inputNames[input] as string], { start: axis, end: axis + 1 });
      const slope = d.terms.filter(({ names }) => names.includes(name));
      const offset = d.terms.filter(({ names }) => !names.includes(name));
      const rest = offset.length === 0 ? total : node("Sub", [total, polynomial(offset)]);
      const per = slope.map((term) => ({ ...term, names: term.names.filter((n) => n !== name) }));
      const isOne = per.length === 1 && per[0]?.coefficient === 1 && per[0].names.length === 0;
      return isOne ? rest : node("Div", [rest, polynomial(per)]);
    }
    return undefined;
  };

  const shape = (dims: readonly Dim[]): string => {
    if (dims.every((d) => typeof d === "number")) return integers(dims.map((d) => evaluateDim(d, {})));
    if (dims.length === 1) return size(dims[0] as Dim);
    return once(`[${dims.map(dimKey).join(", ")}]`, () => node("Concat", dims.map(size), { axis: 0 }));
  };
  return { size, shape };
}
