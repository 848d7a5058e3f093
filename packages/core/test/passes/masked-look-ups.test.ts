import { describe, expect, test } from "vitest";
import {
  dim,
  gather,
  matmul,
  mul,
  mulDim,
  optimize,
  reshape,
  type Shape,
  scatterAdd,
  select,
  sum,
  type Tensor,
  type,
  valueAndGrad,
  zeros,
} from "../../src/index.js";
import { maskedLookUps } from "../../src/passes/masked-look-ups.js";
import { linesOf, programOf, rewrite } from "./rule.js";

const [T, B] = [dim("T"), dim("B")];
const types = {
  E: type([3, 4]),
  L: type([5000, 4]),
  W: type([4, 5]),
  i: type(["T", "B"], "i32"),
  m: type(["T", "B", 1], "bool"),
  row: type([1, "B", 1], "bool"),
  d: type(["T", "B", 4]),
  g: type([mulDim(T, B), 5]),
};
type Inputs = Record<keyof typeof types, Tensor>;
const scattered = (shape: Shape, i: Tensor, d: Tensor) => scatterAdd(zeros(shape), i, d);

describe("a mask of rows becomes one of their ids, where the table has few rows:", () => {
  test("select(m, gather(E, i), 0) looks a row of zeros up", () => {
    const after = rewrite(maskedLookUps, types, ({ E, i, m }) => select(m, gather(E, i), 0));
    const [y] = after.outputs as [Tensor];
    expect(y.node.op.name).toBe("gather");
    expect(linesOf(after)).toContainEqual(expect.stringMatching(/= pad\(E, axis=0, before=0, after=1/));
  });

  test("scatterAdd(0, i, select(m, d, 0)) drops what falls onto that row", () => {
    const after = rewrite(maskedLookUps, types, ({ i, m, d }) => scattered([3, 4], i, select(m, d, 0)));
    const [y] = after.outputs as [Tensor];
    expect([y.node.op.name, y.node.inputs[0]?.node.op.name]).toEqual(["slice", "scatterAdd"]);
    expect(y.node.inputs[0]?.shape).toEqual([4, 4]);
  });

  test("so the products of look-ups that are masked, and of their gradients, are over the table", () => {
    const after = rewrite(
      (p) => optimize(p, () => false).program,
      types,
      ({ E, W, i, m, g }: Inputs) =>
        valueAndGrad(
          (p: { E: Tensor; W: Tensor }) => {
            const rows = reshape(select(m, gather(p.E, i), 0), [mulDim(T, B), 4]);
            return sum(mul(matmul(rows, p.W), g));
          },
          { E, W },
        ),
    );
    const products = after.equations.filter(({ op }) => op.name === "matmul");
    expect(products.length).toBeGreaterThan(0);
    // T·B rows are in none of them.
    for (const { inputs } of products)
      for (const { shape } of inputs) expect(shape.every((d) => typeof d === "number")).toBe(true);
  });
});

describe("these stay:", () => {
  test.each<[string, (inputs: Inputs) => unknown]>([
    ["rows of a large table", ({ L, i, m }) => select(m, gather(L, i), 0)],
    ["what is not 0 where the mask is off", ({ E, i, m }) => select(m, gather(E, i), 1)],
    ["what is 0 where the mask is on", ({ E, i, m }) => select(m, 0, gather(E, i))],
    ["a mask of another shape", ({ E, i, row }) => select(row, gather(E, i), 0)],
    ["updates of what is not zeros", ({ E, i, m, d }) => scatterAdd(E, i, select(m, d, 0))],
  ])("%s", (_, fn) => {
    const before = programOf(types, fn);
    expect(maskedLookUps(before)).toBe(before);
  });
});
