import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addDim,
  type Dim,
  dim,
  dimKey,
  divDim,
  elementCount,
  evaluateDim,
  isSymbolic,
  mulDim,
  namesOf,
  sameDim,
  subDim,
} from "../src/index.js";

const [T, B, S] = [dim("T"), dim("B"), dim("S")];
const NAMES = ["T", "B", "S"];

/** A polynomial as a tree of operations, and what it is at given sizes by plain arithmetic. */
interface Polynomial {
  readonly dim: Dim;
  at(sizes: Record<string, number>): number;
}

const polynomials = fc.letrec<{ any: Polynomial }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.integer({ min: -3, max: 3 }).map((n): Polynomial => ({ dim: n, at: () => n })),
    fc.constantFrom(...NAMES).map((name): Polynomial => ({ dim: dim(name), at: (sizes) => sizes[name] as number })),
    fc.tuple(fc.constantFrom("+", "-", "·"), tie("any"), tie("any")).map(([op, a, b]): Polynomial => {
      if (op === "+") return { dim: addDim(a.dim, b.dim), at: (sizes) => a.at(sizes) + b.at(sizes) };
      if (op === "-") return { dim: subDim(a.dim, b.dim), at: (sizes) => a.at(sizes) - b.at(sizes) };
      return { dim: mulDim(a.dim, b.dim), at: (sizes) => a.at(sizes) * b.at(sizes) };
    }),
  ),
})).any;

const sizesOf = fc.record({ T: fc.nat(9), B: fc.nat(9), S: fc.nat(9) });

describe("dims are integer polynomials", () => {
  test("arithmetic on dims is arithmetic on their values", () => {
    fc.assert(
      fc.property(polynomials, sizesOf, (p, sizes) => {
        const value = p.at(sizes);
        if (value < 0 && isSymbolic(p.dim)) expect(() => evaluateDim(p.dim, sizes)).toThrow(/a dimension is 0 or more/);
        else expect(evaluateDim(p.dim, sizes) === value).toBe(true);
      }),
    );
  });

  test("equal polynomials have equal keys, however they were made", () => {
    fc.assert(
      fc.property(polynomials, polynomials, polynomials, ({ dim: a }, { dim: b }, { dim: c }) => {
        expect(dimKey(addDim(a, b))).toBe(dimKey(addDim(b, a)));
        expect(dimKey(mulDim(a, b))).toBe(dimKey(mulDim(b, a)));
        expect(dimKey(addDim(addDim(a, b), c))).toBe(dimKey(addDim(a, addDim(b, c))));
        expect(dimKey(mulDim(a, addDim(b, c)))).toBe(dimKey(addDim(mulDim(a, b), mulDim(a, c))));
        expect(dimKey(addDim(subDim(a, b), b))).toBe(dimKey(a));
        expect(sameDim(subDim(a, a), 0)).toBe(true);
      }),
    );
  });

  test("different polynomials have different keys", () => {
    fc.assert(
      fc.property(polynomials, polynomials, sizesOf, (p, q, sizes) => {
        if (p.at(sizes) !== q.at(sizes)) expect(sameDim(p.dim, q.dim)).toBe(false);
      }),
    );
  });

  test("a product divides by one of its factors, if that has one term", () => {
    fc.assert(
      fc.property(polynomials, fc.integer({ min: 1, max: 4 }), fc.subarray(NAMES), ({ dim: a }, factor, names) => {
        const b = names.reduce<Dim>((product, name) => mulDim(product, dim(name)), factor);
        const quotient = divDim(mulDim(a, b), b);
        expect(quotient !== undefined && sameDim(quotient, a)).toBe(true);
      }),
    );
  });

  test("what does not divide gives nothing", () => {
    expect(divDim(T, B)).toBeUndefined();
    expect(divDim(addDim(T, 1), T)).toBeUndefined();
    expect(divDim(mulDim(3, T), 2)).toBeUndefined();
    expect(divDim(7, 2)).toBeUndefined();
    expect(divDim(T, 0)).toBeUndefined();
    expect(divDim(T, addDim(B, 1))).toBeUndefined();
  });
});

describe("a dim's text", () => {
  test.each<[Dim, string]>([
    [T, "T"],
    [mulDim(T, B), "B·T"],
    [addDim(S, 1), "S + 1"],
    [subDim(S, 1), "S - 1"],
    [addDim(1, mulDim(2, T)), "2·T + 1"],
    [subDim(1, T), "-T + 1"],
    [mulDim(mulDim(T, T), B), "B·T·T"],
    [addDim(mulDim(T, B), subDim(S, S)), "B·T"],
    [subDim(addDim(T, 3), T), "3"],
  ])("%o", (d, text) => {
    expect(dimKey(d)).toBe(text);
  });

  test("names its sizes", () => {
    expect(namesOf(addDim(mulDim(T, B), addDim(T, 1)))).toEqual(["B", "T"]);
    expect(namesOf(3)).toEqual([]);
  });
});

test("a polynomial without names is a number", () => {
  expect(addDim(subDim(T, T), 4)).toBe(4);
  expect(elementCount([2, 3, 4])).toBe(24);
  expect(elementCount([])).toBe(1);
  expect(isSymbolic(elementCount([2, T]))).toBe(true);
});

test("a name is letters, digits and _", () => {
  expect(() => dim("T+1")).toThrow(expect.objectContaining({ name: "ShapeError" }));
  expect(() => dim("")).toThrow(expect.objectContaining({ name: "ShapeError" }));
  expect(dimKey(dim("head_2"))).toBe("head_2");
});

test("a size without a number is named", () => {
  expect(() => evaluateDim(addDim(T, B), { T: 3 })).toThrow("no number was given for the size B. Known: T.");
});
