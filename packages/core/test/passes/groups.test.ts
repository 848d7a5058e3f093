import { describe, expect, test } from "vitest";
import { add, countOps, mul, neg, type Program, sigmoid, sub, type Tensor, tanh, type } from "../../src/index.js";
import { type Group, rewriteGroups } from "../../src/passes/groups.js";
import { linesOf, programOf, rewrite } from "./rule.js";

const types = { x: type([4]), y: type([4]) };

/** Pairs of ops by name as groups that double what each of them gives, so that one sees which were rewritten. */
const pairing =
  (...names: readonly (readonly string[])[]) =>
  (program: Program) =>
    rewriteGroups(
      program,
      names.map(
        (pair): Group => ({
          members: program.equations.filter(({ op }) => pair.includes(op.name)),
          build: (operands) => operands.map(([x]) => [add(x as Tensor, x as Tensor)]),
        }),
      ),
    );

describe("a group", () => {
  test("comes after all that its members need, and before all that reads them", () => {
    const program = programOf(types, ({ x, y }) => {
      const early = tanh(x);
      const read = neg(early);
      return [mul(read, y), sigmoid(sub(y, 1))];
    });
    const after = pairing(["tanh", "sigmoid"])(program);
    expect(linesOf(after).slice(0, -1)).toEqual(
      ["a = constant(value=1)", "b = sub(y, a)", "c = add(x, x)", "d = add(b, b)", "e = neg(c)", "f = mul(e, y)"].sort(
        (p, q) => linesOf(after).indexOf(p) - linesOf(after).indexOf(q),
      ),
    );
    expect(countOps(after)).toMatchObject({ add: 2 });
    expect(countOps(after).tanh).toBeUndefined();
  });

  test("is left alone where one member needs another", () => {
    const fn = ({ x }: Record<keyof typeof types, Tensor>) => sigmoid(neg(tanh(x)));
    expect(countOps(rewrite(pairing(["tanh", "sigmoid"]), types, fn))).toEqual({ tanh: 1, neg: 1, sigmoid: 1 });
  });

  test("is left alone where another group stands between two of its members; groups off that cycle are not", () => {
    const program = programOf(types, ({ x, y }) => {
      const [a, b] = [tanh(x), sigmoid(y)];
      return [sub(b, 1), neg(a), mul(y, y)];
    });
    // tanh → neg and sigmoid → sub: {tanh, sub} and {sigmoid, neg} each need the other.
    const after = pairing(["tanh", "sub"], ["sigmoid", "neg"], ["mul"])(program);
    expect(countOps(after)).toEqual({ tanh: 1, sigmoid: 1, constant: 1, sub: 1, neg: 1, add: 1 });
  });
});

test("without groups, the Program is the same object afterwards", () => {
  const program = programOf(types, ({ x }) => tanh(x));
  expect(rewriteGroups(program, [])).toBe(program);
});
