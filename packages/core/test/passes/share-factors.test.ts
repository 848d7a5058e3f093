import { difference, evaluateInF64 } from "@throughtime/testkit";
import { describe, expect, test } from "vitest";
import {
  add,
  countOps,
  foldIn,
  key,
  mul,
  type NdArray,
  normal,
  sub,
  type Tensor,
  type Type,
  trace,
  type,
} from "../../src/index.js";
import { CARRIED, INVARIANT, ranksOf } from "../../src/passes/analysis.js";
import { eliminateCommon } from "../../src/passes/cse.js";
import { shareFactors } from "../../src/passes/share-factors.js";

/** Op counts before and after, of results that are held to be the same. */
function counts(fn: (...tensors: Tensor[]) => Tensor[], types: readonly Type[], carried?: readonly boolean[]) {
  const { program } = trace((tensors: Tensor[]) => fn(...tensors), [types as Type[]]);
  const ranks =
    carried &&
    ranksOf(
      program,
      carried.map((is) => (is ? CARRIED : INVARIANT)),
    );
  const after = eliminateCommon(shareFactors(program, ranks));
  const inputs = types.map(({ shape }, i) => normal(foldIn(key(2), i), shape as number[]));
  const expected = evaluateInF64(program, inputs);
  evaluateInF64(after, inputs).forEach((value, i) => {
    expect(difference(value, expected[i] as NdArray, { absolute: 1e-12, relative: 1e-12 })).toBeUndefined();
  });
  return [countOps(program), countOps(after)];
}

const vectors = (n: number) => Array.from({ length: n }, () => type([3, 4]));

describe("a product uses the product of two of its factors that is made anyway:", () => {
  test("g·(i·(1 − i)) beside i·g is (i·g)·(1 − i)", () => {
    const [before, after] = counts((i, g) => [mul(i, g), mul(g, mul(i, sub(1, i)))], vectors(2));
    expect(before).toMatchObject({ mul: 3, sub: 1 });
    expect(after).toMatchObject({ mul: 2, sub: 1 });
  });

  test("i·(1 − g·g) beside i·g is i − (i·g)·g", () => {
    const [before, after] = counts((i, g) => [mul(i, g), mul(i, sub(1, mul(g, g)))], vectors(2));
    expect(before).toMatchObject({ mul: 3, sub: 1 });
    expect(after).toMatchObject({ mul: 2, sub: 1 });
  });

  test("whichever of them stands first in the Program", () => {
    const [, after] = counts((i, g) => [mul(mul(sub(1, i), g), i), mul(g, i)], vectors(2));
    expect(after).toMatchObject({ mul: 2, sub: 1 });
  });

  test("one that is made for another product alone too, and the earlier product stays: both are one then", () => {
    const [before, after] = counts((g, i, s) => [add(mul(mul(i, s), g), 1), add(mul(mul(g, i), s), 1)], vectors(3));
    expect(before).toMatchObject({ mul: 4 });
    expect(after).toMatchObject({ mul: 2 });
  });

  test("also where a factor is repeated along an axis", () => {
    const [before, after] = counts((i, g, p) => [mul(i, g), mul(mul(p, i), g)], [...vectors(2), type([4])]);
    expect(before).toEqual({ mul: 3 });
    expect(after).toEqual({ mul: 2 });
  });
});

describe("a product stays as it is", () => {
  const same = ([before, after]: readonly unknown[]) => expect(after).toEqual(before);

  test("where nothing else multiplies two of its factors", () => {
    same(counts((a, b, c) => [mul(mul(a, b), c), mul(a, a)], vectors(3)));
  });

  test("where its parts are read too, since they are made then anyway", () => {
    same(
      counts((a, b, c) => {
        const ab = mul(a, b);
        return [mul(ab, c), ab, mul(b, c)];
      }, vectors(3)),
    );
  });

  test("in a loop, where the two do not depend on the same: the one that stays shall leave the loop", () => {
    const fn = (dc: Tensor, f: Tensor, s: Tensor) => [mul(dc, f), mul(dc, mul(f, s))];
    same(counts(fn, vectors(3), [true, false, false]));
    const [, alone] = counts(fn, vectors(3));
    expect(alone).toEqual({ mul: 2 });
  });
});
